import {continueInstruction} from '../../src/gateway/turn/history.js'
import {type ChatMessage, type OpenAiServer, type Reply, startOpenAiServer} from '../fixtures/openai-server.js'

/** What a turn asks for: `turn 7 with 2 steps`. */
export const promptOf = (turn: number, steps: number) => `turn ${turn} with ${steps} steps`
/** The call of a step; its id stands in the effect too. */
export const callOf = (turn: number, step: number) => `call-${turn}-${step}`
/** The answer to a turn, which no other turn has. */
export const answerOf = (turn: number) =>
  Array.from({length: 12}, (_, word) => `${word === 0 ? '' : ' '}turn${turn}word${word}`).join('')

export interface DayProvider extends OpenAiServer {
  /** How often each fault was chosen. */
  faults: Map<string, number>
}

/**
 * A provider that has the model call tools, then answer, goes on with an answer that was cut off, and fails at random in every
 * way that it may.
 */
export async function startDayProvider(effects: string, random: () => number): Promise<DayProvider> {
  const faults = new Map<string, number>()

  function fault(whole: Reply): Reply | undefined {
    const kinds = Object.entries(faultsOf(whole, random))
    const [kind, reply] = kinds[Math.floor(random() * kinds.length)] ?? []
    if (kind === undefined || !reply) return undefined
    faults.set(kind, (faults.get(kind) ?? 0) + 1)
    return reply
  }

  const server = await startOpenAiServer(({messages}) => {
    const whole = replyTo(messages, effects)
    return (random() < 0.35 ? fault(whole) : undefined) ?? whole
  })
  return {...server, faults}
}

function replyTo(messages: readonly ChatMessage[], effects: string): Reply {
  const at = messages.findLastIndex(({role, content}) => role === 'user' && content !== continueInstruction)
  const [, turn = '', steps = ''] = /^turn (\d+) with (\d+) steps$/.exec(messages[at]?.content ?? '') ?? []
  const rest = messages.slice(at + 1)
  const step = rest.filter(({role}) => role === 'tool').length
  if (step < Number(steps)) {
    const id = callOf(Number(turn), step)
    const command = JSON.stringify({command: `echo ${id} >> '${effects}'`})
    return {kind: 'stream', toolCalls: [{id, name: 'terminal', arguments: command}]}
  }
  const last = rest.findLast(({role}) => role === 'assistant')
  const shown = last?.tool_calls ? '' : (last?.content ?? '')
  const left = answerOf(Number(turn)).slice(shown.length)
  // One that was cut off behind its last word has to say something more.
  return {kind: 'stream', perSecond: 1000, text: left === '' ? ['.'] : (left.match(/ ?\S+/g) ?? [])}
}

/** Ways to fail in place of a reply. One that is cut off is never so behind its last word. */
function faultsOf(whole: Reply, random: () => number): Record<string, Reply> {
  const error = (status: number, headers: Record<string, string> = {}): Reply => {
    return {kind: 'answer', status, headers, body: {error: {message: `fault ${status}`, code: status}}}
  }
  if (whole.kind !== 'stream') return {}
  const pieces = (whole.text?.length ?? 0) + (whole.toolCalls?.length ?? 0) * 3
  const after = Math.floor(random() * pieces)
  return {
    'rate limit': error(429, {'retry-after-ms': '3'}),
    'server error': error(500),
    overloaded: error(529),
    'error in a success': {kind: 'answer', status: 200, body: {error: {message: 'overloaded', code: 503}}},
    'cut before the first word': {...whole, break: {after: 0, how: 'drop'}},
    'closed before the first word': {...whole, break: {after: 0, how: 'end'}},
    'cut in between': {...whole, break: {after, how: 'drop'}},
    'closed in between': {...whole, break: {after, how: 'end'}},
    'broken in between': {...whole, break: {after, how: 'garbage'}},
  }
}
