import {exitCodes, HermesError} from '../errors.js'
import {connectTo, NotConnected} from '../hand-over/connect.js'
import {unfitFolder} from '../hand-over/run-folder.js'
import {isStuck, type RunningGateway, type RunningSession, runningGateways} from '../hand-over/running.js'
import {hermesHome, homeFiles, isSameProcess} from '../platform.js'
import {closest} from '../refusal/closest.js'
import {agoText} from './list.js'

/** From its request to its end a gateway takes 100 ms. */
const END_MS = 5000

/** One that ends by itself is found gone by then. */
const ENDING_MS = 1000

export interface RunningItem extends RunningSession {
  gateway: RunningGateway
  /** UTC epoch, milliseconds, since when no terminal is there; undefined: there is one. */
  detachedAt: number | undefined
  /** It has given no sign of life for a minute. */
  stuck: boolean
}

/** Sessions that gateways have open and that were prompted, those that wait for the person first. */
export function listRunning(env: NodeJS.ProcessEnv, now = Date.now()): RunningItem[] {
  const {runs: folder} = homeFiles(hermesHome(env))
  const rank = ({status, detachedAt}: RunningItem) =>
    (status === 'waiting' ? 0 : status === 'working' ? 1 : 2) + (detachedAt === undefined ? 3 : 0)
  return runningGateways(folder)
    .flatMap((gateway) => {
      const {detachedAt, sessions} = gateway
      const stuck = isStuck(folder, gateway, now)
      return sessions.map((session): RunningItem => ({...session, gateway, detachedAt, stuck}))
    })
    .sort((a, b) => rank(a) - rank(b) || (b.detachedAt ?? 0) - (a.detachedAt ?? 0))
}

/** Why what runs can't be told; undefined where it can. */
export function unknownRunning(env: NodeJS.ProcessEnv): string | undefined {
  const {runs: folder} = homeFiles(hermesHome(env))
  const unfit = unfitFolder(folder)
  if (unfit === undefined || unfit === 'is missing') return undefined
  return `what runs is not known: ${folder} ${unfit} · hermes doctor says what to do`
}

/** The one with that key or title. Throws where there is none, or more than one. */
export function findRunning(name: string, running: readonly RunningItem[]): RunningItem {
  const found = running.filter(({key}) => key === name)
  if (found.length === 0) found.push(...running.filter(({title}) => title === name))
  const [one, another] = found
  if (one && !another) return one
  if (one) {
    throw new HermesError(`${found.length} sessions that run have the title ${name}`, {
      code: 'session/ambiguous',
      exit: exitCodes.usage,
      suggestions: found.map(({key, cwd}) => `${key}, in ${cwd}`),
    })
  }
  const near = closest(
    name,
    running.flatMap(({key, title}) => [key, ...(title === '' ? [] : [title])]),
  )
  throw new HermesError(`no session runs that has the key or title ${name}`, {
    code: 'session/not-running',
    exit: exitCodes.sessionNotFound,
    suggestions: [
      ...(near === undefined ? [] : [`did you mean ${near}?`]),
      'hermes sessions --running lists what runs',
      'one that has ended is stored: hermes chat --resume opens it',
    ],
  })
}

/** What to come back to where no name is given: what waits or works without a terminal. Throws where there is nothing. */
export function detachedOf(running: readonly RunningItem[]): {found: RunningItem; others: number} {
  const left = running.filter(({detachedAt}) => detachedAt !== undefined)
  const [found] = left
  if (found) return {found, others: left.length - 1}
  const [open] = running
  throw new HermesError('no session works without a terminal', {
    code: 'session/not-running',
    exit: exitCodes.sessionNotFound,
    suggestions: [
      ...(open ? [`${open.key} is open in a terminal: /detach leaves it there while its reply goes on`] : []),
      'hermes chat --continue goes on with the last session of this folder',
      'hermes sessions lists all that are stored',
    ],
  })
}

/** Ends the gateway of a session in order; one that does not answer, by SIGKILL. Its sessions are stored. */
export async function stopRunning({gateway, key, detachedAt}: RunningItem, build: string): Promise<'ended' | 'killed'> {
  if (detachedAt === undefined) {
    throw new HermesError(`session ${key} is open in a terminal (gateway ${gateway.pid})`, {
      code: 'session/has-terminal',
      exit: exitCodes.sessionElsewhere,
      suggestions: ['leave it there, by /quit'],
    })
  }
  try {
    const {socket} = await connectTo(gateway, {build, instance: '00000000', purpose: 'stop'})
    socket.destroy()
  } catch (error) {
    if (!(error instanceof NotConnected)) throw error
    if (error.why !== 'mute' && error.why !== 'gone') {
      throw new HermesError(`session ${key} was not ended: ${error.message}`, {
        code: 'session/not-stopped',
        cause: error,
      })
    }
    // Where nobody finds it any more it is about to end; else, stopped or stuck, it may hear this one when it goes on.
    if (error.why === 'gone' && (await isGone(gateway, ENDING_MS))) return 'ended'
    send(gateway, gateway.pid, 'SIGTERM')
    send(gateway, gateway.pid, 'SIGCONT')
  }
  if (await isGone(gateway, END_MS)) return 'ended'
  send(gateway, -gateway.pid, 'SIGKILL')
  await isGone(gateway, END_MS)
  return 'killed'
}

function send(gateway: RunningGateway, pid: number, signal: NodeJS.Signals): void {
  if (!isSameProcess(gateway)) return
  try {
    process.kill(pid, signal)
  } catch {
    // It has just ended.
  }
}

async function isGone(gateway: RunningGateway, ms: number): Promise<boolean> {
  for (let waited = 0; waited < ms; waited += 20) {
    if (!isSameProcess(gateway)) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** `waits for your answer · without a terminal for 5 min`. */
export function stateText({status, detachedAt, stuck}: RunningItem, now: number): string {
  if (stuck) return 'stuck · hermes attach goes on from what is stored, hermes stop ends it'
  const does = {waiting: 'waits for your answer', working: 'works', idle: 'done'}[status]
  if (detachedAt === undefined) return `${does} · in a terminal`
  const ago = agoText(detachedAt, now)
  const place = `without a terminal ${ago.endsWith(' ago') ? `for ${ago.slice(0, -' ago'.length)}` : `since ${ago}`}`
  return status === 'idle' ? `${does} · ${place}, ends by itself` : `${does} · ${place}`
}
