import {defineTool} from '../define.js'
import type {Tool} from '../types.js'

const MAX_WAIT_S = 600

const none = (name: string, job: number) => ({error: `${name}: there is no job ${job} in this session`})
const nowhere = (name: string) => ({error: `${name}: no command runs in the background here`})

export function createJobOutput(): Tool {
  return defineTool({
    name: 'job_output',
    toolset: 'terminal',
    description:
      'Tells of commands that run in the background: with a job, what it put out since it was read last, and whether it still runs; without one, all jobs of the session.',
    idempotent: true,
    arguments: {
      job: {type: 'integer', description: 'Number of the job (default: list all)', minimum: 1, maximum: 1_000_000},
      wait: {
        type: 'integer',
        description: 'Seconds to wait for new output or its end, where there is none yet (default 0)',
        minimum: 0,
        maximum: MAX_WAIT_S,
      },
    },
    context: ({job}) => (job === undefined ? '' : `job ${job}`),
    async run({job, wait = 0}, {jobs, signal}) {
      if (!jobs) return nowhere('job_output')
      if (job === undefined) return {jobs: await jobs.list()}
      return (await jobs.read(job, {waitMs: wait * 1000, signal})) ?? none('job_output', job)
    },
  })
}

export function createJobStop(): Tool {
  return defineTool({
    name: 'job_stop',
    toolset: 'terminal',
    description: 'Stops a command that runs in the background, with all that it started.',
    idempotent: true,
    arguments: {
      job: {type: 'integer', description: 'Number of the job', required: true, minimum: 1, maximum: 1_000_000},
    },
    context: ({job}) => `job ${job ?? ''}`,
    async run({job}, {jobs}) {
      if (!jobs) return nowhere('job_stop')
      return (await jobs.stop(job)) ?? none('job_stop', job)
    },
  })
}
