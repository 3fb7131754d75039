import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {readFileSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {type Dispatcher, pluginError} from '../../src/lifecycle/dispatcher.js'
import {parentDeathPrefix} from '../../src/supervisor/process/parent-death.js'
import {sampleEvent} from '../../src/testing.js'
import {someOf} from '../helpers/sample.js'
import {exitEvent, isAlive, PluginBench, replaceEvent, spawnEvent, until} from './plugin-fixture.js'

const all = {'gateway:lifecycle': 'onLifecycle'}
const seeReasons = 'export const onLifecycle = (event) => see(event.reason ?? event.type)'
const unix = process.platform !== 'win32'

describe('dispatcher', () => {
  let directory: string
  let bench: PluginBench

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'dispatcher-'))
    bench = new PluginBench(directory)
  })
  afterEach(async () => {
    bench.close()
    await rm(directory, {recursive: true, force: true})
  })
  const pidOf = (dispatcher: Dispatcher, index = 0) => dispatcher.health()[index]?.pid ?? 0

  describe('calls a built-in plugin', () => {
    const add = (source: string, hooks: Record<string, string> = all) =>
      bench.add('builtin', source, hooks, {isRoot: true})

    it('in this process, and it is done when dispatch returns', async () => {
      add('export const onLifecycle = (event) => see(event.reason + " " + process.pid)')
      const dispatcher = await bench.dispatcher()
      for (const reason of ['a', 'b', 'c']) {
        dispatcher.dispatch(replaceEvent(reason))
        expect(bench.seen('builtin').at(-1)).to.equal(`${reason} ${process.pid}`)
      }
      expect(dispatcher.health()[0]).to.include({place: 'chat', state: 'ready', calls: 3, failures: 0})
    })

    it('for the event itself first, then for all events', async () => {
      add(
        `export const onSpawn = (event) => see('spawn ' + event.command)
         export const onExit = (event) => see('exit ' + event.cause)
         export const onLifecycle = (event) => see('all ' + event.type)`,
        {'gateway:lifecycle': 'onLifecycle', 'gateway:exit': 'onExit', 'gateway:spawn': 'onSpawn'},
      )
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(spawnEvent())
      dispatcher.dispatch(replaceEvent('a'))
      dispatcher.dispatch(exitEvent('external-sigkill'))
      expect(bench.seen('builtin')).to.deep.equal([
        'spawn gw',
        'all spawn',
        'all replace',
        'exit external-sigkill',
        'all exit',
      ])
    })

    it('for an event of its own making after the one that it is handling', async () => {
      let dispatcher: Dispatcher | undefined
      add(`export function onLifecycle({reason, context}) {
             see('begin ' + reason)
             if (reason === 'a') context.log('again')
             see('end ' + reason)
           }`)
      dispatcher = await bench.dispatcher({onMessage: () => dispatcher?.dispatch(replaceEvent('b'))})
      dispatcher.dispatch(replaceEvent('a'))
      expect(bench.seen('builtin')).to.deep.equal(['begin a', 'end a', 'begin b', 'end b'])
    })

    it('in order, when a hook takes its time', async () => {
      add(`export async function onLifecycle({reason}) {
             see('begin ' + reason)
             await new Promise((resolve) => setTimeout(resolve, 5))
             see('end ' + reason)
           }`)
      const dispatcher = await bench.dispatcher()
      for (const reason of ['a', 'b', 'c']) dispatcher.dispatch(replaceEvent(reason))
      expect(bench.seen('builtin')).to.deep.equal(['begin a'])
      expect(await dispatcher.drain(5000)).to.deep.equal([])
      expect(bench.seen('builtin')).to.deep.equal(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
    })

    it('and outlives what it throws', async () => {
      add('export const onLifecycle = () => { throw new TypeError("no\\n\\u001b[31msuch thing") }')
      const dispatcher = await bench.dispatcher()
      expect(() => dispatcher.dispatch(replaceEvent('a'))).not.to.throw()
      expect(bench.failures).to.have.length(1)
      expect(bench.failures[0]).to.deep.include({
        plugin: 'builtin',
        hook: 'gateway:lifecycle',
        kind: 'threw',
        message: 'TypeError: no [31msuch thing',
        event: replaceEvent('a'),
        failures: 1,
        disabled: false,
      })
    })

    it('and gives up one that does not end', async () => {
      add('export const onLifecycle = () => new Promise(() => {})')
      const dispatcher = await bench.dispatcher({timeoutMs: 20})
      dispatcher.dispatch(replaceEvent('a'))
      await until(() => bench.failures.length === 1)
      expect(bench.failures[0]).to.include({kind: 'timeout', message: 'was not done after 20 ms'})
    })
  })

  describe('calls the plugin of somebody else', () => {
    it('in a process of its own, with what its author is told', async () => {
      bench.add(
        'notifier',
        `export async function onExit(event) {
           const {settings, config, context, ...own} = event
           see(JSON.stringify({own, settings, config, same: this.config === config || context === this,
             plugin: this.plugin, pid: process.pid, cwd: process.cwd(), tty: [process.stdin.isTTY, process.stdout.isTTY]}))
         }`,
        {'gateway:exit': 'onExit'},
      )
      const dispatcher = await bench.dispatcher()
      await dispatcher.loaded
      dispatcher.dispatch(replaceEvent('not for it'))
      dispatcher.dispatch(exitEvent('external-sigkill'))
      await until(() => bench.seen('notifier').length === 1)
      const said = JSON.parse(bench.seen('notifier')[0] ?? '')
      // JSON leaves out what is undefined.
      expect(said.own).to.deep.equal(JSON.parse(JSON.stringify(exitEvent('external-sigkill'))))
      expect(said.settings.home).to.equal(directory)
      expect(said.config).to.include({bin: 'hermes', dataDir: directory})
      expect(said.plugin).to.deep.equal({name: 'notifier', version: '1.2.3', root: path.join(directory, 'notifier')})
      expect(said.same).to.equal(true)
      expect(said.pid).to.equal(pidOf(dispatcher)).and.not.equal(process.pid)
      expect(said.cwd).to.equal(path.join(directory, 'notifier'))
      expect(said.tty).to.deep.equal([null, null])
      // What the plugin did shows before its answer is here.
      await until(() => dispatcher.health()[0]?.calls === 1)
      expect(dispatcher.health()[0]).to.include({place: 'own-process', state: 'ready'})
    })

    it('whether its modules are ECMAScript or CommonJS, and without their extension', async () => {
      bench.add('old', '', {})
      writeFileSync(
        path.join(directory, 'old', 'main.cjs'),
        'module.exports = Object.assign({}, {onExit: () => require("fs").writeFileSync("exit", "")}); module.exports.__proto__ = null',
      )
      writeFileSync(
        path.join(directory, 'old', 'other.cjs'),
        'exports.anyName = () => require("fs").writeFileSync("all", "")',
      )
      const plugin = bench.plugins.get('old')
      if (plugin) {
        plugin.hooks = {
          'gateway:exit': [{target: './main', identifier: 'onExit'}],
          'gateway:lifecycle': [{target: './other.cjs', identifier: 'default'}],
        }
      }
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(exitEvent('a'))
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.failures).to.deep.equal([])
      for (const name of ['exit', 'all']) expect(readFileSync(path.join(directory, 'old', name), 'utf8')).to.equal('')
    })

    it('in the order of events, also those that came before it was loaded', async () => {
      bench.add(
        'slow',
        `await new Promise((resolve) => setTimeout(resolve, 50))
         export async function onLifecycle({reason}) {
           see('begin ' + reason)
           await new Promise((resolve) => setTimeout(resolve, Math.random() * 5))
           see('end ' + reason)
         }`,
        all,
      )
      const dispatcher = await bench.dispatcher()
      const reasons = Array.from({length: 20}, (_, index) => `r${index}`)
      for (const reason of reasons) dispatcher.dispatch(replaceEvent(reason))
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.seen('slow')).to.deep.equal(reasons.flatMap((reason) => [`begin ${reason}`, `end ${reason}`]))
    })

    it('beside the others, whatever one of them does', async () => {
      bench.add('builtin', seeReasons, all, {isRoot: true})
      bench.add('spinning', 'export const onLifecycle = () => { for (;;); }', all)
      bench.add('healthy', seeReasons, all)
      const dispatcher = await bench.dispatcher({timeoutMs: 10_000})
      await dispatcher.loaded
      dispatcher.dispatch(replaceEvent('a'))
      dispatcher.dispatch(replaceEvent('b'))
      expect(bench.seen('builtin')).to.deep.equal(['a', 'b'])
      await until(() => bench.seen('healthy').length === 2)
      expect(bench.failures).to.deep.equal([])
    })

    it('in no process at all when it has no such hooks', async () => {
      bench.add('commands only', 'see("loaded")', {init: 'onInit'})
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(replaceEvent('a'))
      expect(dispatcher.health()).to.deep.equal([])
      expect(await dispatcher.drain(0)).to.deep.equal([])
      expect(bench.seen('commands only')).to.deep.equal([])
    })

    it('and shows what it says, a line each, and not without end', async () => {
      bench.add(
        'talker',
        `export function onLifecycle({reason}) {
           if (reason === 'flood') { for (let i = 0; i < 1000; i++) this.log('line ' + i); return }
           this.log('sent to %s', 'me')
           this.warn(new Error('slow\\n\\u001b[2Jnetwork'))
           this.debug('detail', {a: 1})
           console.log('printed')
         }`,
        all,
      )
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(replaceEvent('a'))
      await until(() => bench.messages.length === 4)
      expect(bench.messages).to.have.deep.members([
        {plugin: 'talker', level: 'log', text: 'sent to me'},
        {plugin: 'talker', level: 'warn', text: 'slow [2Jnetwork'},
        {plugin: 'talker', level: 'debug', text: 'detail { a: 1 }'},
        {plugin: 'talker', level: 'log', text: 'printed'},
      ])
      dispatcher.dispatch(replaceEvent('flood'))
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.messages).to.have.length(25)
      expect(bench.messages.at(-1)?.text).to.equal('further messages are left out')
    })
  })

  describe('survives a hook that', () => {
    /** What happens at the event `bad`; other events are seen. */
    const bad: Record<string, {source: string; kind: string; message: RegExp; survives?: boolean}> = {
      throws: {source: 'throw new TypeError("boom")', kind: 'threw', message: /^TypeError: boom$/, survives: true},
      rejects: {source: 'await Promise.reject(new Error("boom"))', kind: 'threw', message: /^boom$/, survives: true},
      'throws no error': {source: 'throw undefined', kind: 'threw', message: /^undefined$/, survives: true},
      'calls this.error': {source: 'this.error("boom")', kind: 'threw', message: /^boom$/, survives: true},
      'calls this.exit': {source: 'this.exit(3)', kind: 'exit', message: /^called this\.exit\(3\)$/, survives: true},
      'never resolves': {
        source: 'await new Promise(() => {})',
        kind: 'timeout',
        message: /after 300 ms$/,
        survives: true,
      },
      'spins for ever': {source: 'for (;;);', kind: 'stopped', message: /blocked its process for 300 ms/},
      'calls process.exit': {source: 'process.exit(0)', kind: 'crashed', message: /^ended with code 0$/},
      'kills itself': {
        source: 'process.kill(process.pid, "SIGKILL"); await new Promise(() => {})',
        kind: 'crashed',
        message: /SIGKILL/,
      },
      aborts: {source: 'process.abort()', kind: 'crashed', message: /SIGABRT/},
      'cuts the line': {
        source: 'process.disconnect(); await new Promise(() => {})',
        kind: 'crashed',
        message: /^ended with code 0$/,
      },
      'takes all memory': {
        source: 'const all = []; for (;;) all.push(new Array(1e5).fill(String(Math.random())))',
        kind: 'crashed',
        message: /heap out of memory/,
      },
      'throws outside of itself': {
        source: 'setTimeout(() => { throw new RangeError("later") }); await new Promise(() => {})',
        kind: 'crashed',
        message: /^ended with code 1: RangeError: later$/,
      },
      'sends what is not ours': {
        source:
          'for (const odd of [null, 7, {}, {type: "done"}, {type: "done", id: "x"}, {type: "loaded", problems: [{index: 0}]}, {type: "message", level: "x"}]) process.send(odd); throw new Error("boom")',
        kind: 'threw',
        message: /^boom$/,
        survives: true,
      },
    }
    for (const [what, {source, kind, message, survives = false}] of Object.entries(bad)) {
      if (!unix && /kills|aborts/.test(what)) continue
      it(what, async () => {
        bench.add(
          'bad',
          `export async function onLifecycle({reason}) { if (reason !== 'bad') return see(reason); ${source} }`,
          all,
        )
        const dispatcher = await bench.dispatcher({timeoutMs: what === 'takes all memory' ? 15_000 : 300})
        dispatcher.dispatch(replaceEvent('before'))
        await until(() => bench.seen('bad').length === 1)
        const pid = pidOf(dispatcher)
        dispatcher.dispatch(replaceEvent('bad'))
        dispatcher.dispatch(replaceEvent('after'))
        await until(() => bench.seen('bad').length === 2)
        expect(bench.failures).to.have.length(1)
        expect(bench.failures[0]).to.include({
          plugin: 'bad',
          hook: 'gateway:lifecycle',
          kind,
          failures: 1,
          disabled: false,
        })
        expect(bench.failures[0]?.message).to.match(message)
        expect(bench.failures[0]?.event).to.deep.equal(replaceEvent('bad'))
        if (survives) expect(pidOf(dispatcher)).to.equal(pid)
        else await until(() => !isAlive(pid))
      })
    }

    if (unix) {
      it('waits for a program', async () => {
        bench.add(
          'bad',
          `import {execFileSync} from 'node:child_process'
           export function onLifecycle() { see(String(process.pid)); execFileSync('sleep', ['600']) }`,
          all,
        )
        const dispatcher = await bench.dispatcher({timeoutMs: 300})
        dispatcher.dispatch(replaceEvent('a'))
        await until(() => bench.failures.length === 1)
        expect(bench.failures[0]).to.include({kind: 'stopped'})
        // The group is gone with the program in it.
        const group = Number(bench.seen('bad')[0])
        await until(() => !isAlive(-group))
      })
    }

    it('fails between two events', async () => {
      bench.add('bad', 'export const onLifecycle = () => { setTimeout(() => { throw new Error("later") }, 20) }', all)
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(replaceEvent('a'))
      await until(() => bench.failures.length === 1)
      expect(bench.failures[0]).to.deep.include({
        hook: undefined,
        kind: 'crashed',
        message: 'ended with code 1: later',
        event: undefined,
      })
    })
  })

  describe('reports', () => {
    it('each hook once, and after three failures that the plugin is off', async () => {
      bench.add(
        'bad',
        `export const onExit = () => { see('exit'); throw new Error('exit') }
         export const onLifecycle = () => { see('all'); throw new Error('all') }`,
        {'gateway:exit': 'onExit', 'gateway:lifecycle': 'onLifecycle'},
      )
      const dispatcher = await bench.dispatcher()
      for (let n = 0; n < 5; n += 1) dispatcher.dispatch(exitEvent('a'))
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.failures.map(({hook, failures, disabled}) => [hook, failures, disabled])).to.deep.equal([
        ['gateway:exit', 1, false],
        ['gateway:lifecycle', 2, false],
        ['gateway:exit', 3, true],
      ])
      expect(bench.seen('bad')).to.deep.equal(['exit', 'all', 'exit'])
      expect(dispatcher.health()[0]).to.include({state: 'off', failures: 3, calls: 3})
      expect(dispatcher.health()[0]?.lastFailure?.message).to.equal('exit')
    })

    it('a hook only once between the first failure and the last', async () => {
      bench.add('bad', 'export const onLifecycle = () => { throw new Error("no") }', all)
      const dispatcher = await bench.dispatcher()
      for (let n = 0; n < 5; n += 1) dispatcher.dispatch(replaceEvent('a'))
      await dispatcher.drain(10_000)
      expect(bench.failures.map(({failures}) => failures)).to.deep.equal([1, 3])
    })

    it('an export that is missing, and calls the hooks that are there', async () => {
      bench.add('half', 'export const onExit = () => see("exit"); export const onLifecycle = 7', {
        'gateway:exit': 'onExit',
        'gateway:lifecycle': 'onLifecycle',
        'gateway:spawn': 'onSpwan',
      })
      const dispatcher = await bench.dispatcher()
      await dispatcher.loaded
      dispatcher.dispatch(exitEvent('a'))
      await dispatcher.drain(10_000)
      expect(bench.seen('half')).to.deep.equal(['exit'])
      expect(bench.failures.map(({hook, kind, failures}) => [hook, kind, failures])).to.deep.equal([
        ['gateway:spawn', 'missing-export', 0],
        ['gateway:lifecycle', 'missing-export', 0],
      ])
      expect(bench.failures[0]?.message).to.contain('./hooks.mjs').and.to.contain('onSpwan')
    })

    const unloadable: Record<string, [source: string, message: RegExp]> = {
      'throws when it is loaded': ['throw new Error("not today")', /^not today$/],
      'is no JavaScript': ['export const = ', /^SyntaxError: /],
      'ends its process when it is loaded': ['process.exit(5)', /^ended with code 5$/],
      'is never loaded': ['await new Promise(() => { setInterval(() => {}, 1000) })', /^was not loaded after 700 ms$/],
    }
    for (const [what, [source, message]] of someOf(Object.entries(unloadable), 2)) {
      it(`a plugin that ${what}, and leaves it alone`, async () => {
        bench.add('bad', source, all)
        const dispatcher = await bench.dispatcher({loadTimeoutMs: 700})
        dispatcher.dispatch(replaceEvent('a'))
        await dispatcher.loaded
        expect(bench.failures).to.have.length(1)
        expect(bench.failures[0]).to.include({kind: 'load', disabled: true})
        expect(bench.failures[0]?.message).to.match(message)
        expect(dispatcher.health()[0]).to.include({state: 'off', calls: 0})
        expect(await dispatcher.drain(5000)).to.deep.equal([])
      })
    }

    it('a module that is not there', async () => {
      bench.add('bad', '', all)
      await rm(path.join(directory, 'bad', 'hooks.mjs'))
      await (await bench.dispatcher()).loaded
      expect(bench.failures[0]).to.include({kind: 'load', message: 'there is no ./hooks.mjs'})
    })

    it('events that were left out, the oldest first', async () => {
      bench.add(
        'slow',
        'export const onLifecycle = async ({reason}) => { see(reason); await new Promise((r) => setTimeout(r, 5)) }',
        all,
      )
      const dispatcher = await bench.dispatcher({queueLimit: 3})
      await dispatcher.loaded
      for (const reason of ['a', 'b', 'c', 'd', 'e', 'f']) dispatcher.dispatch(replaceEvent(reason))
      await dispatcher.drain(10_000)
      expect(bench.seen('slow')).to.deep.equal(['a', 'd', 'e', 'f'])
      expect(bench.kinds()).to.deep.equal(['overflow'])
      expect(bench.failures[0]).to.include({failures: 0, disabled: false})
    })

    it('to built-in plugins alone what failed', async () => {
      bench.add('builtin', seeReasons, all, {isRoot: true})
      bench.add('other', seeReasons, all)
      const dispatcher = await bench.dispatcher()
      const failure = {
        plugin: 'bad',
        hook: 'gateway:exit',
        kind: 'threw',
        message: 'no',
        failures: 3,
        disabled: true,
      } as const
      const details = pluginError({...failure, event: exitEvent('a')})
      expect(details).to.deep.equal({
        type: 'plugin-error',
        generation: 1,
        pid: 17,
        sessionKey: 'key',
        plugin: 'bad',
        hook: 'gateway:exit',
        kind: 'threw',
        message: 'no',
        disabled: true,
      })
      dispatcher.dispatch({...details, schemaVersion: 1, time: 1, monotonic: 1, instance: '0a1b2c3d'})
      dispatcher.dispatch(replaceEvent('a'))
      await dispatcher.drain(10_000)
      expect(bench.seen('builtin')).to.deep.equal(['plugin-error', 'a'])
      expect(bench.seen('other')).to.deep.equal(['a'])
    })
  })

  describe('ends', () => {
    it('when all hooks and what they left running are done', async () => {
      bench.add('late', 'export const onLifecycle = () => { setTimeout(() => see("sent"), 100) }', all)
      const dispatcher = await bench.dispatcher()
      dispatcher.dispatch(replaceEvent('a'))
      await dispatcher.loaded
      const pid = pidOf(dispatcher)
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.seen('late')).to.deep.equal(['sent'])
      expect(isAlive(pid)).to.equal(false)
      expect(bench.failures).to.deep.equal([])
      dispatcher.dispatch(replaceEvent('b'))
      expect(pidOf(dispatcher)).to.equal(0)
    })

    it('at its deadline, and says whom it cut off', async () => {
      bench.add('builtin', seeReasons, all, {isRoot: true})
      bench.add('quick', seeReasons, all)
      bench.add('spinning', 'export const onLifecycle = () => { see("begin"); for (;;); }', all)
      bench.add('busy', 'setInterval(() => {}, 1000); export const onLifecycle = () => see("begin")', all)
      const dispatcher = await bench.dispatcher({timeoutMs: 60_000})
      dispatcher.dispatch(replaceEvent('a'))
      await until(() => bench.seen('spinning').length + bench.seen('busy').length + bench.seen('quick').length === 3)
      const pids = dispatcher.health().flatMap(({place, pid = 0}) => (place === 'own-process' ? [pid] : []))
      expect(pids).to.have.length(3)
      expect(await dispatcher.drain(200)).to.have.members(['spinning', 'busy'])
      for (const pid of pids) await until(() => !isAlive(pid))
      dispatcher.dispatch(replaceEvent('b'))
      expect(bench.seen('builtin')).to.deep.equal(['a', 'b'])
    })

    it('after a hook for the end, which may take longer than others, and of which the built-in ones hear nothing', async () => {
      const batch = `let held = []
export const onLifecycle = ({type}) => { if (type !== 'end') held.push(type) }
export const onEnd = async ({deadlineMs}) => {
  await new Promise((resolve) => setTimeout(resolve, 700).unref())
  see(held.join() + ' ' + deadlineMs)
}`
      bench.add('batch', batch, {'gateway:lifecycle': 'onLifecycle', 'chat:end': 'onEnd'})
      bench.add('builtin', 'export const onLifecycle = ({type}) => see(type)', all, {isRoot: true})
      const dispatcher = await bench.dispatcher({timeoutMs: 500})
      for (const event of [spawnEvent(), exitEvent('x'), sampleEvent('end', {deadlineMs: 10_000})])
        dispatcher.dispatch(event)
      expect(await dispatcher.drain(10_000)).to.deep.equal([])
      expect(bench.failures).to.deep.equal([])
      expect(bench.seen('batch')).to.deep.equal(['spawn,exit 10000'])
      expect(bench.seen('builtin')).to.deep.equal(['spawn', 'exit'])
    })

    const ends = async (source: string, launcher: readonly string[]) => {
      bench.add('other', `export const onLifecycle = () => {}; see(String(process.pid)); ${source}`, all)
      const plugins = JSON.stringify([...bench.plugins])
      const script = fileURLToPath(new URL('./run-dispatcher.ts', import.meta.url))
      const register = new URL('../register.mjs', import.meta.url).href
      const args = ['--import', register, script, directory, plugins, JSON.stringify(launcher)]
      const chat = spawn(process.execPath, args, {stdio: 'inherit'})
      const exit = once(chat, 'exit')
      await until(() => bench.seen('other').length === 1)
      const pid = Number(bench.seen('other')[0])
      expect(isAlive(pid)).to.equal(true)
      chat.kill('SIGKILL')
      await exit
      await until(() => !isAlive(pid))
    }

    it('with the chat, when the chat is killed', () => ends('setInterval(() => {}, 1000)', [])).timeout(30_000)

    const launcher = parentDeathPrefix(process.env)
    if (launcher.length > 0) {
      it('with the chat also when it is blocked, where the system helps', () =>
        ends('setTimeout(() => { for (;;); })', launcher)).timeout(30_000)
    }
  })
})
