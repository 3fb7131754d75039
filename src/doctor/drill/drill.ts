import {randomUUID} from 'node:crypto'
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {defaultConfig} from '../../config/index.js'
import {exitCodes, HermesError} from '../../errors.js'
import {createDispatcher, type HookHost} from '../../lifecycle/dispatcher.js'
import type {LifecycleEvent} from '../../lifecycle/events.js'
import {createRecorder} from '../../lifecycle/recorder.js'
import {homeFiles} from '../../platform.js'
import {policiesOf} from '../../policies.js'
import {createSupervisor} from '../../supervisor/supervisor.js'
import type {Supervisor, SupervisorEvents} from '../../supervisor/types.js'
import {findDeaths} from '../deaths/find-deaths.js'
import type {ExamineOptions} from '../examine.js'
import {NOT_EXAMINED} from '../find-crash.js'
import {readKernelKills} from '../kernel-log.js'
import {isAliveSince} from '../processes.js'
import {faultArguments, faultVariable} from './faults.js'
import {inSmallCgroup} from './small-cgroup.js'
import {type Way, type WayGroup, wayGroups} from './ways.js'

/** Deaths of each kind; `HERMES_TEST_DRILL_ROUNDS` says otherwise. */
const ROUNDS = 3
const STEP_MS = 15_000
/** A gateway at rest takes a third of it. */
const SMALL_HEAP_MB = 64
const SMALL_BYTES = 400 * 1024 * 1024

export interface DrillOptions extends Pick<ExamineOptions, 'env' | 'builtinEntry' | 'host'> {
  rounds?: number
  onProgress: (text: string) => unknown
}

export interface DrillRow {
  way: string
  expected: string
  /** As the log called it, most often first. */
  causes: string[]
  /** From the kill to the same session open again, milliseconds. */
  backMs: number[]
  recognised: number
}

export interface Drill {
  rows: DrillRow[]
  deaths: number
  /** Prompts that were sent, are not stored or are stored twice. */
  prompts: number
  lost: number
  doubled: number
  passed: boolean
  /** Ways that this machine does not allow. */
  leftOut: {way: string; reason: string}[]
}

interface Killed {
  way: Way
  pid: number
  backMs: number
}

/**
 * Kills a scratch gateway in a temporary home in each of the ways that this machine allows, amid a
 * reply of the offline model, under the same supervisor and crash log as the chat's.
 */
export async function runDrill(options: DrillOptions): Promise<Drill> {
  const {rounds = Number(options.env.HERMES_TEST_DRILL_ROUNDS) || ROUNDS, onProgress} = options
  const directory = mkdtempSync(path.join(tmpdir(), 'hermes-drill-'))
  try {
    return await drillIn(directory, {...options, rounds, onProgress})
  } finally {
    rmSync(directory, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
  }
}

async function drillIn(directory: string, options: DrillOptions & {rounds: number}): Promise<Drill> {
  const place = {
    home: path.join(directory, 'hermes'),
    cwd: path.join(directory, 'project'),
    directory,
    faultFile: path.join(directory, 'fault'),
  }
  mkdirSync(place.cwd, {recursive: true})
  const done: GroupResult[] = []
  const leftOut: Drill['leftOut'] = []
  for (const group of wayGroups()) {
    const run = () => drillGroup(group, place, options)
    const result = group.gateway === 'confined' ? await inSmallCgroup(SMALL_BYTES, run) : await run()
    if (result) done.push(result)
    else for (const {name} of group.ways) leftOut.push({way: name, reason: 'no small memory cgroup may be made here'})
  }
  return {...judge(done, homeFiles(place.home).crashLog), leftOut}
}

interface Place {
  directory: string
  home: string
  cwd: string
  faultFile: string
}

interface GroupResult {
  killed: Killed[]
  prompts: string[]
  stored: string[]
}

async function drillGroup(
  {gateway, ways}: WayGroup,
  {directory, home, cwd, faultFile}: Place,
  {rounds, onProgress, host, builtinEntry, env}: DrillOptions & {rounds: number},
): Promise<GroupResult> {
  const {name, version, bin, root, dataDir, configDir, cacheDir} = host
  // The person's plugins have no part in it.
  const plugins = new Map([...host.plugins].filter(([, plugin]) => plugin.isRoot))
  const scratch: HookHost = {name, version, bin, root, dataDir, configDir, cacheDir, plugins}
  const log = {enabled: true, path: homeFiles(home).crashLog, maxBytes: 64 * 1024 * 1024, files: 1}
  const dispatcher = await createDispatcher(scratch, {settings: {home, log}})
  let diedAt = 0
  const onExit = ({type}: LifecycleEvent) => {
    if (type === 'exit') diedAt = performance.now()
  }
  const recorder = createRecorder({listeners: [onExit, dispatcher.dispatch]})
  const open = gateway === 'plain' ? [] : faultArguments()
  const small = gateway === 'frail' ? [`--max-old-space-size=${SMALL_HEAP_MB}`] : []
  const supervisor = createSupervisor({
    ...policiesOf(
      defaultConfig(),
      {
        command: [process.execPath, ...small, ...open, ...builtinEntry()],
        cwd,
        env: {...scratchEnvironment(env, directory, home), [faultVariable]: faultFile},
      },
      {
        // Hangs shall not take long here; what is no hang must not become one on a busy machine.
        gateway: {requestTimeoutMs: STEP_MS, ...(gateway === 'watched' ? {heartbeatMs: 150} : {})},
        recovery: {limit: 1e6, longLimit: 1e6, backoffMs: [0]},
      },
    ),
    cols: () => 80,
    record: recorder.record,
  })
  const prompts: string[] = []
  const killed: Killed[] = []
  let lastDeath: string | undefined
  supervisor.on('death', ({summary}) => {
    lastDeath = summary
  })
  try {
    const started = next(supervisor, 'session', () => supervisor.start({kind: 'new'}))
    await within(
      () => `the scratch gateway does not start${lastDeath ? `: it ${lastDeath}` : ''}`,
      started,
      NOT_EXAMINED,
    )
    for (const way of ways) {
      const times: number[] = []
      for (let round = 0; round < rounds; round++) {
        const one = await killOnce(supervisor, way, {prompts, faultFile, diedAt: () => diedAt})
        killed.push(one)
        times.push(one.backMs)
      }
      onProgress(`${way.name.padEnd(12)}  back in ${times.map((ms) => `${Math.round(ms)} ms`).join(', ')}`)
    }
    return {killed, prompts, stored: await storedPrompts(supervisor)}
  } finally {
    await supervisor.close('quit')
    await dispatcher.drain(500)
  }
}

async function killOnce(
  supervisor: Supervisor,
  way: Way,
  {prompts, faultFile, diedAt}: {prompts: string[]; faultFile: string; diedAt: () => number},
): Promise<Killed> {
  const text = `drill ${way.name} ${prompts.length + 1}: stream 2000 tokens at 500`
  const session = supervisor.view.session?.liveId
  const flows = next(
    supervisor,
    'event',
    () => {},
    ({type}) => type === 'message.delta',
  )
  await supervisor.request('prompt.submit', {session_id: session, text, prompt_id: randomUUID()})
  prompts.push(text)
  await within(() => 'no reply comes', flows)
  const {pid} = supervisor.view
  if (pid === undefined) throw broken('there is no gateway')
  const started = performance.now()
  const back = next(supervisor, 'session', () => {})
  await way.act({pid, supervisor, faultFile})
  await within(() => `the session did not come back after ${way.name}`, back)
  return {way, pid, backMs: performance.now() - (way.lingers ? diedAt() : started)}
}

/** Texts of the stored prompts, from the gateway that came back last. */
async function storedPrompts(supervisor: Supervisor): Promise<string[]> {
  const {messages} = await supervisor.request('session.history', {session_id: supervisor.view.session?.liveId})
  if (!Array.isArray(messages)) return []
  return messages.flatMap((message: {role?: unknown; text?: unknown}) =>
    message.role === 'user' && typeof message.text === 'string' ? [message.text] : [],
  )
}

function judge(groups: readonly GroupResult[], crashLog: string): Omit<Drill, 'leftOut'> {
  const killed = groups.flatMap((group) => group.killed)
  const prompts = groups.flatMap((group) => group.prompts)
  const stored = groups.flatMap((group) => group.stored)
  const {deaths} = findDeaths(crashLog, {isAlive: isAliveSince, kernelKills: readKernelKills})
  const causeOf = new Map(deaths.map(({pid, cause}) => [pid, cause]))
  const rows = [...new Set(killed.map(({way}) => way))].map((way): DrillRow => {
    const mine = killed.filter((each) => each.way === way)
    const causes = mine.map(({pid}) => causeOf.get(pid) ?? 'not recorded')
    return {
      way: way.name,
      expected: way.cause,
      causes: [...new Set(causes)],
      backMs: mine.map(({backMs}) => backMs),
      recognised: causes.filter((cause) => cause === way.cause).length,
    }
  })
  const lost = prompts.filter((text) => !stored.includes(text)).length
  const doubled = stored.length - new Set(stored).size
  const recognised = rows.reduce((sum, row) => sum + row.recognised, 0)
  return {
    rows,
    deaths: killed.length,
    prompts: prompts.length,
    lost,
    doubled,
    passed: lost === 0 && doubled === 0 && recognised === killed.length,
  }
}

/** No key, configuration or session of the person's is seen by it. */
function scratchEnvironment(env: NodeJS.ProcessEnv, directory: string, home: string): NodeJS.ProcessEnv {
  const kept = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'SystemRoot', 'ComSpec', 'NODE_OPTIONS']
  return {
    ...Object.fromEntries(kept.filter((name) => env[name] !== undefined).map((name) => [name, env[name]])),
    HOME: directory,
    USERPROFILE: directory,
    XDG_CONFIG_HOME: path.join(directory, 'config'),
    XDG_DATA_HOME: path.join(directory, 'data'),
    HERMES_HOME: home,
    HERMES_MODEL: 'offline',
  }
}

/** Acts, and waits for the next such event. */
function next<E extends 'session' | 'event'>(
  supervisor: Supervisor,
  event: E,
  act: () => void,
  wanted: (first: Parameters<SupervisorEvents[E]>[0]) => boolean = () => true,
): Promise<void> {
  return new Promise((resolve) => {
    const listener = (first: Parameters<SupervisorEvents[E]>[0]) => {
      if (!wanted(first)) return
      off()
      resolve()
    }
    const off = supervisor.on(event, listener as SupervisorEvents[E])
    act()
  })
}

async function within(problem: () => string, work: Promise<unknown>, exit?: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(broken(problem(), exit)), STEP_MS)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function broken(problem: string, exit: number = exitCodes.failure): HermesError {
  return new HermesError(`the drill broke off: ${problem}`, {
    code: 'doctor/drill',
    exit,
    suggestions: [`Look whether there is room: df -h ${tmpdir()}`, 'Run `hermes doctor` without --drill.'],
  })
}
