import {liveSession} from '../session/live-session.js'
import {free, type MethodTable} from './method.js'

/** Beside whatever else runs: a person looks at a job while its session works. */
export const jobMethods: MethodTable<'jobs.list' | 'jobs.output' | 'jobs.stop' | 'jobs.keep' | 'process.stop'> = {
  'jobs.list': free(async (gateway, {session_id: id}) => {
    const session = liveSession(gateway, id)
    if (!session.stored) return {result: {jobs: []}}
    const {jobDesk} = await import('../jobs/session-jobs.js')
    return {result: {jobs: (await jobDesk(gateway, session, await gateway.services.store())).wire()}}
  }),

  'jobs.output': free(async (gateway, {session_id: id, job, bytes}) => {
    const {deskOfJob} = await import('../jobs/session-jobs.js')
    return {result: {...(await deskOfJob(gateway, liveSession(gateway, id), job)).tail(job, bytes)}}
  }),

  'jobs.stop': free(async (gateway, {session_id: id, job}) => {
    const {deskOfJob} = await import('../jobs/session-jobs.js')
    return {result: {stopped: await (await deskOfJob(gateway, liveSession(gateway, id), job)).stop(job)}}
  }),

  'process.stop': free(async ({sessions}) => {
    const stopped = await Promise.all([...sessions.values()].map(async ({jobs}) => (await jobs?.stopAll()) ?? 0))
    return {result: {killed: stopped.reduce((sum, count) => sum + count, 0)}}
  }),

  'jobs.keep': free(async (gateway, {session_id: id, job, keep}) => {
    const {deskOfJob} = await import('../jobs/session-jobs.js')
    return {result: {kept: (await deskOfJob(gateway, liveSession(gateway, id), job)).keep(job, keep) && keep}}
  }),
}
