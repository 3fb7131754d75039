import {type LoadedConfig, loadConfig} from '../config/index.js'
import {HermesError, messageOf} from '../errors.js'
import type {HookHost} from '../lifecycle/declared-hooks.js'
import {hermesHome, homeFiles} from '../platform.js'
import {checks} from './checks/index.js'
import {type DeathsOptions, findDeaths} from './deaths/find-deaths.js'
import type {FoundDeaths} from './deaths/types.js'
import {type KernelKill, readKernelKills} from './kernel-log.js'
import {isAliveSince} from './processes.js'
import {runChecks} from './run-checks.js'
import {createDoctorRedactor} from './secrets.js'
import type {CheckResult, DoctorContext, TerminalFacts} from './types.js'

/** The deaths that a full examination explains. */
const LATEST = 100

export interface ExamineOptions {
  version: string
  env: NodeJS.ProcessEnv
  cwd: string
  online: boolean
  terminal: TerminalFacts
  builtinEntry: () => readonly string[]
  host: HookHost
}

export interface Examination {
  config: LoadedConfig | HermesError
  crashLog: string
  version: string
  time: number
  checks: CheckResult[]
  found: FoundDeaths
}

/** `hermes doctor`: looks at everything and changes nothing. */
export async function examine(options: ExamineOptions): Promise<Examination> {
  const {env, cwd} = options
  const time = Date.now()
  const home = hermesHome(env)
  const {config, crashLog} = await locateLog(env, cwd)
  let found: FoundDeaths | undefined
  const deaths = () => {
    found ??= findDeaths(crashLog, {limit: LATEST, redact: createDoctorRedactor(config, env), ...systemWitnesses()})
    return found
  }
  const context: DoctorContext = {...options, home, config, crashLog, deaths, now: time}
  const results = await runChecks(checks, context)
  return {config, crashLog, version: options.version, time, checks: results, found: deaths()}
}

/** The deaths alone, for `hermes doctor crashes` and `crash`. */
export async function examineDeaths(
  env: NodeJS.ProcessEnv,
  cwd: string,
  wanted: Omit<DeathsOptions, 'isAlive' | 'kernelKills' | 'redact'>,
): Promise<FoundDeaths & {crashLog: string}> {
  const {config, crashLog} = await locateLog(env, cwd)
  const redact = createDoctorRedactor(config, env)
  return {...findDeaths(crashLog, {...wanted, redact, ...systemWitnesses()}), crashLog}
}

/** What the running system knows of processes; the kernel's log is read once, and only where it matters. */
function systemWitnesses(): Pick<DeathsOptions, 'isAlive' | 'kernelKills'> {
  let kills: KernelKill[] | undefined
  return {
    isAlive: isAliveSince,
    kernelKills: () => {
      kills ??= readKernelKills()
      return kills
    },
  }
}

/** A broken configuration is a finding; the log is then where it is by default. */
async function locateLog(env: NodeJS.ProcessEnv, cwd: string) {
  const config = await loadConfig({cwd, env}).catch((error: unknown) =>
    error instanceof HermesError ? error : new HermesError(messageOf(error), {code: 'config/unreadable', cause: error}),
  )
  const named = config instanceof HermesError ? undefined : config.values['log.path']
  return {config, crashLog: named ?? homeFiles(hermesHome(env)).crashLog}
}

/** True when something has to be done: a check has failed. */
export function hasFindings({checks: results}: Pick<Examination, 'checks'>): boolean {
  return results.some(({status}) => status === 'fail')
}
