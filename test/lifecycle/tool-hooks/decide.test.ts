import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {isWindows} from '../../../src/platform.js'
import {sampleEvent} from '../../../src/testing.js'
import {PluginBench} from '../plugin-fixture.js'

const before = {'tool:before': 'onToolBefore'}
const event = sampleEvent('tool-before', {args: {command: 'git push'}})

describe('plugins that are asked before a tool runs', function () {
  this.timeout(60_000)
  let directory: string
  let bench: PluginBench
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'tool-hooks-'))
    bench = new PluginBench(directory)
  })
  afterEach(() => {
    bench.close()
    rmSync(directory, {recursive: true, force: true})
  })
  const hook = (body: string) => `export async function onToolBefore({name, args}) { ${body} }`

  it('decide together; each that fails is named, and keeps no other from deciding', async () => {
    bench.add('asks', hook("return {ask: 'sure?'}"), before)
    bench.add('throws', hook("throw new Error('broken')"), before)
    bench.add('wrong', hook('return {allow: true}'), before)
    bench.add('hangs', hook('await new Promise(() => {})'), before)
    bench.add('blocks', hook('for (;;);'), before)
    bench.add('gone', 'export const other = 1', before)
    bench.add('denies', hook("if (args.command.includes('push')) return {deny: 'no ' + name}"), before)
    bench.add('deaf', 'export const onExit = () => {}', {'gateway:exit': 'onExit'})
    const dispatcher = await bench.dispatcher({timeoutMs: 300, loadTimeoutMs: 30_000})
    expect(dispatcher.hears('tool:before')).to.equal(true)
    expect(dispatcher.hears('tool:after')).to.equal(false)
    await dispatcher.loaded
    const since = performance.now()
    const {verdict, failed} = await dispatcher.decide(event)
    expect(performance.now() - since).to.be.below(dispatcher.decideMs)
    expect(verdict).to.deep.equal({kind: 'deny', plugin: 'denies', reason: 'no terminal'})
    expect(failed.map(({plugin, message}) => `${plugin}: ${message.split(':')[0]}`)).to.deep.equal([
      'throws: threw',
      'wrong: wrong-answer',
      'hangs: timeout',
      'blocks: stopped',
      'gone: ./hooks.mjs has no function onToolBefore among its exports',
    ])
    expect(bench.kinds().sort()).to.deep.equal(['missing-export', 'stopped', 'threw', 'timeout', 'wrong-answer'])
  })

  it('are switched off after three failures, which is told and no answer', async () => {
    bench.add('throws', hook("throw new Error('broken')"), before)
    const dispatcher = await bench.dispatcher({timeoutMs: 5000})
    for (let call = 0; call < 3; call++) await dispatcher.decide(event)
    expect(bench.failures.map(({disabled}) => disabled)).to.deep.equal([false, true])
    expect(await dispatcher.decide(event)).to.deep.equal({
      verdict: undefined,
      failed: [{plugin: 'throws', message: 'it is switched off for this session'}],
    })
  })

  it('are waited for beside a hook that takes its time, and many calls at once', async () => {
    bench.add(
      'slow',
      `export const onSpawn = () => new Promise(() => {})\n${hook("return name === 'a7' ? {deny: 'seven'} : undefined")}`,
      {'gateway:spawn': 'onSpawn', ...before},
    )
    const dispatcher = await bench.dispatcher({timeoutMs: 20_000})
    dispatcher.dispatch(sampleEvent('spawn'))
    await dispatcher.loaded
    const calls = Array.from({length: 20}, (_, index) => dispatcher.decide({...event, name: `a${index}`}))
    const denied = (await Promise.all(calls)).flatMap(({verdict}, index) => (verdict ? [index] : []))
    expect(denied).to.deep.equal([7])
  })

  it('of one file are asked where its name stands in it, and not before it is there', async () => {
    mkdirSync(path.join(directory, 'plugins'))
    const put = (name: string, text: string) => writeFileSync(path.join(directory, 'plugins', name), text)
    put('exit.js', 'export const onExit = () => {}')
    const without = await bench.dispatcher()
    expect(without.hears('tool:before')).to.equal(false)
    put('policy.ts', "export const onToolBefore = ({name}: {name: string}) => ({ask: 'about ' + name})")
    const dispatcher = await bench.dispatcher({timeoutMs: 5000})
    expect(dispatcher.hears('tool:before')).to.equal(true)
    expect((await dispatcher.decide(event)).verdict).to.deep.equal({
      kind: 'ask',
      plugin: 'policy.ts',
      reason: 'about terminal',
    })
  })

  it('as lines of shell decide by exit code and by JSON', async function () {
    if (isWindows) this.skip()
    const decide = async (line: string, timeoutMs = 20_000) =>
      (await bench.dispatcher({lines: {'tool:before': line}, timeoutMs})).decide(event)
    const denied = await decide('grep -q "git push" && { echo first >&2; echo "ask Kim first" >&2; exit 2; }; exit 0')
    expect(denied.verdict).to.include({kind: 'deny', plugin: 'your configuration', reason: 'ask Kim first'})
    expect((await decide('echo \'{"ask": "sure?"}\'')).verdict).to.include({kind: 'ask', reason: 'sure?'})
    expect(await decide('echo looked')).to.deep.equal({verdict: undefined, failed: []})
    expect(bench.messages.map(({text}) => text)).to.include('looked')
    const failed = async (line: string, timeoutMs?: number) => (await decide(line, timeoutMs)).failed[0]?.message
    expect(await failed('echo why >&2; exit 1')).to.equal('exit: ended with code 1: why')
    expect(await failed("echo '{deny'")).to.equal('wrong-answer: printed what is no JSON: {deny')
    expect(await failed('echo \'{"allow": true}\'')).to.match(/^wrong-answer: answered an object with "allow"/)
    expect(await failed('sleep 60', 200)).to.equal('stopped: was not done after 200 ms and was ended')
  })
})
