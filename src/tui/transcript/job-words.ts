import type {Job} from '../../protocol/methods.js'
import {oneLine} from '../text/sanitize.js'

/** `1 job`; undefined where none runs. */
export function jobCount(jobs: readonly Job[]): string | undefined {
  const running = jobs.filter(({state}) => state === 'running').length
  return running === 0 ? undefined : `${running} ${running === 1 ? 'job' : 'jobs'}`
}

/** `has ended, exit 3`. */
export function jobState({state, exit_code: code, kept}: Job): string {
  const exit = code === undefined ? '' : `, exit ${code}`
  switch (state) {
    case 'running':
      return kept ? 'runs, kept' : 'runs'
    case 'ended':
      return `has ended${exit}`
    case 'stopped':
      return `was stopped${exit}`
    case 'lost':
      return 'is gone, nobody saw how'
  }
}

/** `job 1 has ended, exit 3: npm test`. */
export function jobLine(job: Job): string {
  return `job ${job.job} ${jobState(job)}: ${oneLine(job.command, 80)}`
}

/** `job 1 ended with its session: npm start`. */
export function leftJobLine(job: Job): string {
  const line = `job ${job.job} ended with the session that was left: ${oneLine(job.command, 80)}`
  return `${line} · /jobs keep ${job.job} lets one go on`
}

/** `1.2 MB`. */
export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}
