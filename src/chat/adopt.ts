import type {NotConnected} from '../hand-over/connect.js'
import {differing} from '../hand-over/environment.js'
import {forget, type RunningGateway, type RunningSession, runningGateways} from '../hand-over/running.js'
import {isSameProcess} from '../platform.js'
import {judge} from '../supervisor/process/heartbeat.js'
import {readProcessFacts} from '../supervisor/process/process-facts.js'
import type {AdoptedGateway, SessionTarget} from '../supervisor/types.js'

export interface AdoptOptions {
  /** `homeFiles(home).runs`. */
  folder: string
  /** Of this run of the program, 8 hex digits. */
  instance: string
  /** Version of hermes. */
  build: string
  env: NodeJS.ProcessEnv
  notify: (text: string, tone?: 'info' | 'warn') => void
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
  const {notify} = options
  const found = candidates(target, runningGateways(options.folder))
  for (const {running, session} of found) {
    const gateway = await adopt(running, options)
    if (!gateway) continue
    const others = found.length - 1
    if (target.kind === 'latest' && others > 0) {
      const more = others === 1 ? 'another session works' : `${others} other sessions work`
      notify(`${more} without a terminal, too: hermes sessions --running`, 'info')
    }
    return {gateway, target: {kind: 'stored', key: session.key}}
  }
  return undefined
}

interface Candidate {
  running: RunningGateway
  session: RunningSession
}

/** Without a name: what works or waits, the one that was left last first. What only lingers is as good as stored. */
export function candidates(target: SessionTarget, gateways: readonly RunningGateway[]): Candidate[] {
  if (target.kind !== 'latest' && target.kind !== 'stored') return []
  const fits = ({key, title, status}: RunningSession) =>
    target.kind === 'stored' ? target.key === key || target.key === title : status !== 'idle'
  return gateways
    .filter(({detachedAt}) => detachedAt !== undefined)
    .flatMap((running) => running.sessions.filter(fits).map((session) => ({running, session})))
    .sort((a, b) => (b.running.detachedAt ?? 0) - (a.running.detachedAt ?? 0))
}

/** Looks at a gateway that does not answer, 3 s each: a starved one is given its time, and is never ended. */
const LOOKS = 5

async function adopt(running: RunningGateway, options: AdoptOptions): Promise<AdoptedGateway | undefined> {
  const {folder, instance, build, notify} = options
  const {connectTo, NotConnected} = await import('../hand-over/connect.js')
  const {pid, birth, boot} = running
  for (let look = 0; look < LOOKS; look++) {
    const before = readProcessFacts(pid)
    const since = performance.now()
    try {
      const {socket, awayMs, environment} = await connectTo(running, {build, instance, purpose: 'attach'})
      const others = environment ? differing(environment, options.env) : []
      if (others.length > 0) notify(environmentText(others), 'info')
      return {pid, birth, boot, socket, awayMs}
    } catch (error) {
      if (!(error instanceof NotConnected)) throw error
      if (error.why !== 'mute') {
        await explain(error, running, notify)
        return undefined
      }
    }
    const verdict = judge(performance.now() - since, before, readProcessFacts(pid))
    if (verdict === 'alive') continue
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

async function explain(
  {why, message, reason}: NotConnected,
  running: RunningGateway,
  notify: AdoptOptions['notify'],
): Promise<void> {
  // It may be on its way out, with its bookkeeping to do.
  if (why === 'gone') await gone(running, 500)
  else if (reason !== 'attached') {
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
