import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {type Config, defaultConfig} from '../../config/index.js'
import {HermesError, messageOf} from '../../errors.js'
import {policiesOf} from '../../policies.js'
import {capabilities} from '../../protocol/capabilities.js'
import {createMask, redactCommand, secretsOfCommand} from '../../redact/index.js'
import {type GatewayCommand, resolveGatewayCommand} from '../../supervisor/command.js'
import {classifyDeath, type DeathVerdict} from '../../supervisor/death/cause.js'
import {createSpawner} from '../../supervisor/process/child.js'
import {GatewayProcess} from '../../supervisor/process/gateway-process.js'
import type {ChildEnding} from '../../supervisor/process/types.js'
import {durationText, shellCommand} from '../text.js'
import type {Check, DoctorContext, Finding} from '../types.js'

/** The chat gives a gateway 15 s unless configured otherwise; nobody waits much longer for a report. */
const START_MS = 20_000
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

/** Why there are no times. */
interface Ill extends Pick<DeathVerdict, 'summary' | 'remedy'> {
  /** Undefined: it may still have got ready. */
  cause: string | undefined
  /** Of its stderr what is no stack. */
  lastWords: readonly string[]
  /** What it wrote to stdout that is no message. */
  noise: string | undefined
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
    shellCommand(redactCommand(command)),
    `version ${trial.version ?? 'not told'}; can do: ${trial.capabilities.join(', ') || 'what the reference can'}`,
  ]
  const times = `ready in ${durationText(trial.startMs)}, ping ${durationText(trial.pingMs)}, ended in ${durationText(trial.stopMs)}`
  if (trial.forced) {
    const remedy = ['It is killed at every quit; see its own log for why it does not end.']
    return {status: 'warn', summary: `${name}: ${times}, but only by force`, evidence, remedy}
  }
  return {status: trial.startMs > SLOW_START_MS ? 'warn' : 'ok', summary: `${name}: ${times}`, evidence}
}

function ill({summary, cause, remedy, lastWords, noise}: Ill, {command}: GatewayCommand): Finding {
  // A program that does not know its arguments repeats them.
  const mask = createMask(secretsOfCommand(command))
  return {
    status: cause === undefined ? 'warn' : 'fail',
    summary: mask(summary),
    evidence: [
      shellCommand(redactCommand(command)),
      ...(cause === undefined ? [] : [`cause: ${cause}`]),
      ...lastWords.slice(-5).map(mask),
      ...(noise === undefined ? [] : [`its output: ${mask(noise)}`]),
    ],
    remedy:
      remedy === undefined
        ? [{text: 'Run it by hand, it may say more', command: shellCommand(redactCommand(command))}]
        : [remedy],
  }
}

/** Resolves with the times, or with why there are none. The process is gone in either case. */
async function tryGateway(launch: GatewayCommand, config = defaultConfig()): Promise<Trial | Ill> {
  const ready = Promise.withResolvers<{version: string | undefined; told: readonly string[]}>()
  const ended = Promise.withResolvers<ChildEnding & {oomKills: number | undefined}>()
  const spawner = createSpawner()
  await spawner.load()
  const allowedMs = config['gateway.startupTimeoutMs']
  const startupTimeoutMs = Math.min(allowedMs, START_MS)
  let noise: string | undefined
  const started = performance.now()
  const gateway = new GatewayProcess(
    spawner,
    policiesOf(config, launch, {gateway: {startupTimeoutMs, requestTimeoutMs: PING_MS, standby: false}}).gateway,
    {
      spawned: () => {},
      event: (event) => {
        if (event.type !== 'gateway.ready') return
        const {gateway_version: version, capabilities: told} = event.payload
        ready.resolve({version, told: Array.isArray(told) ? told.map(String) : []})
      },
      protocolError: (detail) => {
        noise ??= detail
      },
      stderr: () => {},
      hang: () => {},
      ended: ended.resolve,
    },
  )
  let late = false
  const timer = setTimeout(() => {
    late = true
    gateway.signal('SIGKILL')
  }, startupTimeoutMs)
  const first = await Promise.race([ready.promise, ended.promise])
  clearTimeout(timer)
  if (!('told' in first)) {
    const told = {lastWords: wordsOf(first.stderrTail), noise}
    return {...(late ? notReady(startupTimeoutMs, allowedMs) : verdictOf(first, launch)), ...told}
  }
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
    const silent = {cause: 'hang:unresponsive', remedy: undefined, lastWords: wordsOf(ending.stderrTail), noise}
    return {...silent, summary: `started, but did not answer: ${problem}`}
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

function verdictOf(ending: ChildEnding & {oomKills: number | undefined}, {command, cwd}: GatewayCommand) {
  return classifyDeath({...ending, command, cwd, intent: undefined, ready: false})
}

/** Where the doctor waits for less than the chat does, a gateway that needs longer may still be a good one. */
function notReady(waitedMs: number, allowedMs: number): Pick<Ill, 'cause' | 'summary' | 'remedy'> {
  const waited = durationText(waitedMs)
  return waitedMs < allowedMs
    ? {
        cause: undefined,
        summary: `not ready within ${waited}; hermes chat waits for ${durationText(allowedMs)}`,
        remedy: undefined,
      }
    : {
        cause: 'start-timeout',
        summary: `not ready within ${waited}`,
        remedy: 'Raise `gateway.startupTimeoutMs` if it is only slow.',
      }
}

const wordsOf = (stderrTail: readonly string[]) =>
  stderrTail.filter((each) => each.trim() !== '' && !/^\s+at |^Node\.js v/.test(each))
