import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {hookNames} from '../../src/lifecycle/declared-hooks.js'
import {type HookEvent, hooksFor} from '../../src/lifecycle/hooks.js'
import {isWindows} from '../../src/platform.js'
import {eventTypes, sampleEvent} from '../../src/testing.js'
import {isAlive, PluginBench, spawnEvent, until} from './plugin-fixture.js'

describe('lines of shell as hooks', function () {
  this.timeout(60_000)
  let directory: string
  let bench: PluginBench
  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'lines-'))
    bench = new PluginBench(directory)
  })
  afterEach(() => {
    bench.close()
    rmSync(directory, {recursive: true, force: true})
  })
  const file = (name: string) => path.join(directory, name)
  const read = (name: string) => (existsSync(file(name)) ? readFileSync(file(name), 'utf8') : '')
  const dispatcher = (lines: Record<string, string>, timeoutMs = 20_000) => bench.dispatcher({lines, timeoutMs})

  it('have each event on stdin, as it is told to plugins, once for each hook that it is for', async () => {
    const odd = fc.sample(fc.string({unit: 'binary', maxLength: 30}), 12)
    const events: HookEvent[] = eventTypes
      .filter((type) => type !== 'plugin-error')
      .map((type, index) => ({...sampleEvent(type), sessionKey: odd[index % odd.length]}))
    const lines = Object.fromEntries(
      hookNames.map((hook) => [hook, `{ printf '%s ' "$HERMES_HOOK"; cat; } >> ${file('told')}`]),
    )
    const hooks = await dispatcher(lines)
    for (const event of events) hooks.dispatch(event)
    expect(await hooks.drain(40_000)).to.deep.equal([])
    const told = read('told')
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(' ')), JSON.parse(line.slice(line.indexOf(' ')))])
    const expected = events.flatMap((event) => hooksFor(event).map((hook) => [hook, JSON.parse(JSON.stringify(event))]))
    expect(told).to.deep.equal(expected)
    expect(bench.failures).to.deep.equal([])
    console.log(`      ${told.length} calls`)
  })

  it('fail by their exit code, by a signal, and at their deadline with all that they started; three switch them off', async () => {
    const one = await dispatcher({'gateway:spawn': 'echo why >&2; exit 3'})
    one.dispatch(spawnEvent())
    await one.drain(20_000)
    expect(bench.failures.at(-1)).to.include({kind: 'exit', message: 'ended with code 3: why', hook: 'gateway:spawn'})
    const two = await dispatcher({'gateway:spawn': 'kill -9 $$'})
    two.dispatch(spawnEvent())
    await two.drain(20_000)
    expect(bench.failures.at(-1)).to.include({kind: 'exit', message: 'was ended by SIGKILL'})
    const three = await dispatcher({'gateway:spawn': `sleep 600 & echo $! >> ${file('pids')}; wait`}, 300)
    for (let index = 0; index < 4; index++) three.dispatch(spawnEvent())
    await until(() => bench.failures.at(-1)?.disabled === true)
    expect(bench.failures.at(-1)).to.include({kind: 'stopped', failures: 3})
    const pids = read('pids').trim().split('\n').map(Number)
    expect(pids).to.have.length(3)
    for (const pid of pids) await until(() => !isAlive(pid))
  })

  it('say what they print, and never wait for it to be read', async () => {
    const hooks = await dispatcher({'gateway:spawn': 'echo one; echo two; echo hidden >&2; yes | head -c 3000000 >&2'})
    hooks.dispatch(spawnEvent())
    expect(await hooks.drain(20_000)).to.deep.equal([])
    expect(bench.failures).to.deep.equal([])
    const shown = bench.messages.filter(({level}) => level === 'log').map(({text}) => text)
    expect(shown).to.deep.equal(['one', 'two'])
    expect(bench.messages.length).to.be.at.most(20)
  })

  it('are ended with hermes, but for what they left in the background', async () => {
    const hooks = await dispatcher({
      'gateway:spawn': `(sleep 0.4; echo later > ${file('later')}) > /dev/null 2>&1 &`,
      'chat:end': `sleep 600 & echo $! > ${file('pid')}; wait`,
    })
    hooks.dispatch(spawnEvent())
    hooks.dispatch(sampleEvent('end', {deadlineMs: 300}))
    await until(() => read('pid') !== '')
    expect(await hooks.drain(100)).to.deep.equal(['your configuration'])
    await until(() => !isAlive(Number(read('pid'))))
    await until(() => read('later') === 'later\n')
  })
})
