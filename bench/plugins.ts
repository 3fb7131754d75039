import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {Config} from '@oclif/core/config'
import {createDispatcher} from '../src/lifecycle/dispatcher.js'
import {createRecorder} from '../src/lifecycle/recorder.js'
import {homeFiles} from '../src/platform.js'
import type {TestHome} from '../test/helpers/pty/chat.js'
import {type Measure, program, repeat, root, withHome} from './helpers/measure.js'
import {supervise} from './helpers/supervised.js'
import {median, percentile, type Row} from './helpers/table.js'

const STARTS = 15

const quiet = `export const onLifecycle = () => {}`
/** Never done, and its process blocked. */
const hanging = `export const onLifecycle = () => { for (;;); }`

/** Links plugins with a hook for every event, as `hermes plugins link` would write it. */
function linkPlugins(home: TestHome, count: number, source: string): NodeJS.ProcessEnv {
  const dataDir = path.join(home.dir, 'data')
  const plugins = Array.from({length: count}, (_, index) => {
    const name = `bench-plugin-${index}`
    const folder = path.join(home.dir, name)
    const hooks = {'gateway:lifecycle': {target: './hooks.js', identifier: 'onLifecycle'}}
    mkdirSync(folder, {recursive: true})
    writeFileSync(
      path.join(folder, 'package.json'),
      JSON.stringify({name, version: '1.0.0', type: 'module', oclif: {hooks}}),
    )
    writeFileSync(path.join(folder, 'hooks.js'), source)
    return {name, root: folder, type: 'link'}
  })
  mkdirSync(dataDir, {recursive: true})
  writeFileSync(path.join(dataDir, 'package.json'), JSON.stringify({oclif: {schema: 1, plugins}}))
  return {...home.env(), HERMES_DATA_DIR: dataDir}
}

/** From `kill -9` until the session is back, with these plugins listening. */
function timeRecovery(deaths: number, count: number, source: string): Promise<number[]> {
  return withHome(async (home) => {
    const env = linkPlugins(home, count, source)
    const before = process.env.HERMES_DATA_DIR
    process.env.HERMES_DATA_DIR = env.HERMES_DATA_DIR
    const oclif = await Config.load({root, ignoreManifest: true})
    if (before === undefined) delete process.env.HERMES_DATA_DIR
    else process.env.HERMES_DATA_DIR = before
    const log = {enabled: true, path: homeFiles(home.hermes).crashLog, maxBytes: 1_048_576, files: 5}
    const dispatcher = await createDispatcher(oclif, {settings: {home: home.hermes, log}, env})
    const recorder = createRecorder({listeners: [dispatcher.dispatch]})
    const run = await supervise(home, {kind: 'new'}, {record: recorder.record})
    await dispatcher.loaded
    const samples: number[] = []
    try {
      for (let death = 0; death < deaths; death++) {
        const back = run.next('session')
        const {pid} = run.supervisor.view
        if (pid === undefined) throw new Error('no gateway')
        const killed = performance.now()
        process.kill(pid, 'SIGKILL')
        samples.push((await back) - killed)
      }
    } finally {
      await run.supervisor.close('quit')
      dispatcher.endNow()
    }
    return samples
  })
}

async function timeStart(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<number> {
  const started = performance.now()
  await once(spawn(process.execPath, [program, ...args], {env, cwd, stdio: 'ignore'}), 'exit')
  return performance.now() - started
}

/** What plugins cost: those that listen to a recovery, and oclif's own at a start. */
export const plugins: Measure = {
  name: 'plugins',
  run: async ({deaths, progress}) => {
    const rows: Row[] = []
    for (const [what, count, source] of [
      ['no plugin', 0, quiet],
      ['one plugin', 1, quiet],
      ['ten plugins', 10, quiet],
      ['a plugin that hangs', 1, hanging],
    ] as const) {
      progress(`plugins: ${deaths} deaths with ${what}`)
      const times = await timeRecovery(deaths, count, source)
      rows.push(
        {
          what: `kill -9, ${what}: session back, p50`,
          measured: percentile(times, 0.5),
          unit: 'ms',
          n: deaths,
          ...(count <= 1 && source === quiet ? {target: 100} : {}),
        },
        {what: `kill -9, ${what}: session back, p95`, measured: percentile(times, 0.95), unit: 'ms', n: deaths},
      )
    }
    await withHome(async (home) => {
      for (const args of [['--version'], ['--help'], ['plugins']]) {
        const times = await repeat(STARTS, () => timeStart(args, home.env(), home.cwd))
        const note =
          args[0] === '--version' ? "oclif's own plugins are installed and not loaded" : "with oclif's own plugins"
        rows.push({what: `hermes ${args.join(' ')}`, measured: median(times), unit: 'ms', n: STARTS, note})
      }
    })
    return rows
  },
}
