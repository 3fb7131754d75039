import type {PtyScreen} from '../../test/helpers/pty/pty.js'
import {COUNT, type CountingModel, startCountingModel} from './model.js'
import {endOf, gist, NotMeasured, rest, say, seen, untilItListens, write} from './person.js'
import {connectedTo, killAll, nameOf} from './processes.js'
import type {Program} from './programs.js'
import type {Stage, Stages} from './stage.js'
import {shows, wordsOn} from './words.js'

export const QUEUED = 'then name a river'
export const DRAFT = 'and what about mountains'
const AGAIN = 'are you there'

/** Words on the screen when the prompt is queued, and when the kill comes. */
const BEFORE_QUEUE = 20
const BEFORE_KILL = 100

/** From its start to a program that listens; the first one unpacks itself. */
const START = 90_000

/** How long somebody sits before a screen that is said to come back. */
export const PATIENCE = 30_000

/** What is killed: the process that has the connection to the model, or all that the program has running. */
export type Target = 'connected' | 'all'

/** What a kill in the middle of a reply came to. */
export interface Outcome {
  /** Names of the processes that were killed. */
  killed: readonly string[]
  /**
   * `stayed`: the screen lived and the session was back in it by itself; `stuck`: the screen lived and was not back in
   * {@link PATIENCE}; `ended`: the program was gone, and was started again to go on.
   */
  end: 'stayed' | 'stuck' | 'ended'
  /** How a program that ended did, and in which modes it left the terminal; of one that is stuck what it shows. */
  seen: string
  /** Until the session was usable, from the kill (`stayed`) or the second start (`ended`) on. */
  usableMs: number | undefined
  /** Words of the reply on the screen when the kill came, and which of them are on it afterwards. */
  words: {before: number; after: number}
  draft: boolean
  /** Where the queued prompt is found. */
  queued: 'asked' | 'screen' | 'gone'
  /** A new prompt got to the model. */
  answers: boolean
}

export interface Found {
  program: Program
  /** Command and its first arguments. */
  command: readonly string[]
}

/** One program, killed once in the middle of a reply. Rejects with {@link NotMeasured} where it cannot be driven. */
export function killInReply(found: Found, target: Target, stages: Stages): Promise<Outcome> {
  return stages.use(async (stage) => {
    const model = await startCountingModel()
    try {
      return await killOnStage(found, target, stage, model)
    } finally {
      // After the stage: its connections are what the model waits for.
      await stage.close().finally(() => model.stop())
    }
  })
}

async function killOnStage(
  {program, command}: Found,
  target: Target,
  stage: Stage,
  model: CountingModel,
): Promise<Outcome> {
  const start = program.prepare(stage.home, model)
  const open = (args: readonly string[]) => stage.open([...command, ...args], start.env ?? {})
  const first = open(start.args)
  await driveIntoReply(first, program)
  const all = stage.processes()
  const doomed = target === 'all' ? all : connectedTo(model.port, all)
  if (doomed.length === 0) throw new NotMeasured('no process of it has a connection to the model')
  const killed = [...new Set(doomed.map(nameOf))]
  const before = wordsOn(first.scrollback())
  const asked = model.prompts().length
  killAll(doomed)
  const killedAt = performance.now()

  const isBack = () => model.prompts().length > asked || program.ready?.test(first.screen()) === true
  await first.waitFor(() => first.ended !== undefined || isBack(), {timeout: PATIENCE}).catch(() => {})
  const stayedMs = performance.now() - killedAt
  const end = first.ended ? 'ended' : isBack() ? 'stayed' : 'stuck'
  // What is left of it is the program's own affair: a person starts it again and knows of nothing.
  const screen = end === 'ended' ? open(start.again) : first
  const usableMs = end === 'stayed' ? stayedMs : end === 'ended' ? await untilItListens(screen, START) : undefined
  await rest(screen, 10_000)
  const shown = screen.scrollback()
  const after = new Set(wordsOn(shown))
  const sent = model
    .prompts()
    .slice(asked)
    .some((prompt) => prompt.includes(QUEUED))
  return {
    killed,
    end,
    seen: end === 'stayed' ? '' : end === 'stuck' ? gist(first) : leftBy(first),
    usableMs,
    words: {before: before.length, after: before.filter((word) => after.has(word)).length},
    draft: shows(shown, DRAFT),
    queued: sent ? 'asked' : shows(shown, QUEUED) ? 'screen' : 'gone',
    answers: await answers(screen, model),
  }
}

/** The reply is being written, a prompt waits behind it, and another one is typed but not sent. */
async function driveIntoReply(screen: PtyScreen, {queueKey}: Program): Promise<void> {
  await untilItListens(screen, START)
  await say(screen, COUNT)
  await reply(screen, BEFORE_QUEUE)
  await say(screen, QUEUED, queueKey)
  await write(screen, DRAFT)
  if (shows(screen.screen(), QUEUED + DRAFT)) throw new NotMeasured(`it queues no prompt: ${gist(screen)}`)
  await reply(screen, BEFORE_KILL)
}

function leftBy(screen: PtyScreen): string {
  const modes = screen.modesLeft
  return `${endOf(screen)}${modes.length > 0 ? `; the terminal was left with ${modes.join(', ')}` : ''}`
}

function reply(screen: PtyScreen, words: number): Promise<void> {
  return seen(screen, () => wordsOn(screen.scrollback()).length >= words, 'no reply shows')
}

async function answers(screen: PtyScreen, {prompts}: CountingModel): Promise<boolean> {
  try {
    screen.press('ctrl-u')
    await say(screen, AGAIN)
    await seen(screen, () => prompts().some((prompt) => prompt.includes(AGAIN)), 'no answer')
    return true
  } catch {
    return false
  }
}
