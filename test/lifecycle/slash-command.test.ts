import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {hookNames, unknownHooks} from '../../src/lifecycle/declared-hooks.js'
import type {Dispatcher} from '../../src/lifecycle/dispatcher.js'
import {isAlive, PluginBench, replaceEvent, until} from './plugin-fixture.js'

const input = {name: 'x', args: 'the rest', sessionKey: 'key-1', cwd: '/work'}
const all = {'gateway:lifecycle': 'onLifecycle'}

describe('slash commands of plugins', () => {
  let bench: PluginBench
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'slash-'))
    bench = new PluginBench(directory)
  })
  afterEach(async () => {
    bench.close()
    await rm(directory, {recursive: true, force: true})
  })

  const declare = (...identifiers: string[]) =>
    identifiers.map((identifier) => ({
      name: identifier.toLowerCase(),
      args: '[text]',
      description: `does ${identifier}`,
      target: './hooks.mjs',
      identifier,
    }))
  function run(dispatcher: Dispatcher, name: string) {
    const command = dispatcher.commands.find((one) => one.name === name)
    if (!command) throw new Error(`no command ${name}`)
    return command.run({...input, name})
  }

  it('run in the process of the plugin, beside its hooks, and see what those left in memory', async () => {
    bench
      .add(
        'one',
        `let last = 'nothing'
         export const onLifecycle = (event) => { last = event.reason }
         export function show({args, sessionKey, cwd, name, settings}) {
           return [name, args, sessionKey, cwd, settings.home, this.plugin.name, last, process.pid].join('|')
         }`,
        all,
      )
      .commands('one', declare('show'))
    const dispatcher = await bench.dispatcher()
    expect(
      dispatcher.commands.map(({plugin, name, args, description}) => ({plugin, name, args, description})),
    ).to.deep.equal([{plugin: 'one', name: 'show', args: '[text]', description: 'does show'}])
    dispatcher.dispatch(replaceEvent('seen'))
    await until(() => dispatcher.health()[0]?.calls === 1)
    const pid = dispatcher.health()[0]?.pid
    expect(await run(dispatcher, 'show')).to.deep.equal({
      ok: true,
      answer: `show|the rest|key-1|/work|${directory}|one|seen|${pid}`,
    })
  })

  it('of a plugin without hooks start its process when first used, and end it with the chat', async () => {
    bench
      .add(
        'quiet',
        `export const pid = () => String(process.pid)\nexport const ask = async () => ({prompt: 'do it'})`,
        {},
      )
      .commands('quiet', declare('pid', 'ask'))
    const dispatcher = await bench.dispatcher()
    expect(dispatcher.health()).to.deep.equal([])
    const first = await run(dispatcher, 'pid')
    if (!first.ok) throw new Error(first.message)
    expect(await run(dispatcher, 'pid')).to.deep.equal(first)
    expect(await run(dispatcher, 'ask')).to.deep.equal({ok: true, answer: {prompt: 'do it'}})
    const pid = Number(first.answer)
    expect(isAlive(pid)).to.equal(true)
    await dispatcher.drain(2000)
    await until(() => !isAlive(pid))
  })

  it('that fail say how, and the next one runs', async () => {
    bench
      .add(
        'bad',
        `export const throws = () => { throw new TypeError('no') }
         export const rejects = async () => { throw new Error('later') }
         export function exits() { this.exit(3) }
         export const ends = () => process.exit(3)
         export const sleeps = () => new Promise(() => {})
         export const spins = () => { for (;;); }
         export const fine = () => 'fine'`,
        {},
      )
      .commands('bad', [
        ...declare('throws', 'rejects', 'exits', 'ends', 'sleeps', 'spins', 'fine', 'missing'),
        {name: 'nofile', target: './nowhere.mjs'},
      ])
    const dispatcher = await bench.dispatcher({commandTimeoutMs: 150})
    const kinds: Record<string, string> = {}
    for (const name of ['throws', 'rejects', 'exits', 'ends', 'missing', 'nofile', 'sleeps', 'spins']) {
      const outcome = await run(dispatcher, name)
      kinds[name] = outcome.ok ? 'ok' : `${outcome.kind}: ${outcome.message}`
      const next = await dispatcher.commands.find((one) => one.name === 'fine')?.run(input)
      expect(next, `after ${name}`).to.deep.equal({ok: true, answer: 'fine'})
    }
    expect(kinds).to.deep.equal({
      throws: 'threw: TypeError: no',
      rejects: 'threw: later',
      exits: 'exit: called this.exit(3)',
      ends: 'crashed: ended with code 3',
      missing: 'threw: ./hooks.mjs has no function missing among its exports',
      nofile: 'threw: there is no ./nowhere.mjs',
      sleeps: 'timeout: was not done after 150 ms',
      spins: 'stopped: blocked its process for 150 ms and was ended',
    })
  })

  it('of a plugin that is switched off are refused', async () => {
    bench
      .add('gone', `export const onLifecycle = () => { throw new Error('x') }\nexport const fine = () => 'fine'`, all)
      .commands('gone', declare('fine'))
    const dispatcher = await bench.dispatcher()
    for (const reason of ['a', 'b', 'c']) dispatcher.dispatch(replaceEvent(reason))
    await until(() => dispatcher.health()[0]?.state === 'off')
    const outcome = await run(dispatcher, 'fine')
    expect(outcome).to.deep.include({ok: false}).and.to.have.property('message').that.includes('switched off')
  })

  it('that are declared wrong are named and left out', async () => {
    bench
      .add('wrong', '', {})
      .commands('wrong', [
        {name: 'Upper', target: './hooks.mjs'},
        {name: 'no-target'},
        'text',
        {name: 'good', target: './hooks.mjs'},
      ])
    bench.add('worse', '', {}).commands('worse', {name: 'x'})
    const dispatcher = await bench.dispatcher()
    expect(dispatcher.commands.map(({name}) => name)).to.deep.equal(['good'])
    expect(dispatcher.problems).to.deep.equal([
      'plugin wrong: "hermes.slashCommands[0]" in its package.json: "name" is "Upper"; expected lower case letters, digits and hyphens',
      'plugin wrong: "hermes.slashCommands[1]" in its package.json: "target" of /no-target is missing; expected the path of a module',
      'plugin wrong: "hermes.slashCommands[2]" in its package.json: is not an object',
      'plugin worse: "hermes.slashCommands" in its package.json is not a list',
    ])
  })

  it('answer with a text, a prompt or nothing: all else is told, with what was expected', async () => {
    const right = fc.oneof(fc.string(), fc.record({prompt: fc.string()}), fc.constant(undefined))
    const wrong = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(fc.string()),
      fc.dictionary(fc.constantFrom('text', 'promt', 'message'), fc.string()),
      fc.record({prompt: fc.oneof(fc.integer(), fc.constant(null), fc.array(fc.string()))}),
    )
    const answers = [
      ...fc.sample(right, 40).map((value) => ({value, ok: true})),
      ...fc.sample(wrong, 60).map((value) => ({value, ok: false})),
    ]
    const values = answers.map(({value}) => (value === undefined ? 'undefined' : JSON.stringify(value))).join(', ')
    bench.add('one', `const values = [${values}]\nexport const answer = ({args}) => values[Number(args)]`, {})
    const [command] = (await bench.commands('one', declare('answer')).dispatcher()).commands
    for (const [index, {value, ok}] of answers.entries()) {
      const outcome = await command?.run({...input, args: String(index)})
      if (ok) expect(outcome).to.deep.equal({ok, answer: value})
      else {
        expect(outcome, JSON.stringify(value)).to.include({ok, kind: 'wrong-answer'})
        expect((outcome as {message: string}).message).to.match(
          /^answered .*; expected a text, an object with a text as "prompt", or nothing$/,
        )
      }
    }
    console.log(`        ${answers.length} answers`)
  }).timeout(60_000)

  it('and hooks whose names are slips are told with what was meant; names of others are left alone', async () => {
    const slip = fc
      .tuple(fc.constantFrom(...hookNames), fc.nat(), fc.constantFrom('swap', 'drop', 'double'))
      .map(([name, at, how]) => {
        const index = at % (name.length - 1)
        const [a = '', b = ''] = name.slice(index, index + 2)
        const middle = {swap: b + a, drop: b, double: a + a + b}[how]
        return {name, slipped: name.slice(0, index) + middle + name.slice(index + 2)}
      })
      .filter(({slipped}) => slipped.includes(':') && !hookNames.some((known) => known === slipped))
    const slips = fc.sample(slip, 200)
    for (const {slipped, name} of slips) {
      const plugins = new Map([['p', {name: 'p', version: '1.0.0', root: '/', isRoot: false, hooks: {[slipped]: []}}]])
      expect(unknownHooks({...bench.host(), plugins})[0]?.problems).to.deep.equal([
        `"oclif.hooks" in its package.json: "${slipped}" is not a hook; did you mean "${name}"?`,
      ])
    }
    const others = ['init', 'prerun', 'finally', 'plugins:preinstall', 'mine:exit-of-all', ...hookNames]
    const hooks = Object.fromEntries(others.map((other) => [other, []]))
    const plugins = new Map([['p', {name: 'p', version: '1.0.0', root: '/', isRoot: false, hooks}]])
    expect(unknownHooks({...bench.host(), plugins})[0]?.problems).to.deep.equal([])
    console.log(`        ${slips.length} slips`)
  })
})
