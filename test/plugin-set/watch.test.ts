import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {checkPlugin} from '../../src/plugin-set/check-plugin.js'
import {findPlugin} from '../../src/plugin-set/find-plugin.js'
import {eventFor} from '../../src/plugin-set/try-event.js'
import {watchAndCheck} from '../../src/plugin-set/watch.js'
import {settleMs} from '../../src/plugin-set/watch-files.js'
import {ensureBuilt} from '../helpers/build.js'
import {PluginBench, until} from '../lifecycle/plugin-fixture.js'

describe('a plugin that is worked on', function () {
  this.timeout(60_000)
  let home: string
  let bench: PluginBench
  before(() => ensureBuilt())
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'watch-'))
    bench = new PluginBench(home)
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))
  const put = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(home, name)), {recursive: true})
    writeFileSync(path.join(home, name), text)
    return path.join(home, name)
  }
  const options = (more = {}) => ({host: bench.host(), home, env: process.env, timeoutMs: 5000, ...more})
  const manifest = (oclif: object, more = {}) =>
    put('mine/package.json', JSON.stringify({name: 'mine', version: '1.0.0', type: 'module', oclif, ...more}))

  it('is found by name, by path, or because it is the only one; else what there is is named', () => {
    const find = (word?: string, cwd = home) => findPlugin(word, {host: bench.host(), home, cwd})
    expect(() => find()).to.throw('there is no plugin here')
    const file = put('plugins/one.ts', '')
    expect(find()).to.deep.equal({kind: 'file', file})
    manifest({hooks: {}})
    const root = path.join(home, 'mine')
    expect(find(undefined, root)).to.deep.equal({kind: 'package', root})
    expect(find('mine')).to.deep.equal({kind: 'package', root})
    expect(find('plugins/one.ts')).to.deep.equal({kind: 'file', file})
    bench.add('linked', '', {'gateway:exit': 'onExit'})
    expect(find('linked')).to.include({kind: 'package'})
    expect(() => find()).to.throw('which plugin?')
    expect(() => find('one.js')).to.throw('there is no plugin "one.js"; did you mean "one.ts"?')
  })

  it('is checked as it is now: what it has, what is wrong, and in which line', async () => {
    manifest(
      {
        hooks: {
          'gateway:exit': './hooks.js',
          'tool:before': [{target: './hooks.js', identifier: 'policy'}],
          'gateway:exti': './x',
        },
      },
      {hermes: {slashCommands: [{name: 'mine', target: './slash.js', identifier: 'go'}, {name: 'Wrong'}]}},
    )
    put('mine/hooks.js', 'export default () => {}\nexport const policy = () => {}\n')
    put('mine/slash.js', "const a = 1\nthrow new Error('at load')\n")
    const plugin = {kind: 'package', root: path.join(home, 'mine')} as const
    const first = await checkPlugin(plugin, options())
    expect(first.ok).to.equal(false)
    expect(first.lines[0]).to.equal('mine 1.0.0: gateway:exit, tool:before')
    const rest = first.lines.slice(1).join('\n')
    expect(rest).to.include('"gateway:exti" is not a hook; did you mean "gateway:exit"?')
    expect(rest).to.include('✗ /mine: threw: at load, at slash.js:2:7').and.include('"name" is "Wrong"')
    put('mine/hooks.js', 'export const policy = 1\nfoo bar\n')
    expect((await checkPlugin(plugin, options())).lines.join('\n')).to.match(
      /✗ gateway:exit, tool:before: SyntaxError: .*, at hooks\.js:2/,
    )
    put('mine/package.json', '{')
    expect((await checkPlugin(plugin, options())).lines[0]).to.match(/^✗ package\.json can't be read/)
  })

  it('gets sample events, and its failures are named by their lines', async () => {
    const file = put('one.ts', 'export const onExit = () => {\n  const x: any = undefined\n  x.no()\n}\n')
    const found = await checkPlugin({kind: 'file', file}, options({events: [eventFor('gateway:exit', [])]}))
    expect(found.ok).to.equal(false)
    expect(found.lines[0]).to.equal('one.ts: gateway:exit')
    expect(found.lines[1]).to.match(/^one\.ts: failed \(threw: TypeError: .*, at one\.ts:3:5\)$/)
  })

  it('is checked again when it changes, until that is ended; nothing is said twice', async () => {
    const file = put('one.js', 'export const onExit = () => {}\n')
    const said: string[] = []
    const end = new AbortController()
    const work = watchAndCheck(
      {kind: 'file', file},
      {...options(), now: () => 'now', say: (line) => said.push(line), signal: end.signal},
    )
    await until(() => said.length === 1)
    put('other.js', 'foo bar')
    put('one.js', 'export const onExit = () => {}\nexport const onSpawn = () => {}\n')
    await until(() => said.length === 2)
    rmSync(file)
    await until(() => said.length === 3)
    end.abort()
    await work
    expect(said).to.deep.equal([
      'now one.js: gateway:exit',
      'now one.js: gateway:spawn, gateway:exit',
      'now ✗ one.js is not there: it was moved or removed',
    ])
  })

  it('that changes all the time is waited for longer and longer, up to five seconds', () => {
    fc.assert(
      fc.property(fc.integer({min: 150, max: 5000}), fc.nat(20_000), (before, since) => {
        const wait = settleMs(before, since)
        expect(wait).to.be.within(150, 5000)
        if (since > 6500) expect(wait).to.equal(150)
        if (since < 1500) expect(wait).to.equal(Math.min(before * 2, 5000))
      }),
    )
    let wait = 150
    for (let check = 0; check < 10; check++) wait = settleMs(wait, 0)
    expect(wait).to.equal(5000)
  })
})
