import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {hooksFor} from '../../src/lifecycle/hooks.js'
import {isWindows} from '../../src/platform.js'
import {eventFor, triedText, tryEvent} from '../../src/plugin-set/try-event.js'
import {eventTypes, sampleEvent} from '../../src/testing.js'
import {PluginBench} from '../lifecycle/plugin-fixture.js'

const types = eventTypes.filter((type) => type !== 'plugin-error')

describe('an event that is sent by hand', function () {
  this.timeout(60_000)
  let home: string
  let bench: PluginBench
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'try-event-'))
    bench = new PluginBench(home)
    mkdirSync(path.join(home, 'plugins'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))
  const send = (word: string, changes: string[] = [], lines = {}) =>
    tryEvent(eventFor(word, changes), {host: bench.host(), home, env: process.env, timeoutMs: 5000, lines})

  it('is named by its type or its hook, and has each field that was set', () => {
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.nat(), fc.jsonValue(), (type, at, value) => {
        const sample = sampleEvent(type)
        const fields = Object.keys(sample).filter((name) => name !== 'type' && name !== 'schemaVersion')
        const field = fields[at % fields.length] ?? ''
        const json = JSON.stringify(value)
        expect(eventFor(type, [`${field}=${json}`])).to.deep.equal({...sample, [field]: JSON.parse(json)})
        const [hook = ''] = hooksFor(sample)
        if (hook !== 'gateway:lifecycle') expect(eventFor(hook, []).type).to.equal(type)
      }),
    )
    expect(eventFor('exit', ['cause=exit-code:7'])).to.include({cause: 'exit-code:7'})
    expect(() => eventFor('exti', [])).to.throw('"exti" is not an event; did you mean "exit"?')
    expect(() => eventFor('gateway:exti', [])).to.throw('did you mean "gateway:exit"?')
    expect(() => eventFor('plugin-error', [])).to.throw('is not an event')
    expect(() => eventFor('exit', ['caus=x'])).to.throw('"caus" is not a field of exit; did you mean "cause"?')
    expect(() => eventFor('exit', ['cause'])).to.throw('--set is "cause"; expected FIELD=VALUE')
    expect(() => eventFor('exit', ['type=spawn'])).to.throw('"type" is not a field')
  })

  it('shows what each hook did', async () => {
    bench.add('good', "export function onExit({cause}) { this.log('heard of ' + cause) }", {'gateway:exit': 'onExit'})
    bench.add('bad', 'export const onExit = () => { throw new TypeError("no") }', {'gateway:exit': 'onExit'})
    bench.add('gone', 'export const other = 1', {'gateway:exit': 'onExit'})
    bench.add('deaf', 'export const onSpawn = () => { throw new Error("called") }', {'gateway:spawn': 'onSpawn'})
    bench.add(
      'own',
      'export const onLifecycle = () => see("called")',
      {'gateway:lifecycle': 'onLifecycle'},
      {isRoot: true},
    )
    writeFileSync(path.join(home, 'plugins', 'file.js'), "export function onLifecycle() { this.warn('all') }")
    const lines = isWindows ? {} : {'gateway:exit': 'cat'}
    const tried = await send('gateway:exit', ['cause=mine'], lines)
    const text = triedText(tried).map((line) => line.replace(/\d+ ms/, 'N ms'))
    expect(text.slice(0, 6)).to.deep.equal([
      'good: gateway:exit done in N ms',
      '  log: heard of mine',
      'bad: failed (threw: TypeError: no, at hooks.mjs:3:37)',
      'gone: failed (missing-export: ./hooks.mjs has no function onExit among its exports)',
      'file.js: gateway:lifecycle done in N ms',
      '  warn: all',
    ])
    if (!isWindows) expect(text[7]).to.match(/^ {2}log: \{"schemaVersion":1,.*"cause":"mine"/)
    expect(bench.seen('own')).to.deep.equal([])
  })

  it('says so where nobody hears it', async () => {
    expect(triedText(await send('detach'))).to.deep.equal([
      'no plugin has a hook for gateway:detach or gateway:lifecycle',
    ])
  })
})
