import type {GatewayEvent} from '../../src/protocol/events.js'
import type {SessionInfo} from '../../src/protocol/methods.js'
import type {ExitReport, SupervisorView} from '../../src/supervisor/types.js'
import {type ChatAction, type ChatState, initialState} from '../../src/tui/state/state.js'

/** A gateway at work that can all that the built-in one can tell. */
export const liveView: SupervisorView = {
  phase: 'live',
  recovering: false,
  attempt: 0,
  limit: 3,
  generation: 1,
  pid: 7,
  session: {liveId: 'abcdef01', key: '20260101_000000_abcdef'},
  capabilities: new Set(['prompt_id', 'journal', 'continue']),
  lastExit: undefined,
  problem: undefined,
}

export const killed: ExitReport = {
  generation: 1,
  pid: 7,
  code: null,
  signal: 'SIGKILL',
  expected: false,
  cause: 'external-sigkill',
  summary: 'killed by SIGKILL',
  retriable: true,
  remedy: undefined,
  confidence: 'likely',
  stderrTail: [],
}

export const sessionInfo: SessionInfo = {
  model: 'm',
  cwd: '/w',
  branch: '',
  tools: {},
  skills: {},
  desktop_contract: 1,
  profile_name: '',
}

/** A chat with a session in which nothing was said. */
export function freshChat(view: SupervisorView = liveView): ChatState {
  return initialState({view, showReasoning: true, cwd: '/w'})
}

export type Told = Omit<GatewayEvent, 'sessionId'>

/** What the gateway tells of the session. */
export function told(event: Told, now = 0): ChatAction {
  return {type: 'event', event: {...event, sessionId: 'abcdef01'} as GatewayEvent, now}
}

/**
 * Payload of an event, or of a frame, that has all that any must have; `more` are its other members, also such that are
 * not what they should be.
 */
export function properPayload(type: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const all = {
    text: 'x',
    name: 'n',
    tool_id: 't',
    command: 'c',
    question: 'q',
    request_id: 'r',
    message: 'm',
    prompt: 'p',
    prompt_id: 'p1',
    preview: 'v',
    exec_id: 'e',
    questions: [{qid: 'a', question: 'q'}],
    id: 'srq-1',
    key: 'k',
    kind: 'sticky',
    title: 't',
    session_id: 's',
    usage: {},
    todos: [{content: 'c'}],
  }
  return {...all, ...(type === 'message.complete' ? {status: 'complete'} : {}), ...more}
}
