import type {NotConnected} from '../hand-over/connect.js'
import {deadGateways, forget, type RunningGateway, type RunningSession, runningGateways} from '../hand-over/running.js'
import {skewOf} from '../hand-over/skew.js'
import {isSameProcess} from '../platform.js'
import {judge} from '../supervisor/process/heartbeat.js'
import {readProcessFacts} from '../supervisor/process/process-facts.js'
import type {AdoptedGateway, SessionTarget} from '../supervisor/types.js'
import type {Reach} from '../tui/shared-session.js'

export interface AdoptOptions {
  /** `homeFiles(home).runs`. */
  folder: string
  /** Of this run of the program, 8 hex digits. */
  instance: string
  /** Version of hermes. */
  build: string
  notify: (text: string, tone?: 'info' | 'warn') => void
  /** The crash log, where a gateway has its last words. */
  log: string
  /**
   * `attach` (default): to one without a terminal. `take-over`: also in place of the terminal that it has. `watch`: to see
   * what is done there.
   */
  purpose?: 'attach' | 'take-over' | 'watch'
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
  if (options.purpose === undefined || options.purpose === 'attach') await explainDead(target, options)
  const found = candidates(target, runningGateways(options.folder), options.purpose)
  for (const {running, session} of found) {
    const gateway = await adopt(running, options)
    if (gateway) return {gateway, target: {kind: 'stored', key: session.key}}
  }
  return undefined
}

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

/** Looks at a gateway that does not answer, 3 s each: a starved one is given its time, and is never ended. */
const LOOKS = 5

async function adopt(running: RunningGateway, options: AdoptOptions): Promise<AdoptedGateway | undefined> {
  const {folder, instance, build, notify, log, purpose = 'attach'} = options
  const came = Date.now()
  const {connectTo, NotConnected} = await import('../hand-over/connect.js')
  const {pid, birth, boot} = running
  for (let look = 0; look < LOOKS; look++) {
    const before = readProcessFacts(pid)
    const since = performance.now()
    try {
      const {socket, awayMs} = await connectTo(running, {build, instance, purpose, pid: process.pid})
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
      if (error.why !== 'mute') {
        await explain(error, running, notify)
        return undefined
      }
    }
    const verdict = judge(performance.now() - since, before, readProcessFacts(pid))
    // What is only looked at is nobody's to be ended here.
    if (verdict === 'alive' || purpose === 'watch') continue
    // It would never give the session back; what it has stored is opened as ever.
    notify(`the gateway that worked on it was ${verdict === 'stopped' ? 'stopped' : 'stuck'}, and was ended`, 'warn')
    await end(running)
    forget(folder, running)
    return undefined
  }
  notify(`its gateway (pid ${pid}) hardly gets to run, and did not answer`, 'warn')
  return undefined
}

/** Gateways of others, by the session that they have open, for who wants to watch or to take it over later on. */
export function reachOf({folder, instance, build, log}: Omit<AdoptOptions, 'notify' | 'purpose'>): Reach {
  const find = (key: string) => candidates({kind: 'stored', key}, runningGateways(folder), 'watch')[0]?.running
  return {
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
      const gateway = await adopt(running, {folder, instance, build, log, purpose, notify})
      if (!gateway) throw new Error(problem)
      return gateway
    },
  }
}

/** Of what is asked for, a gateway that died alone: told once. Its session is opened as ever. */
async function explainDead(target: SessionTarget, {folder, log, notify}: AdoptOptions): Promise<void> {
  const dead = candidates(target, deadGateways(folder))
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
  return (await import('../hand-over/told-end.js')).toldEnd(log, {pid, since})
}

async function explain(
  {why, message, reason}: NotConnected,
  running: RunningGateway,
  notify: AdoptOptions['notify'],
): Promise<void> {
  // It may be on its way out, with its bookkeeping to do.
  if (why === 'gone') await gone(running, 500)
  // Of that the chat tells itself, which shows what is stored.
  else if (reason !== 'attached' && reason !== 'protocol') {
    notify(`its gateway (pid ${running.pid}) was not attached to: ${message}`, 'warn')
  }
}

async function end(running: RunningGateway): Promise<void> {
  if (!isSameProcess(running)) return
  try {
    process.kill(-running.pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
  await gone(running, 2000)
}

async function gone(running: RunningGateway, ms: number): Promise<void> {
  for (let waited = 0; waited < ms && isSameProcess(running); waited += 10) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
