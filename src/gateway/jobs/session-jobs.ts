import {errorCodes} from '../../protocol/frames.js'
import type {Job} from '../../protocol/methods.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import type {LiveSession} from '../session/live-session.js'
import type {Store} from '../store/types.js'
import type {Jobs, JobTold} from '../tools/types.js'
import type {JobDesk} from './job-desk.js'

/** The desk of a session's jobs, made when it is first asked for. */
export async function jobDesk(gateway: Gateway, session: LiveSession, store: Store): Promise<JobDesk> {
  const {JobDesk} = await import('./job-desk.js')
  const {home, self} = gateway
  const tell = (jobs: Job[]) => gateway.emit(session.id, 'jobs.changed', {jobs})
  session.jobs ??= new JobDesk({store, key: session.key, home, client: () => gateway.clientPid, boot: self.boot, tell})
  return session.jobs
}

/** As tools work with it. */
export function jobsFor(gateway: Gateway, session: LiveSession, store: Store): Jobs {
  const desk = () => jobDesk(gateway, session, store)
  const one = async (number: number): Promise<JobTold | undefined> => (await desk()).one(number)
  return {
    start: async (run) => (await desk()).start(run),
    list: async () => (await desk()).list(),
    read: async (job, options) => (await desk()).read(job, options),
    stop: async (job) => {
      await (await desk()).stop(job)
      const stopped = await one(job)
      // The answer says so.
      if (stopped) store.changeJob(session.key, job, {told: true})
      return stopped
    },
  }
}

/** Goes on with the jobs that another gateway left, where there are some. Most sessions have none, and load nothing. */
export async function takeUpJobs(gateway: Gateway, session: LiveSession, store: Store): Promise<void> {
  if (!session.stored || !store.hasOpenJobs(session.key)) return
  const desk = await jobDesk(gateway, session, store)
  if (gateway.sessions.get(session.id) === session) desk.takeUp()
}

/** The desk of a session of which a client asks; 4004 where there is no such job. */
export async function deskOfJob(gateway: Gateway, session: LiveSession, job: number): Promise<JobDesk> {
  const store = await gateway.services.store()
  const known = session.stored && store.jobs(session.key).some(({number}) => number === job)
  if (!known) throw new RpcError(errorCodes.badValue, `there is no job ${job} in this session`)
  return jobDesk(gateway, session, store)
}
