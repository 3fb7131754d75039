import {errorCodes} from '../../protocol/frames.js'
import {wireMessages} from '../../protocol/shapes/answers.js'
import {RequestError} from '../../supervisor/wire/request-error.js'
import {keepsReplies, unansweredOf} from '../state/unanswered.js'

/** A request of the open session; rejects with a RequestError. */
export type SessionRequest = (
  method: string,
  params?: Record<string, unknown>,
  timeoutMs?: number,
) => Promise<Record<string, unknown>>

/** The Python gateway's answer where there is no exchange to take back. */
const NOTHING_THERE = 4018

export interface TakenBack {
  /** Messages that are no longer part of the session. */
  removed: number
  /** The prompt, where the gateway tells it. */
  text?: string
}

/** Takes the last exchange back for good; rejects as the request does. */
export async function takeBack(request: SessionRequest, offered: ReadonlySet<string>): Promise<TakenBack> {
  if (keepsReplies(offered)) return takenOf(await request('session.undo'))
  try {
    // Its session.undo is of its memory alone: what was taken back is there again in the next process.
    const {notice} = await request('command.dispatch', {name: 'undo'})
    return {removed: messagesIn(notice)}
  } catch (error) {
    const code = error instanceof RequestError ? error.code : undefined
    if (code === NOTHING_THERE) return {removed: 0}
    if (code === errorCodes.unknownMethod) return takenOf(await request('session.undo'))
    throw error
  }
}

/** The prompts at the end of the stored session that have no reply, oldest first. */
export async function unansweredPrompts(request: SessionRequest): Promise<string[]> {
  const {messages} = await request('session.history')
  return unansweredOf(wireMessages(messages))
}

function takenOf({removed, text}: Record<string, unknown>): TakenBack {
  return {removed: typeof removed === 'number' ? removed : 0, ...(typeof text === 'string' ? {text} : {})}
}

/** `↶ Undid 1 turn (2 message(s)). …`: at least the prompt. */
function messagesIn(notice: unknown): number {
  const told = typeof notice === 'string' ? /\((\d+) message/.exec(notice)?.[1] : undefined
  return told === undefined ? 1 : Number(told)
}
