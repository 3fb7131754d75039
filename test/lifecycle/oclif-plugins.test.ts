import {mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import type {Hook} from '@oclif/core/hooks'
import {expect} from 'chai'
import {parseRecord} from '../../src/crash-log/index.js'
import {
  defineHook,
  type GatewayHook,
  type GatewayHooks,
  type HookSettings,
  type LifecycleEvent,
} from '../../src/index.js'
import {createDispatcher} from '../../src/lifecycle/dispatcher.js'
import {createRecorder} from '../../src/lifecycle/recorder.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('plugins as oclif loads them', () => {
  let directory: string
  let settings: HookSettings
  const saved = process.env.HERMES_DATA_DIR

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'oclif-plugins-'))
    process.env.HERMES_DATA_DIR = directory
    settings = {
      home: directory,
      log: {enabled: true, path: path.join(directory, 'logs', 'crash.log'), maxBytes: 1_048_576, files: 5},
    }
  })
  afterEach(async () => {
    if (saved === undefined) delete process.env.HERMES_DATA_DIR
    else process.env.HERMES_DATA_DIR = saved
    await rm(directory, {recursive: true, force: true})
  })

  it('are the crash log of this package and one that was linked', async () => {
    const linked = path.join(directory, 'notifier')
    mkdirSync(linked)
    writeFileSync(
      path.join(linked, 'package.json'),
      JSON.stringify({
        name: 'notifier',
        version: '1.0.0',
        type: 'module',
        oclif: {hooks: {'gateway:exit': {target: './hooks.js', identifier: 'onExit'}}},
      }),
    )
    writeFileSync(
      path.join(linked, 'hooks.js'),
      `import {writeFileSync} from 'node:fs'
       export const onExit = ({cause, settings}) => writeFileSync(settings.home + '/told', cause)`,
    )
    writeFileSync(
      path.join(directory, 'package.json'),
      JSON.stringify({oclif: {plugins: [{name: 'notifier', root: linked, type: 'link'}]}}),
    )

    const config = await Config.load(root)
    const dispatcher = await createDispatcher(config, {settings, env: {PATH: process.env.PATH}})
    const recorder = createRecorder({listeners: [dispatcher.dispatch], instance: '0a1b2c3d'})
    const common = {generation: 1, pid: 4711, sessionKey: undefined}
    recorder.record({...common, type: 'kill', reason: 'quit', signal: 'SIGTERM'})
    const inLog = () =>
      readFileSync(settings.log.path, 'utf8')
        .split('\n')
        .map((line) => parseRecord(line)?.event)
    expect(inLog()[0]).to.equal('kill')
    recorder.record({
      ...common,
      type: 'exit',
      code: null,
      signal: 'SIGTERM',
      expected: true,
      cause: 'intentional:quit',
      confidence: 'likely',
      uptimeMs: 10,
      inFlight: undefined,
      stderrTail: [],
    })
    expect(inLog()[1]).to.equal('exit')
    expect(await dispatcher.drain(10_000)).to.deep.equal([])
    expect(readFileSync(path.join(directory, 'told'), 'utf8')).to.equal('intentional:quit')
    expect(dispatcher.health().map(({plugin, place, hooks}) => [plugin, place, hooks[0]?.hook])).to.deep.equal([
      ['hermes-chat', 'chat', 'gateway:lifecycle'],
      ['notifier', 'own-process', 'gateway:exit'],
    ])
  })

  it('have types for what they are told', () => {
    const onExit = defineHook<'gateway:exit'>(function (event) {
      const cause: string = event.cause
      const version: string = this.config.version
      const home: string = event.settings.home
      // @ts-expect-error an exit has no outcome
      event.outcome
      this.log(`${cause} ${version} ${home}`)
    })
    const onLifecycle: GatewayHook<'gateway:lifecycle'> = (event) => {
      if (event.type === 'recover') event.downtimeMs.toFixed()
      // @ts-expect-error only a recovery has a downtime
      else event.downtimeMs
      const whole: LifecycleEvent = event
      return whole.time > 0 ? undefined : Promise.resolve()
    }
    const ofOclif: Hook<'gateway:recover', GatewayHooks> = async ({outcome, attempt}) => {
      if (outcome === 'exhausted') attempt.toFixed()
    }
    // @ts-expect-error no such hook
    defineHook<'gateway:exitt'>(() => {})
    for (const hook of [onExit, onLifecycle, ofOclif]) expect(hook).to.be.a('function')
  })
})
