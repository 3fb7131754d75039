import {exitCodes, HermesError} from '../errors.js'
import {connectTo, NotConnected} from '../hand-over/connect.js'
import {isStuck, type RunningGateway, type RunningSession, runningGateways} from '../hand-over/running.js'
import {hermesHome, homeFiles, isSameProcess} from '../platform.js'

/** From its request to its end a gateway takes 100 ms. */
const END_MS = 5000

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

/** The one with that key or title; without a name the first that has no terminal. Throws where there is none. */
export function findRunning(name: string | undefined, running: readonly RunningItem[]): RunningItem {
  const found = running.find(({key, title, detachedAt}) =>
    name === undefined ? detachedAt !== undefined : key === name || title === name,
  )
  if (found) return found
  throw new HermesError(
    name === undefined ? 'no session works without a terminal' : `no session runs that has the key or title ${name}`,
    {
      code: 'session/not-running',
      exit: exitCodes.sessionNotFound,
      suggestions: ['hermes sessions --running lists what runs', 'hermes chat --continue goes on with the last one'],
    },
  )
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
    if (await isGone(gateway)) return 'ended'
  } catch (error) {
    if (!(error instanceof NotConnected)) throw error
    if (error.why === 'gone' && !isSameProcess(gateway)) return 'ended'
    if (error.why !== 'mute' && error.why !== 'gone') {
      throw new HermesError(`session ${key} was not ended: ${error.message}`, {
        code: 'session/not-stopped',
        cause: error,
      })
    }
  }
  process.kill(-gateway.pid, 'SIGKILL')
  await isGone(gateway)
  return 'killed'
}

async function isGone(gateway: RunningGateway): Promise<boolean> {
  for (let waited = 0; waited < END_MS; waited += 20) {
    if (!isSameProcess(gateway)) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

/** `waits for your answer · no terminal since 5 min ago`. */
export function stateText({status, detachedAt, stuck}: RunningItem, ago: string): string {
  if (stuck) return 'stuck: the next hermes attach, or hermes stop, ends it'
  const does = {waiting: 'waits for your answer', working: 'works', idle: 'done'}[status]
  return `${does} · ${detachedAt === undefined ? 'in a terminal' : `without a terminal since ${ago}`}`
}
