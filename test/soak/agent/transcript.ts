import {runHermes} from '../../helpers/program/run-program.js'
import type {TestHome} from '../../helpers/pty/chat.js'
import {EXAMINES, LOST} from './model.js'

interface Entry {
  turn?: {prompt: string; status: string}
  message?: {
    role: string
    text: string
    status: string
    toolCalls?: {id: string; name: string; args: unknown}[]
    attached?: string
    steerId?: string
    tool?: {id: string; name: string; args?: unknown; state: string; result?: unknown}
  }
}

/** What is told of a session, without what only those are told who were disturbed. */
export interface Transcript {
  /** Of each turn its prompt and what came of it. */
  turns: Told[]
  /** What was said to replies, or after them. */
  steers: string[]
  /** Calls whose outcome nobody knew, each as the beginning of its line. */
  unknown: string[]
}

interface Told {
  prompt: string
  status: string
  told: string[]
}

/** Of a session, as it is exported. */
export async function transcriptOf(home: TestHome, key: string): Promise<Transcript> {
  const {stdout, stderr, code} = await runHermes(['sessions', 'export', key], {cwd: home.cwd, env: home.env()})
  if (code !== 0) throw new Error(`the export of ${key} ended with ${code}: ${stderr}`)
  const {entries}: {entries: Entry[]} = JSON.parse(stdout.replaceAll(home.dir, '~'))
  const transcript: Transcript = {turns: [], steers: [], unknown: []}
  /** Calls that count. */
  const known = new Set(entries.flatMap(({message}) => (message?.tool && isKnown(message.tool) ? message.tool.id : [])))
  let told: string[] | undefined
  for (const {turn, message} of entries) {
    if (turn) {
      const isSteer = turn.prompt.startsWith('steer')
      told = isSteer ? undefined : []
      if (isSteer) transcript.steers.push(turn.prompt)
      if (told) transcript.turns.push({prompt: turn.prompt, status: turn.status, told})
    }
    if (!message) continue
    if (message.steerId !== undefined) transcript.steers.push(message.text)
    else if (told) tell(told, message, known)
    if (message.tool && (message.tool.state === 'unknown' || wasInterrupted(message.tool) || wasLost(message.tool)))
      transcript.unknown.push(callLine(message.tool))
  }
  for (const each of transcript.turns) each.told = joined(each.told)
  return transcript
}

/**
 * What is told of an undisturbed turn to one who was disturbed in it: a call that was told as unknown, and had done its
 * work, was not made again.
 */
export function toldOf(turn: Told, disturbed: Told | undefined, unknown: readonly string[]): Told {
  const isMissing = (line: string | undefined) =>
    unknown.some((call) => line?.startsWith(call) && !disturbed?.told.some((other) => other.startsWith(call)))
  return {...turn, told: turn.told.filter((line, index) => !isMissing(line) && !isMissing(turn.told[index + 1]))}
}

/**
 * What reads is made again with all of a step that was cut off, and in the calm run of several steps alike: once it
 * counts. What has an effect, a prompt, an answer that is there twice stays twice; but for the start of a job, whose effect
 * is counted where it writes: one that was killed before it did is started again.
 */
export function once(turn: Told | undefined): Told | undefined {
  return (
    turn && {...turn, told: turn.told.filter((line, index, all) => !reads.test(line) || all.indexOf(line) === index)}
  )
}

/** Of a step what was said before its calls is there again with them. */
const reads =
  /^(?:read_file|list_files|search_files|job_output|job_stop|mcp__files__read_text_file) |^terminal .*"command":"\.\/job\.sh |^step: /

/** Where only the result is open: what begins the line of a call. */
const callLine = ({name, args}: Tool) => `${name} ${JSON.stringify({args}).slice(0, -1)}`

type Tool = NonNullable<NonNullable<Entry['message']>['tool']>

function isKnown(tool: Tool): boolean {
  return tool.state === 'complete' && !wasInterrupted(tool) && !wasLost(tool) && !tool.id.startsWith(EXAMINES)
}

const wasLost = ({result}: Tool) => JSON.stringify(result ?? '').includes(LOST)

const wasInterrupted = ({result}: Tool) => (result as {interrupted?: unknown} | undefined)?.interrupted === true

function tell(
  told: string[],
  {role, text, status, toolCalls, attached, tool}: NonNullable<Entry['message']>,
  known: Set<string>,
) {
  if (tool) {
    if (known.has(tool.id)) told.push(`${tool.name} ${JSON.stringify(withoutFate(tool))}`)
  } else if (role === 'assistant') {
    if (!toolCalls?.length) told.push(`${status === 'complete' ? 'answer' : 'cut'}: ${text}`)
    else if (toolCalls.some(({id}) => known.has(id))) told.push(`step: ${text}`)
    // The beginning of it may have been cut off.
    else while (told.at(-1)?.startsWith('cut')) told.pop()
  } else {
    const said = attached?.replace(/\[Background jobs: .*?\]/gs, '').trim()
    told.push(`${role}: ${text}${said ? ` + ${said}` : ''}`)
  }
}

/** Of jobs only their number is left out and how they fared: they end with what was killed. */
function withoutFate({name, args, result}: Tool): unknown {
  if (name.startsWith('job_')) return {}
  const isJob = (args as {background?: boolean} | undefined)?.background
  if (isJob) return {args}
  return JSON.parse(
    JSON.stringify({args, result}, (key, value) => {
      if (/^(?:duration|output_file)/.test(key)) return undefined
      const told = typeof value === 'string' ? value.replace(/\n*\[Background jobs: .*?\]/gs, '') : value
      // Of jobs only, if at all.
      return key === 'news' && told === '' ? undefined : told
    }),
  )
}

/** Pieces of what was cut off and went on are one. */
function joined(told: readonly string[]): string[] {
  const whole: string[] = []
  let begun = ''
  for (const each of told) {
    const [, kind = '', text = ''] = /^(cut|answer|step): (.*)$/s.exec(each) ?? []
    if (kind === 'cut') begun += text
    else if (kind === '') whole.push(each)
    else {
      whole.push(`${kind}: ${begun}${text}`.replace(/\.+$/, '.').replace(/(word\d+)\.$/, '$1'))
      begun = ''
    }
  }
  return begun === '' ? whole : [...whole, `cut: ${begun}`]
}
