import {randomFrom} from '../random.js'

export interface Call {
  name: string
  args: Record<string, unknown>
}

export type Result = Record<string, unknown>

/** One step of a model: what it says and calls. */
export interface Step {
  /** Told as text before the calls. */
  says: string
  /** `results`: those of the steps before, first calls of each. */
  calls(results: readonly Result[]): Call[]
  /** What a call that was told as unknown would have done; without it, it does no harm twice. */
  effect?: {examine: Call[]; isThere(results: readonly Result[]): boolean}
  /** Name of the piece of work that a driver can hold. */
  work?: string
  /** The person is asked. */
  asks?: boolean
  /** Whether what it reads says that the step before has done nothing, and is to be done again. */
  failed?(results: readonly Result[]): boolean
}

export type Back = 'files' | 'conversation' | 'both'

/** A turn, the same one for the same seed. */
export interface Turn {
  number: number
  prompt: string
  steps: readonly Step[]
  /** Words of the answer. */
  answer: readonly string[]
  changesFiles: boolean
  /** Said while it works: by the way, or as the next prompt. */
  meanwhile: 'steer' | 'queue' | undefined
  /** What the person takes back when it is done. */
  back: Back | undefined
}

export const promptOf = (turn: number) => `turn ${turn}`
export const steerOf = (turn: number) => `steer ${turn}`
/** Of a day; each is a chat of its own. */
export const DAY = 25

export function planOf(seed: string, number: number, last: number): Turn {
  const random = randomFrom(`${seed} turn ${number}`)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T
  // A day ends with a turn that stays, and begins with one: what is before the first prompt is another session.
  const [first, end] = [number % DAY === 1, endsDay(number, last)]
  const meanwhile = meanwhileOf(random, end)
  // Of a prompt from the queue nobody knows what the files were before: it may be answered when the person looks.
  const isQueued = meanwhileOf(randomFrom(`${seed} turn ${number - 1}`), endsDay(number - 1, last)) === 'queue'
  const count = 1 + Math.floor(random() * 3)
  const kinds = Array.from({length: count}, () => pick(kindNames))
  // There is time to say something while it is held.
  if (meanwhile !== undefined) kinds.splice(Math.floor(random() * kinds.length), 1, 'work')
  const steps = kinds.flatMap((kind, index) => makers[kind](`${number}.${index}`, pick))
  const changesFiles = kinds.some((kind) => !leavesFiles.has(kind))
  const goesBack = !first && !end && !isQueued && meanwhile === undefined && random() < 0.16
  const back = goesBack ? (changesFiles ? pick(['files', 'conversation', 'both'] as const) : 'conversation') : undefined
  const answer = Array.from({length: 20}, (_, word) => `${word === 0 ? '' : ' '}turn${number}word${word}`)
  return {number, prompt: promptOf(number), steps, answer, changesFiles, meanwhile, back}
}

const endsDay = (number: number, last: number) => number % DAY === 0 || number === last

function meanwhileOf(random: () => number, end: boolean): Turn['meanwhile'] {
  if (end || random() >= 0.12) return undefined
  return random() < 0.5 ? 'steer' : 'queue'
}

type Pick = <T>(of: readonly T[]) => T

const sources = ['src/a.txt', 'src/b.txt', 'src/c.txt']

const grep = (name: string, file: string): Call => {
  return {name: 'terminal', args: {command: `grep -c '^${name.replace('.', '\\.')}$' ${file}`}}
}
const found = (result: Result | undefined) => Number.parseInt(String(result?.output), 10) > 0
const shows = (text: string) => (results: readonly Result[]) => JSON.stringify(results[0]).includes(text)

/** A command that adds a line with this name to a file. */
function adding(name: string, file: string, command: string): Step {
  return {
    says: `I add ${name}.`,
    calls: () => [{name: 'terminal', args: {command}}],
    effect: {examine: [grep(name, file)], isThere: ([result]) => found(result)},
  }
}

const reading = (name: string, path: string): Step => {
  return {says: `I read ${path} for ${name}.`, calls: () => [{name: 'read_file', args: {path}}]}
}

/** What makes steps of a name that no other has. */
const makers = {
  look: (name: string, pick: Pick): Step[] => {
    const calls = [
      {name: 'read_file', args: {path: pick(sources)}},
      {name: 'list_files', args: {path: 'src'}},
      {name: 'search_files', args: {query: 'value: ', path: 'src'}},
    ]
    return [{says: `I look around for ${name}.`, calls: () => calls}]
  },
  append: (name: string, pick: Pick): Step[] => {
    const path = pick(sources)
    return [
      reading(name, path),
      {
        says: `I append ${name}.`,
        calls: () => [{name: 'edit_file', args: {path, edits: [{old: '<end>', new: `turn ${name}\n<end>`}]}}],
        effect: {examine: [{name: 'read_file', args: {path}}], isThere: shows(`turn ${name}\\n`)},
      },
    ]
  },
  replace: (name: string, pick: Pick): Step[] => {
    const path = pick(sources)
    return [
      reading(name, path),
      {
        says: `I replace by ${name}.`,
        calls: (results) => {
          const old = /value: \S+?;/.exec(JSON.stringify(results.at(-1)))?.[0] ?? 'value: unread'
          return [{name: 'edit_file', args: {path, edits: [{old, new: `value: ${name};`}]}}]
        },
        effect: {examine: [{name: 'read_file', args: {path}}], isThere: shows(`value: ${name};`)},
      },
    ]
  },
  write: (name: string): Step[] => writing(name, `notes/${name}.txt`),
  asksToWrite: (name: string): Step[] => writing(name, `docs/${name}.txt`).map((step) => ({...step, asks: true})),
  echo: (name: string): Step[] => [adding(name, 'log', `echo ${name} >> log`)],
  work: (name: string): Step[] => [{...adding(name, 'log', `./work.sh ${name}`), work: name}],
  asks: (name: string): Step[] => [{...adding(name, 'asked', `printf '%s\\n' ${name} >> asked`), asks: true}],
  ask: (name: string, pick: Pick): Step[] => {
    const call = {name: 'mcp__files__read_text_file', args: {path: pick(sources)}}
    return [{says: `I ask the server for ${name}.`, calls: () => [call]}]
  },
  remember: (name: string): Step[] => {
    const entity = {name, entityType: 'turn', observations: [`of ${name}`]}
    return [
      {
        says: `I remember ${name}.`,
        calls: () => [{name: 'mcp__memory__create_entities', args: {entities: [entity]}}],
        effect: {
          examine: [{name: 'mcp__memory__open_nodes', args: {names: [name]}}],
          isThere: shows(`of ${name}`),
        },
      },
    ]
  },
  job: (name: string, pick: Pick): Step[] => {
    const command = `./job.sh ${name}`
    const number = (results: readonly Result[]) => {
      const known = results.flatMap(({job, jobs}) => (Array.isArray(jobs) ? jobs : [{job, command}]))
      return known.findLast((each) => each.job !== undefined && each.command === command)?.job ?? 1
    }
    const start: Step = {
      says: `I start ${name}.`,
      calls: () => [{name: 'terminal', args: {command, background: true}}],
      effect: {
        examine: [{name: 'job_output', args: {}}, grep(name, '../jobs')],
        isThere: ([listed, grepped]) => {
          const jobs = Array.isArray(listed?.jobs) ? listed.jobs : []
          return jobs.some((job) => job.command === command && job.state === 'running') || found(grepped)
        },
      },
    }
    const of = (tool: string, says: string, more: Record<string, unknown> = {}): Step => {
      return {says, calls: (results) => [{name: tool, args: {job: number(results), ...more}}]}
    }
    // A job ends with what was killed, which may be before its first line.
    const isGone = ([result]: readonly Result[]) => result?.state !== 'running' && !(Number(result?.total_bytes) > 0)
    const read = {...of('job_output', `I read what ${name} says.`, {wait: 10}), failed: isGone}
    return [start, read, ...(pick([true, false]) ? [of('job_stop', `I stop ${name}.`)] : [])]
  },
}

const leavesFiles: ReadonlySet<string> = new Set(['look', 'job', 'ask', 'remember'])

const kindNames = Object.keys(makers) as (keyof typeof makers)[]

function writing(name: string, path: string): Step[] {
  return [
    {
      says: `I write ${name}.`,
      calls: () => [{name: 'write_file', args: {path, content: `of ${name}\n`}}],
      effect: {examine: [{name: 'read_file', args: {path}}], isThere: shows(`of ${name}`)},
    },
  ]
}
