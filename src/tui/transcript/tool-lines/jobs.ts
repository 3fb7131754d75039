import {field, numberField, textField} from './fields.js'
import type {ToolCall, ToolSaid} from './line.js'

/** `Read job 1 · ended, exit 3`, with what was new of its output; without a number the list of all. */
export function jobSaid({result}: ToolCall): ToolSaid {
  const all = field(result, 'jobs')
  if (Array.isArray(all)) {
    const text = all
      .map((job) => [subjectOf(job), ...factsOf(job), textField(job, 'command') ?? ''].join(' · '))
      .join('\n')
    return {
      subject: all.length === 1 ? '1 job' : `${all.length} jobs`,
      ...(text ? {body: {kind: 'text', text, shows: 'head'}} : {}),
    }
  }
  const output = textField(result, 'output')?.trim() ?? ''
  return {
    subject: subjectOf(result),
    facts: factsOf(result),
    ...(output === '' ? {} : {body: {kind: 'text', text: output, shows: 'tail'}}),
  }
}

/** Of a command that goes on in the background; undefined where it does not. */
export function startedSaid(result: unknown): ToolSaid | undefined {
  const job = numberField(result, 'job')
  return job === undefined ? undefined : {verb: 'Started', facts: [`job ${job}`, '/jobs shows it']}
}

function subjectOf(job: unknown): string {
  return `job ${numberField(job, 'job') ?? '?'}`
}

function factsOf(job: unknown): string[] {
  const code = numberField(job, 'exit_code')
  const state = textField(job, 'state') ?? ''
  // Of one that was stopped the verb says so.
  return [state === 'stopped' && code !== undefined ? '' : state, code === undefined ? '' : `exit ${code}`].filter(
    Boolean,
  )
}
