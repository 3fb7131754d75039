import {setTimeout as pause} from 'node:timers/promises'
import {isDeepStrictEqual} from 'node:util'
import type {NotConnected} from '../../hand-over/connect.js'
import {differing} from '../../hand-over/environment.js'
import {
  deadGateways,
  forget,
  isForsaken,
  type RunningGateway,
  type RunningSession,
  readRunning,
  runningFile,
  runningGateways,
} from '../../hand-over/running.js'
import {skewOf} from '../../hand-over/skew.js'
import {isSameProcess} from '../../platform.js'
import {judge} from '../../supervisor/process/heartbeat.js'
import {readProcessFacts} from '../../supervisor/process/process-facts.js'
import type {AdoptedGateway, SessionTarget} from '../../supervisor/types.js'
import type {Reach} from '../../tui/session/shared-session.js'

export interface AdoptOptions {
  /** `homeFiles(home).runs`. */
  folder: string
  /** Of this run of the program, 8 hex digits. */
  instance: string
  /** Version of hermes. */
  build: string
  env: NodeJS.ProcessEnv
  notify: (text: string, tone?: 'info' | 'warn') => void
  /** The crash log, where a gateway has its last words. */
  log: string
  /**
   * `attach` (default): to one without a terminal. `take-over`: also in place of the terminal that it has. `watch`: to see
   * what is done there.
   */
  purpose?: 'attach' | 'take-over' | 'watch'
  /** What starts the agent that is to answer, its name or its command; undefined: the built-in gateway is. */
  agent?: readonly string[] | undefined
}

export interface Adopted {
  gateway: AdoptedGateway
  /** What it has open. */
  target: SessionTarget
}

/**
 * The gateway that works on what is asked for, and has no terminal: this is its client from here on. Undefined where
 * there is none, or where it is not to be had; then the session is opened as ever. Never rejects.
 */
export async function adoptRunning(target: SessionTarget, options: AdoptOptions): Promise<Adopted | undefined> {
  const {notify, purpose = 'attach'} = options
  if (purpose === 'attach') await explainDead(target, options)
  const found = candidates(target, (await settledGateways(options.folder)).filter(answersFor(options)), purpose)
  for (const {running, session} of found) {
    const gateway = await adopt(running, options)
    if (!gateway) continue
    const others = found.length - 1
    if (target.kind === 'latest' && purpose === 'attach' && others > 0) {
      const more = others === 1 ? 'another session works' : `${others} other sessions work`
      notify(`${more} without a terminal, too: hermes sessions --running`, 'info')
    }
    return {gateway, target: {kind: 'stored', key: session.key}}
  }
  return undefined
}

/** One whose program was killed is about to say that it goes on, or to end: after `kill -9` who comes back may be faster. */
async function settledGateways(folder: string): Promise<RunningGateway[]> {
  for (let waited = 0; ; waited += POLL_MS) {
    const gateways = runningGateways(folder)
    if (waited >= END_MS || !gateways.some(isForsaken)) return gateways
    await pause(POLL_MS)
  }
}

/** What is behind it is what is wanted here: that one may be started in its place. */
const answersFor =
  ({agent}: Pick<AdoptOptions, 'agent'>) =>
  (running: RunningGateway) =>
    isDeepStrictEqual(running.agent, agent && [...agent])

interface Candidate {
  running: RunningGateway
  session: RunningSession
}

/** Without a name: what works or waits, the one that was left last first. What only lingers is as good as stored. */
export function candidates(
  target: SessionTarget,
  gateways: readonly RunningGateway[],
  purpose: AdoptOptions['purpose'] = 'attach',
): Candidate[] {
  if (target.kind !== 'latest' && target.kind !== 'stored') return []
  const fits = ({key, title, status}: RunningSession) =>
    target.kind === 'stored' ? target.key === key || target.key === title : status !== 'idle'
  return gateways
    .filter(({detachedAt}) => purpose !== 'attach' || detachedAt !== undefined)
    .flatMap((running) => running.sessions.filter(fits).map((session) => ({running, session})))
    .sort((a, b) => (b.running.detachedAt ?? 0) - (a.running.detachedAt ?? 0))
}

/** A gateway that ends, or finds that its program was killed, takes 100 ms for it. */
const END_MS = 3000

const POLL_MS = 10

/** Looks at a gateway that does not answer, 3 s each: a starved one is given its time, and is never ended. */
const LOOKS = 5

/** So often in a row a gateway has to be found stuck: it may have waited for a lock of the database. */
const STUCK_LOOKS = 2

/** For the answer of one that is stopped: it may have been continued just now. */
const STOPPED_MS = 500

async function adopt(found: RunningGateway, options: AdoptOptions): Promise<AdoptedGateway | undefined> {
  const {folder, instance, build, notify, log, purpose = 'attach'} = options
  const came = Date.now()
  const {ANSWER_MS, connectTo, NotConnected} = await import('../../hand-over/connect.js')
  const {pid, birth, boot} = found
  let running = found
  let stuck = 0
  for (let look = 0; look < LOOKS; look++) {
    const before = readProcessFacts(pid)
    const answerMs = before?.state === 'T' ? STOPPED_MS : ANSWER_MS
    const since = performance.now()
    try {
      const hello = {build, instance, purpose, pid: process.pid}
      const {socket, awayMs, environment} = await connectTo(running, hello, answerMs)
      const others = environment && purpose !== 'watch' ? differing(environment, options.env) : []
      if (others.length > 0) notify(environmentText(others), 'info')
      return {
        pid,
        birth,
        boot,
        socket,
        awayMs,
        works: running.works,
        end: () => endOf(log, pid, came),
        ...(purpose === 'watch' && {watched: true}),
      }
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error
      const elsewhere = error.why === 'gone' ? await moved(folder, running, purpose) : undefined
      if (elsewhere) {
        running = elsewhere
        continue
      }
      if (error.why !== 'mute') {
        explain(error, running, notify)
        return undefined
      }
    }
    const silentMs = performance.now() - since
    if (!isSameProcess(running)) return undefined
    const verdict = judge(silentMs, before, readProcessFacts(pid))
    // That we were late ourselves (a suspended laptop, a starved machine) proves nothing about one that is not stopped.
    const late = silentMs > 1.5 * answerMs
    stuck = verdict === 'unresponsive' && !late ? stuck + 1 : 0
    if (verdict !== 'stopped' && stuck < STUCK_LOOKS) continue
    // What is only looked at is nobody's to be ended here.
    if (purpose === 'watch') continue
    // It would never give the session back; what it has stored is opened as ever.
    notify(`the gateway that worked on it was ${verdict === 'stopped' ? 'stopped' : 'stuck'}, and was ended`, 'warn')
    await end(running)
    forget(folder, running)
    return undefined
  }
  notify(`its gateway (pid ${pid}) hardly gets to run, and did not answer`, 'warn')
  return undefined
}

/** Without their values: one may be a secret. */
function environmentText(names: readonly string[]): string {
  const which = names.length === 1 ? 'that' : 'those'
  return `${names.join(', ')} of the session: ${which} of the terminal that it was started in · /restart, when the reply is done, takes ${which} of this one`
}

function explain({why, message, reason}: NotConnected, {pid}: RunningGateway, notify: AdoptOptions['notify']): void {
  // Of the protocol the chat tells itself, which shows what is stored.
  if (why !== 'gone' && reason !== 'attached' && reason !== 'protocol')
    notify(`its gateway (pid ${pid}) was not attached to: ${message}`, 'warn')
}

/** Gateways of others, by the session that they have open, for who wants to watch or to take it over later on. */
export function reachOf({folder, instance, build, env, log, agent}: Omit<AdoptOptions, 'notify' | 'purpose'>): Reach {
  const find = (key: string) => candidates({kind: 'stored', key}, runningGateways(folder), 'watch')[0]?.running
  return {
    agent: agent !== undefined,
    find: (key) => find(key)?.pid,
    skew(key) {
      const running = find(key)
      return running && skewOf(running)
    },
    async connect(key, purpose) {
      const running = find(key)
      if (!running) throw new Error('its gateway is gone')
      let problem = 'it does not answer'
      const notify = (text: string) => {
        problem = text
      }
      const gateway = await adopt(running, {folder, instance, build, env, log, purpose, notify})
      if (!gateway) throw new Error(problem)
      return gateway
    },
  }
}

/** Of what is asked for, a gateway that died alone: told once. Its session is opened as ever. */
async function explainDead(target: SessionTarget, {folder, log, notify, agent}: AdoptOptions): Promise<void> {
  const dead = candidates(target, deadGateways(folder).filter(answersFor({agent})))
  for (const {running, session} of dead) {
    const {pid, detachedAt = 0} = running
    const {code, signal, stderrTail} = await endOf(log, pid, detachedAt)
    const how = signal ? `by ${signal}` : code === null ? 'without a word: killed, or crashed' : `with code ${code}`
    const said = stderrTail.at(-1)?.replace(/^\[[\w-]+\] /, '')
    const why = said && said !== signal ? ` (${said})` : ''
    const name = session.title || session.key
    notify(`the gateway that worked on ${name} without a terminal (pid ${pid}) has ended ${how}${why}`)
    forget(folder, running)
  }
}

async function endOf(log: string, pid: number, since: number) {
  return (await import('../../hand-over/told-end.js')).toldEnd(log, {pid, since})
}

/**
 * A gateway whose socket is gone is on its way out, with its bookkeeping to do, and the session is its until then; or it
 * listens at another one, since somebody came at that moment or removed the first one.
 */
async function moved(
  folder: string,
  running: RunningGateway,
  purpose: AdoptOptions['purpose'],
): Promise<RunningGateway | undefined> {
  for (let waited = 0; waited < END_MS && isSameProcess(running); waited += POLL_MS) {
    const now = readRunning(runningFile(folder, running.pid))
    if (now && now.socket !== running.socket && (purpose !== 'attach' || now.detachedAt !== undefined)) return now
    await pause(POLL_MS)
  }
  return undefined
}

async function end(running: RunningGateway): Promise<void> {
  if (!isSameProcess(running)) return
  try {
    process.kill(-running.pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
  for (let waited = 0; waited < END_MS && isSameProcess(running); waited += POLL_MS) await pause(POLL_MS)
}
