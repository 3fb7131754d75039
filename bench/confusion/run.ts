import {spawn} from 'node:child_process'
import {cpSync, existsSync, mkdirSync, readFileSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {defaultConfig} from '../../src/config/index.js'
import {createCrashLog} from '../../src/crash-log/index.js'
import {listProcesses} from '../../src/doctor/processes.js'
import {createRecorder} from '../../src/lifecycle/recorder.js'
import {recordOf} from '../../src/plugins/crash-log/record-of.js'
import {policiesOf} from '../../src/policies.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import {root} from '../helpers/measure.js'
import type {Kind} from './causes.js'
import {shareLog} from './python.js'

/** A copy of the built program, so that a build meanwhile does not take it away under the gateways. */
export function copyProgram(directory: string): {gateway: string; program: string} {
  const copy = path.join(directory, 'program')
  if (!existsSync(path.join(root, 'dist', 'gateway', 'main.js'))) throw new Error('not built: npm run build')
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json']) {
    cpSync(path.join(root, name), path.join(copy, name), {recursive: true})
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'))
  return {gateway: path.join(copy, 'dist', 'gateway', 'main.js'), program: path.join(copy, 'bin', 'run.js')}
}

export interface Place {
  directory: string
  log: string
}

/** Lets gateways of one kind die so many times, under the real supervisor, and returns the instance in the log. */
export async function dieTimes(kind: Kind, each: number, {directory, log: file}: Place): Promise<string> {
  const log = createCrashLog({path: file, maxBytes: 2 ** 30, env: {}})
  const recorder = createRecorder({listeners: [(event) => log.write(recordOf(event))]})
  const config = {
    ...defaultConfig(),
    'gateway.startupTimeoutMs': kind.startupTimeoutMs ?? 15_000,
    // What is not about hangs must not become one on a busy machine.
    'gateway.heartbeatMs': kind.cause.startsWith('hang:') ? 60 : 1000,
    'gateway.killGraceMs': 100,
  }
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    HERMES_HOME: path.join(directory, `home-${recorder.instance}`),
    HERMES_MODEL: 'offline',
    XDG_CONFIG_HOME: path.join(directory, 'config'),
    ...kind.env,
  }
  if (kind.ownLog) shareLog(env.HERMES_HOME, file)
  const supervisor = createSupervisor({
    ...policiesOf(
      config,
      {command: kind.command, cwd: directory, env},
      {recovery: {limit: 1e6, longLimit: 1e6, backoffMs: [0]}},
    ),
    cols: () => 80,
    record: recorder.record,
  })
  const done = Promise.withResolvers<void>()
  let deaths = 0
  supervisor.on('session', () => {
    const {pid} = supervisor.view
    if (kind.signal && pid !== undefined) process.kill(pid, kind.signal)
    if (kind.shutdown) supervisor.request('gateway.shutdown', {reason: 'bench'}).catch(() => {})
  })
  supervisor.on('death', () => {
    deaths += 1
    if (deaths === each) done.resolve()
    // Causes that a retry can't cure end the attempts; a person may go on.
    else if (deaths < each) setImmediate(() => supervisor.view.phase === 'exhausted' && supervisor.recover())
  })
  supervisor.start({kind: 'new'})
  await done.promise
  await supervisor.close('quit')
  log.close()
  return recorder.instance
}

/** Lets `hermes chat --print` die in the middle of a reply. Returns its own crash log. */
export async function programDies(
  program: string,
  signal: NodeJS.Signals,
  each: number,
  directory: string,
): Promise<string> {
  const home = path.join(directory, `chat-${signal}`)
  mkdirSync(home, {recursive: true})
  const env = {PATH: process.env.PATH, HOME: home, HERMES_HOME: home, HERMES_MODEL: 'offline'}
  for (let n = 0; n < each; n++) {
    const chat = spawn(process.execPath, [program, 'chat', '--print', 'stream 100000 tokens at 50'], {
      cwd: directory,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = new Promise((resolve) => chat.once('exit', resolve))
    chat.stdout.once('data', () => chat.kill(signal))
    chat.stdout.resume()
    await ended
    // Its gateway notices within milliseconds; a living one would be no evidence of a death.
    while (gatewaysIn(home) > 0) await sleep(5)
  }
  // A process that is just going shows neither its command nor that it is a zombie.
  await sleep(200)
  return path.join(home, 'logs', 'tui_gateway_crash.log')
}

/** Gateways that live with this home. */
function gatewaysIn(home: string): number {
  return listProcesses().filter(
    ({pid, argv}) =>
      argv.some((word) => word.endsWith('gateway/main.js')) &&
      readText(`/proc/${pid}/environ`).includes(`HERMES_HOME=${home}\0`),
  ).length
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
