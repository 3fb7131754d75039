import {continueInstruction} from '../../../src/gateway/turn/history.js'
import {type ChatMessage, type OpenAiServer, type Reply, startOpenAiServer} from '../../fixtures/openai-server.js'
import type {Call, Result, Turn} from './plan.js'

/** What the model is at, for one who waits for a moment. */
export interface At {
  turn: number
  /** How many of its replies were begun. */
  replies: number
  answers: boolean
}

export interface AgentModel extends OpenAiServer {
  at: At
}

const prompted = /^turn (\d+)$/m

/** Begins the id of a call that only looks whether another one did its work. */
export const EXAMINES = 'examines'

/** Of a call whose MCP server ended in the middle of it. */
export const LOST = 'what became of the call is not known'

/** A model that does what the turns say. Where it is follows from the conversation alone. */
export async function startAgentModel(turnOf: (number: number) => Turn): Promise<AgentModel> {
  const at: At = {turn: 0, replies: 0, answers: false}
  const server = await startOpenAiServer(({messages}) => {
    const {reply, turn, answers} = replyTo(messages, turnOf)
    if (at.turn !== turn) Object.assign(at, {turn, replies: 0})
    Object.assign(at, {replies: at.replies + 1, answers})
    return reply
  })
  return {...server, at}
}

function replyTo(messages: readonly ChatMessage[], turnOf: (number: number) => Turn) {
  const promptAt = messages.findLastIndex(({role, content}) => role === 'user' && prompted.test(content ?? ''))
  const number = Number(prompted.exec(messages[promptAt]?.content ?? '')?.[1])
  const turn = turnOf(number)
  const rest = messages.slice(promptAt + 1).filter(({content}) => content !== continueInstruction)
  const last = rest.findLast(({role}) => role === 'assistant')
  // What of this reply was told before it was cut off.
  const begun = rest.at(-1) === last && !last?.tool_calls?.length ? (last?.content ?? '') : ''
  const isOver = rest.some(({role, content}) => role === 'assistant' && content?.startsWith(turn.answer.join('')))
  if (isOver) return {reply: told(rest.at(-1) === last ? '' : 'Noted.'), turn: number, answers: true}
  const due = dueOf(rest, turn)
  if (!due) return {reply: told(turn.answer.join('').slice(begun.length)), turn: number, answers: true}
  const calls = due.calls.map(({name, args}, index) => ({
    id: `${due.id}-${index}`,
    name,
    arguments: JSON.stringify(args),
  }))
  const text = words(due.says.slice(begun.length))
  return {reply: {kind: 'stream', text, toolCalls: calls, perSecond: 1000} as const, turn: number, answers: false}
}

const words = (text: string) => text.match(/ ?\S+/g) ?? []

/** One that was cut off behind its last word has to say something more. */
function told(text: string): Reply {
  return {kind: 'stream', text: text === '' ? ['.'] : words(text), perSecond: 200}
}

/** What is called next, from the results of what was called; undefined: nothing is left. */
function dueOf(
  rest: readonly ChatMessage[],
  {number, steps}: Turn,
): {id: string; says: string; calls: Call[]} | undefined {
  const results: Result[] = []
  let step = 0
  let attempt = 0
  let examines = false
  for (const {tool_calls: calls} of rest) {
    const current = steps[step]
    if (!calls?.length || !current) continue
    const ends = calls.map(({id}) => resultOf(rest, id))
    attempt++
    if (ends.some((end) => fateOf(end) !== 'known'))
      examines ||= current.effect !== undefined && ends.some((end) => fateOf(end) === 'unknown')
    else if (current.failed?.(ends)) step--
    else if (!examines || current.effect?.isThere(ends)) {
      results.push(...ends)
      step++
      examines = false
    } else examines = false
  }
  const current = steps[step]
  if (!current) return undefined
  const id = `${examines ? EXAMINES : 'call'}-${number}-${step}-${attempt}`
  if (examines && current.effect) return {id, says: `I look: ${current.says}`, calls: current.effect.examine}
  return {id, says: current.says, calls: current.calls(results)}
}

function resultOf(rest: readonly ChatMessage[], id: string): Result {
  const content = rest.find((message) => message.tool_call_id === id)?.content
  try {
    return JSON.parse(content ?? '')
  } catch {
    return {text: content}
  }
}

function fateOf({error, interrupted}: Result): 'known' | 'unknown' | 'not run' {
  // How far it came is not told.
  if (interrupted === true) return 'unknown'
  const text = String(error ?? '')
  return text.startsWith('not run: ')
    ? 'not run'
    : (text.includes('outcome') && text.includes('unknown')) || text.includes(LOST)
      ? 'unknown'
      : 'known'
}
