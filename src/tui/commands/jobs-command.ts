import {capabilities} from '../../protocol/capabilities.js'
import type {Job} from '../../protocol/methods.js'
import {jobMembers} from '../../protocol/shapes/answers.js'
import {object} from '../../protocol/shapes/shape.js'
import {elapsed} from '../text/amounts.js'
import {oneLine, sanitize} from '../text/sanitize.js'
import {jobState, sizeWords} from '../transcript/job-words.js'
import type {CommandContext, SlashCommand} from './types.js'

const usage = '/jobs N shows the end of its output · /jobs stop N, keep N, leave N'

const readJob = object(jobMembers)

/** `1  runs · 2m 05s · 12 kB · npm run dev`. */
function jobRow(job: Job, now: number): string {
  const lasted = elapsed((job.ended_at ?? now / 1000) * 1000 - job.started_at * 1000)
  return [`${job.job}  ${jobState(job)}`, lasted, sizeWords(job.bytes), oneLine(job.command, 200)].join(' · ')
}

async function jobs(context: CommandContext, args: string): Promise<void> {
  const {store, notice, output, ask} = context
  if (!store.state.view.capabilities.has(capabilities.jobs)) {
    return notice('warn', 'this gateway runs no commands in the background')
  }
  const [first = '', second = ''] = args.split(/\s+/)
  if (first === '') {
    const answer = await ask('jobs.list')
    if (!answer) return
    const listed = Array.isArray(answer.jobs) ? answer.jobs : []
    const known = listed.flatMap((job) => readJob(job) ?? [])
    if (known.length === 0) return notice('info', 'no command runs in the background, and none did in this session')
    return output([...known.map((job) => jobRow(job, Date.now())), usage].join('\n'))
  }
  const verb = /^\d/.test(first) ? 'show' : first
  const which = verb === 'show' ? first : second
  if (!/^(?:show|stop|keep|leave)$/.test(verb)) {
    return notice('warn', `there is no /jobs ${oneLine(verb, 60)} · ${usage}`)
  }
  if (!/^\d{1,6}$/.test(which)) return notice('warn', `/jobs ${verb} takes the number of a job · /jobs lists them`)
  await act(context, verb, Number(which))
}

async function act({notice, output, ask}: CommandContext, verb: string, job: number): Promise<void> {
  switch (verb) {
    case 'show': {
      const answer = await ask('jobs.output', {job})
      if (!answer) return
      const told = readJob(answer.job)
      const text = typeof answer.text === 'string' ? sanitize(answer.text).trimEnd() : ''
      return output(
        [text || '(no output yet)', ...(told ? [jobRow(told, Date.now()), oneLine(told.file, 400)] : [])].join('\n'),
      )
    }
    case 'stop': {
      const answer = await ask('jobs.stop', {job})
      // The end itself is told by the gateway.
      if (answer && answer.stopped !== true) notice('info', `job ${job} does not run any more`)
      return
    }
    default: {
      const keep = verb === 'keep'
      const answer = await ask('jobs.keep', {job, keep})
      if (!answer) return
      if (keep && answer.kept !== true) return notice('info', `job ${job} does not run any more`)
      notice('good', keep ? `job ${job} goes on when this session ends` : `job ${job} ends with this session`)
    }
  }
}

export const jobCommands: SlashCommand[] = [
  {
    name: 'jobs',
    aliases: [],
    args: '[N, stop N, keep N, leave N]',
    summary: 'show, stop or keep commands that run in the background',
    run: jobs,
  },
]
