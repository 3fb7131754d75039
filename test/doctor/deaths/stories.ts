import fc from 'fast-check'
import {formatRecord} from '../../../src/crash-log/record.js'
import type {LifecycleDetails} from '../../../src/lifecycle/events.js'
import {recordOf} from '../../../src/plugins/crash-log/record-of.js'

/** What some program wrote at one time; no other writer's record stands within. */
export interface Written {
  time: number
  text: string
}

export interface Truth {
  pid: number | undefined
  who: 'gateway' | 'program'
  cause: string
}

/** A terminal program with its gateways, from its start to its end. */
export interface Story {
  written: Written[]
  truth: Truth[]
}

/** How a gateway comes to its end; those of a program end that too. */
export const endings = [
  'term',
  'hup',
  'kill',
  'segv',
  'uncaught',
  'exit after a harmless error',
  'broken pipe',
  'restart',
] as const
export const programEndings = ['quit', 'hang-up', 'vanished'] as const
export type Ending = (typeof endings)[number] | (typeof programEndings)[number]
export type Pair = 'ours' | 'theirs'

export const anyEnding = fc.constantFrom(...endings)
export const anyProgramEnding = fc.constantFrom(...programEndings)
/** Quarters of an hour that the gateway's clock is ahead of this machine's. */
export const anyZone = fc.integer({min: -48, max: 56})

const QUARTER_HOUR = 900_000
const two = (n: number) => String(n).padStart(2, '0')

/** The Python gateway's wall clock. */
export function wallClock(time: number, quarters = 0): string {
  const at = new Date(time + quarters * QUARTER_HOUR)
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`
}

export const theirLine = (time: number, text: string) => `[tui-parent] ${new Date(time).toISOString()} ${text}\n`
export const header = (what: string, time: number, quarters = 0, more = '') =>
  `\n=== ${what} · ${wallClock(time, quarters)}${more} ===\n`

const stack =
  'main-thread stack at signal delivery:\n  File "/x/entry.py", line 301, in main\n    raw = sys.stdin.readline()\n'
const trace = (error: string) =>
  `Traceback (most recent call last):\n  File "/x/server.py", line 9, in run\n    work()\n${error}\n`
const noise = "Could not import tool module tools.browser: No module named 'x'"

/** What both gateways write of an end into the log, and on stderr. */
function words(ending: Ending, pair: Pair, time: number, zone: number): {text: string; stderr: string[]} {
  const signal = (name: string) => ({
    text: header(`${name} received`, time, zone) + stack,
    stderr: [`[gateway-signal] ${name}`],
  })
  const reason = (text: string) => ({
    text: header('gateway exit', time, zone, ` · reason=${text}`),
    stderr: [`[gateway-exit] ${text}`],
  })
  const eof = 'stdin EOF (TUI closed the command pipe)'
  const pipe = 'BrokenPipeError: [Errno 32] Broken pipe'
  switch (ending) {
    case 'term':
    case 'restart':
      return signal('SIGTERM')
    case 'hup':
      return signal('SIGHUP')
    case 'uncaught': {
      const error = 'pydantic_core._pydantic_core.ValidationError: 1 validation error for model'
      const text = header('unhandled exception', time, zone) + trace(`${error}\nfield\n  Input should be an int`)
      return {text, stderr: ['[gateway-crash] ValidationError: 1 validation error for model', error]}
    }
    case 'broken pipe': {
      const {text, stderr} = reason("response write failed for method='x' (broken stdout pipe)")
      return {
        text: text + header('unhandled exception', time, zone) + trace(pipe),
        stderr: [...stderr, `[gateway-crash] ${pipe}`],
      }
    }
    case 'quit':
      return pair === 'theirs' ? signal('SIGTERM') : reason(eof)
    case 'hang-up': {
      // The terminal hangs up on both; then the program ends its gateway.
      const both = {text: signal('SIGHUP').text + signal('SIGTERM').text, stderr: ['[gateway-signal] SIGHUP']}
      return pair === 'theirs' ? both : reason(eof)
    }
    case 'vanished':
      return reason(eof)
    default:
      return {text: '', stderr: []}
  }
}

const status: Readonly<Record<string, {code: number | null; signal: NodeJS.Signals | null; cause: string}>> = {
  term: {code: 0, signal: null, cause: 'external-SIGTERM'},
  hup: {code: 0, signal: null, cause: 'external-SIGHUP'},
  kill: {code: null, signal: 'SIGKILL', cause: 'external-sigkill'},
  segv: {code: null, signal: 'SIGSEGV', cause: 'native-crash:SIGSEGV'},
  uncaught: {code: 1, signal: null, cause: 'uncaught:ValidationError'},
  'exit after a harmless error': {code: 3, signal: null, cause: 'exit-code:3'},
  'broken pipe': {code: 1, signal: null, cause: 'stdout-closed'},
  restart: {code: 0, signal: null, cause: 'intentional:replace'},
  quit: {code: 0, signal: null, cause: 'intentional:quit'},
  'hang-up': {code: 0, signal: null, cause: 'intentional:parent-signal'},
}

const causeOfProgram = {'hang-up': 'terminal-hangup', vanished: 'parent-vanished'} as const

export interface StoryPlan {
  pair: Pair
  /** Of its first gateway; the next ones count on. */
  pid: number
  /** Run of ours. */
  instance: string
  start: number
  /** Between an event and the next, milliseconds; above what belongs to one death. */
  gap: number
  endings: readonly Ending[]
  /** Of the gateway's clock. */
  zone: number
}

/** Writes what such a program and its gateways write. */
export function tell({pair, pid: first, instance, start, gap, endings: all, zone}: StoryPlan): Story {
  const written: Written[] = []
  const truth: Truth[] = []
  const put = (time: number, text: string) => written.push({time, text})
  let time = start
  for (const [index, ending] of all.entries()) {
    const pid = first + index
    const generation = index + 1
    const base = {generation, pid, sessionKey: '20261123_184100_ab12cd'}
    const ours = (at: number, details: LifecycleDetails) => {
      const record = recordOf({...details, schemaVersion: 1, time: at, monotonic: at - start, instance})
      put(
        at,
        formatRecord('tui-parent', record, (text) => text),
      )
    }
    const child = `pid=${pid} killed=false exitCode=null signal=null`
    const theirs = (at: number, text: string) => put(at, theirLine(at, text))
    if (pair === 'ours') {
      const command = ['/usr/bin/python3', '-m', 'tui_gateway.entry']
      ours(time, {...base, type: 'spawn', command, cwd: '/home/me', standby: false})
      ours(time + 900, {...base, type: 'ready', startupMs: 900, version: '1'})
    } else {
      theirs(time, `[lifecycle] spawned gateway child ${child} python=/opt/x y/bin/python cwd=/home/me`)
      theirs(time + 300, 'user widgets registered: clock, todo')
    }
    if (ending === 'exit after a harmless error' || ending === 'term') {
      const text = header('thread exception', time + 2000, zone, ' · thread=worker-x') + trace('RuntimeError: harmless')
      put(time + 2000, text)
    }
    time += gap
    const {text, stderr} = words(ending, pair, time, zone)
    const {code, signal, cause} = status[ending] ?? {code: null, signal: null, cause: ''}
    if (ending === 'hang-up') {
      if (pair === 'ours') ours(time - 20, {...base, type: 'signal', signal: 'SIGHUP'})
      else theirs(time - 20, 'graceful-exit received signal=SIGHUP → killing gateway')
    }
    const kill = {quit: 'quit', restart: 'replace', 'hang-up': 'parent-signal'} as const
    const told = ending === 'quit' || ending === 'restart' || ending === 'hang-up' ? ending : undefined
    if (told && pair === 'ours') ours(time - 10, {...base, type: 'kill', reason: kill[told], signal: null})
    const reason = {quit: 'app.die', restart: 'requested', 'hang-up': 'graceful-exit-cleanup'} as const
    if (told && pair === 'theirs') {
      theirs(time - 10, `[lifecycle] GatewayClient.kill reason=${reason[told]} ${child} killResult=true`)
    }
    if (text !== '') put(time, text)
    const leaves = ending === 'vanished' || (pair === 'theirs' && (ending === 'quit' || ending === 'hang-up'))
    if (!leaves && pair === 'ours') {
      ours(time + 200, {
        ...base,
        type: 'exit',
        code,
        signal,
        expected: told !== undefined,
        cause,
        confidence: told ? 'certain' : 'likely',
        uptimeMs: gap,
        inFlight: undefined,
        stderrTail: [noise, ...stderr],
      })
    } else if (!leaves) {
      theirs(time + 200, `[lifecycle] child exit ${child} code=${code} signal=${signal}`)
      theirs(time + 201, `[lifecycle] transport exit code=${code} reason=none`)
    }
    if (ending === 'hang-up' || ending === 'vanished') truth.push({pid, who: 'program', cause: causeOfProgram[ending]})
    else if (!told) truth.push({pid, who: 'gateway', cause})
    time += 220
  }
  return {written, truth}
}

/** Programs that write one log: which pair each is, and how its gateways end, the last one with it. */
export const anyPrograms = (max: number) =>
  fc.array(
    fc.record({
      pair: fc.constantFrom<Pair>('ours', 'theirs'),
      deaths: fc.array(anyEnding, {maxLength: 4}),
      last: anyProgramEnding,
    }),
    {minLength: 1, maxLength: max},
  )

const STEP_MS = 60_000

/**
 * The programs at once, each event of one at another time than those of the others: what is of one moment only
 * is told in tests of their own.
 */
export function atOnce(
  programs: readonly {pair: Pair; deaths: readonly Ending[]; last: Ending}[],
  start: number,
  zone: number,
): Story {
  const stories = programs.map(({pair, deaths, last}, index) =>
    tell({
      pair,
      pid: 1000 * (index + 1),
      instance: `0a1b2c3${index}`,
      start: start + index * 10_000,
      gap: STEP_MS * programs.length,
      endings: [...deaths, last],
      zone,
    }),
  )
  return {
    written: stories.flatMap(({written}) => written).toSorted((a, b) => a.time - b.time),
    truth: stories.flatMap(({truth}) => truth).toSorted((a, b) => (a.pid ?? 0) - (b.pid ?? 0)),
  }
}

export const logOf = (written: readonly Written[]) => written.map(({text}) => text).join('')
