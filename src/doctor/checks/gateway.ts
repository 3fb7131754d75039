import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {type Config, defaultConfig} from '../../config/index.js'
import {HermesError, messageOf} from '../../errors.js'
import {capabilities} from '../../protocol/capabilities.js'
import {classifyDeath, type DeathVerdict} from '../../supervisor/cause.js'
import {type ChildEnding, createSpawner} from '../../supervisor/child.js'
import {type GatewayCommand, resolveGatewayCommand} from '../../supervisor/command.js'
import {GatewayProcess} from '../../supervisor/gateway-process.js'
import {durationText} from '../text.js'
import type {Check, DoctorContext, Finding} from '../types.js'

/** A check must not take as long as a slow gateway may. */
const START_MS = 8000
const PING_MS = 2000
const SLOW_START_MS = 2000

export interface Trial {
  startMs: number
  pingMs: number
  stopMs: number
  version: string | undefined
  capabilities: readonly string[]
  /** Did not end when it was asked to. */
  forced: boolean
}

/** Starts the configured gateway in an empty temporary home, greets it and lets it end. */
export const gatewayCheck: Check = {
  id: 'gateway',
  title: 'Gateway',
  timeoutMs: START_MS + 2 * PING_MS,
  alone: true,
  async run(context) {
    if (context.config instanceof HermesError) {
      return {status: 'skipped', summary: 'the configuration has to be corrected first'}
    }
    const home = mkdtempSync(path.join(tmpdir(), 'hermes-doctor-'))
    try {
      const config = context.config.values
      const command = gatewayCommand(context, config, home)
      const outcome = await tryGateway(command, config)
      return 'startMs' in outcome ? healthy(outcome, command) : ill(outcome, command)
    } finally {
      rmSync(home, {recursive: true, force: true, maxRetries: 3})
    }
  },
}

export function gatewayCommand(
  {env, cwd, builtinEntry}: Pick<DoctorContext, 'env' | 'cwd' | 'builtinEntry'>,
  config: Config,
  home: string,
): GatewayCommand {
  const configured = config['gateway.command']
  const builtin = configured === undefined ? builtinEntry() : []
  return resolveGatewayCommand({
    configured,
    env: {...env, HERMES_HOME: home},
    builtinEntry: builtin,
    execPath: process.execPath,
    cwd,
  })
}

function healthy(trial: Trial, {command, builtin}: GatewayCommand): Finding {
  const name = builtin ? 'built-in' : (command[0] ?? '')
  const evidence = [
    `${command.join(' ')}`,
    `version ${trial.version ?? 'not told'}; can do: ${trial.capabilities.join(', ') || 'what the reference can'}`,
  ]
  const times = `ready in ${durationText(trial.startMs)}, ping ${durationText(trial.pingMs)}, ended in ${durationText(trial.stopMs)}`
  if (trial.forced) {
    const remedy = ['It is killed at every quit; see its own log for why it does not end.']
    return {status: 'warn', summary: `${name}: ${times}, but only by force`, evidence, remedy}
  }
  return {status: trial.startMs > SLOW_START_MS ? 'warn' : 'ok', summary: `${name}: ${times}`, evidence}
}

function ill(verdict: DeathVerdict & {stderrTail: readonly string[]}, {command}: GatewayCommand): Finding {
  return {
    status: 'fail',
    summary: verdict.summary,
    evidence: [command.join(' '), `cause: ${verdict.cause}`, ...verdict.stderrTail.slice(-5)],
    remedy: verdict.remedy ? [verdict.remedy] : ['Run the command above by hand; it says more on its own.'],
  }
}

/** Resolves with the times, or with why there are none. The process is gone in either case. */
async function tryGateway(
  launch: GatewayCommand,
  config = defaultConfig(),
): Promise<Trial | (DeathVerdict & {stderrTail: readonly string[]})> {
  const ready = Promise.withResolvers<{version: string | undefined; told: readonly string[]}>()
  const ended = Promise.withResolvers<ChildEnding & {oomKills: number | undefined}>()
  const spawner = createSpawner()
  await spawner.load()
  const startupTimeoutMs = Math.min(config['gateway.startupTimeoutMs'], START_MS)
  const started = performance.now()
  const gateway = new GatewayProcess(
    spawner,
    {
      ...launch,
      startupTimeoutMs,
      killGraceMs: config['gateway.killGraceMs'],
      requestTimeoutMs: PING_MS,
      heartbeatMs: config['gateway.heartbeatMs'],
      heartbeatMisses: config['gateway.heartbeatMisses'],
      standby: false,
    },
    {
      spawned: () => {},
      event: (event) => {
        if (event.type !== 'gateway.ready') return
        const {gateway_version: version, capabilities: told} = event.payload
        ready.resolve({version, told: Array.isArray(told) ? told.map(String) : []})
      },
      protocolError: () => {},
      stderr: () => {},
      hang: () => {},
      ended: ended.resolve,
    },
  )
  const timer = setTimeout(() => gateway.signal('SIGKILL'), startupTimeoutMs)
  const first = await Promise.race([ready.promise, ended.promise])
  clearTimeout(timer)
  if (!('told' in first)) return verdictOf(first, launch, performance.now() - started >= startupTimeoutMs)
  const startMs = performance.now() - started
  const asked = performance.now()
  const problem = await gateway
    .request(first.told.includes(capabilities.heartbeat) ? 'gateway.ping' : 'session.list', {})
    .then(() => undefined, messageOf)
  const pingMs = performance.now() - asked
  const stopping = performance.now()
  gateway.askToEnd(first.told.includes(capabilities.shutdown), 'quit')
  let forced = false
  const force = setTimeout(() => {
    forced = true
    gateway.signal('SIGKILL')
  }, PING_MS)
  const ending = await ended.promise
  clearTimeout(force)
  if (problem !== undefined) {
    const verdict = verdictOf(ending, launch, false)
    return {...verdict, summary: `started, but did not answer: ${problem}`}
  }
  return {
    startMs,
    pingMs,
    stopMs: performance.now() - stopping,
    version: first.version,
    capabilities: first.told,
    forced,
  }
}

function verdictOf(ending: ChildEnding & {oomKills: number | undefined}, launch: GatewayCommand, late: boolean) {
  const {command, cwd} = launch
  const intent = late ? ({reason: 'startup-timeout'} as const) : undefined
  const verdict = classifyDeath({...ending, command, cwd, intent, ready: false})
  return {...verdict, stderrTail: ending.stderrTail}
}
