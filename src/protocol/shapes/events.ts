import type {
  ApprovalRequest,
  EventPayloads,
  EventType,
  ExpiredQuestion,
  SideAnswer,
  SubagentDenial,
  SubagentNews,
  TodoItem,
} from '../events.js'
import {type StopReason, stopReasons} from '../stop-reason.js'
import {askId, jobMembers, sessionInfoMembers, toolState, usage} from './answers.js'
import {
  amount,
  anything,
  flag,
  listOf,
  type Members,
  may,
  must,
  namesOf,
  nullOr,
  object,
  oneOf,
  or,
  recordOf,
  text,
} from './shape.js'

type Offer = NonNullable<ApprovalRequest['offers']>[number]

const offerMembers: Members<Offer> = {
  scope: must(oneOf<Offer['scope']>('session', 'always')),
  rule: must(text),
  covers: must(text),
}

const askedByMembers: Members<{by: string; reason: string}> = {by: must(text), reason: or(text, '')}

export const approvalMembers: Members<ApprovalRequest> = {
  command: must(text),
  description: or(text, ''),
  pattern_key: may(text),
  allow_permanent: may(flag),
  request_id: may(text),
  choices: may(listOf(text)),
  allow_session: may(flag),
  smart_denied: may(flag),
  tool_name: may(text),
  kind: may(oneOf<NonNullable<ApprovalRequest['kind']>>('command', 'edit', 'read', 'fetch', 'mcp')),
  diff: may(text),
  cwd: may(text),
  dangers: may(listOf(text)),
  destructive: may(flag),
  why: may(text),
  agent: may(text),
  asked_by: may(object(askedByMembers)),
  offers: may(listOf(object(offerMembers))),
}

type Payload<T extends EventType> = EventPayloads[T] extends undefined ? Record<never, never> : EventPayloads[T]

const protocolMembers: Members<{version?: number}> = {version: may(amount)}

const todoMembers: Members<TodoItem> = {content: must(text), status: or(text, 'pending')}

const sideAnswer: Members<SideAnswer> = {
  task_id: or(text, ''),
  text: must(text),
  question: may(text),
  session_key: may(text),
  status: may(text),
}

const subagentDenial: Members<SubagentDenial> = {
  tool_id: or(text, ''),
  name: must(text),
  context: or(text, ''),
  reason: or(text, 'not allowed'),
  would_allow: may(text),
}

const subagentNews: Members<SubagentNews> = {
  goal: or(text, ''),
  task_index: or(amount, 0),
  task_count: or(amount, 1),
  subagent_id: may(text),
  child_session_id: may(text),
  depth: may(amount),
  model: may(text),
  tool_name: may(text),
  tool_preview: may(text),
  text: may(text),
  status: may(text),
  summary: may(text),
  duration_seconds: may(amount),
  tool_count: may(amount),
  api_calls: may(amount),
  total_tokens: may(amount),
  name: may(text),
  asks: may(flag),
  branch: may(text),
  denials: may(listOf(object(subagentDenial))),
}

/** What is said of a secret beside its name. */
export const secretMetadata: Members<{help?: string}> = {help: may(text)}

const expired: Members<ExpiredQuestion> = {request_id: must(text), reason: may(text)}

const delta: Members<{text: string}> = {text: must(text)}

/**
 * Every member of every event that the client handles. `must`: without it the event is malformed. All others may be
 * missing or anything, and are what they should be when they come to the screen.
 */
export const eventMembers: {readonly [T in EventType]: Members<Payload<T>>} = {
  'gateway.released': {pid: may(amount)},
  'gateway.ready': {
    skin: or(recordOf(anything), {}),
    protocol_version: may(amount),
    gateway_version: may(text),
    pid: may(amount),
    capabilities: may(namesOf),
    replay_epoch: may(text),
    protocol: may(object(protocolMembers)),
  },
  'message.start': {},
  'prompt.begun': {prompt_id: may(text), text: must(text)},
  'prompt.steered': {prompt_id: must(text), text: must(text)},
  'message.delta': {text: must(text), rendered: may(text)},
  'message.complete': {
    text: must(nullOr(text)),
    usage: may(usage),
    // A turn whose end is told in an unknown word has ended all the same.
    status: or(oneOf<EventPayloads['message.complete']['status']>('complete', 'interrupted', 'error'), 'error'),
    reasoning: may(text),
    warning: may(text),
    prompt_id: may(text),
    steps: may(amount),
    stop_reason: may(oneOf<StopReason>(...stopReasons)),
  },
  'model.retry': {attempt: or(amount, 1), limit: or(amount, 1), wait_ms: or(amount, 0), reason: or(text, '')},
  'model.silent': {silent_ms: or(amount, 0)},
  'thinking.delta': delta,
  'reasoning.delta': delta,
  'reasoning.available': delta,
  'tool.generating': {name: must(text)},
  'tool.before': {
    request_id: must(text),
    session_key: or(text, ''),
    prompt_id: or(text, ''),
    tool_id: or(text, ''),
    name: must(text),
    args: may(anything),
    context: or(text, ''),
    cwd: or(text, ''),
  },
  'tool.start': {tool_id: must(text), name: must(text), context: or(text, ''), args_text: may(text)},
  'jobs.changed': {jobs: or(listOf(object(jobMembers)), [])},
  'shell.output': {exec_id: must(text), preview: must(text)},
  'tool.progress': {name: or(text, ''), preview: must(text), tool_id: may(text)},
  'tool.complete': {
    tool_id: must(text),
    name: must(text),
    args: may(anything),
    result: may(anything),
    duration_s: may(amount),
    summary: may(text),
    todos: may(anything),
    inline_diff: may(text),
    status: may(toolState),
    context: may(text),
  },
  'approval.request': approvalMembers,
  'clarify.request': {
    question: must(text),
    choices: or(nullOr(listOf(text)), null),
    request_id: must(text),
    agent: may(text),
  },
  'sudo.request': {request_id: must(text)},
  'secret.request': {
    prompt: or(text, ''),
    env_var: or(text, ''),
    request_id: must(text),
    metadata: may(object(secretMetadata)),
  },
  'session.info': sessionInfoMembers,
  'status.update': {kind: or(text, ''), text: must(text)},
  'message.interim': {text: must(text), already_streamed: or(flag, false)},
  'request.cancel': {id: must(askId), method: or(text, ''), reason: or(text, '')},
  'clarify.expire': expired,
  'sudo.expire': expired,
  'secret.expire': expired,
  'approval.expire': expired,
  'notification.show': {text: must(text), level: or(text, 'info'), kind: or(text, 'ttl'), key: may(text)},
  'notification.clear': {key: must(text)},
  notice: {message: must(text)},
  'review.summary': {text: must(text)},
  'session.title': {session_id: or(text, ''), title: must(text)},
  'session.usage': {usage: must(usage)},
  'session.reclaimed': {session_id: must(text), stored_session_id: or(text, ''), reason: or(text, '')},
  'todo.updated': {todos: must(listOf(object(todoMembers)))},
  'tool.output_risk': {
    name: or(text, 'a tool'),
    risk: or(text, ''),
    findings: or(listOf(text), []),
    redacted: or(flag, false),
  },
  'background.complete': sideAnswer,
  'btw.complete': sideAnswer,
  'subagent.spawn_requested': subagentNews,
  'subagent.start': subagentNews,
  'subagent.thinking': subagentNews,
  'subagent.progress': subagentNews,
  'subagent.tool': subagentNews,
  'subagent.complete': subagentNews,
  'moa.reference': {label: or(text, ''), index: may(amount), count: may(amount)},
  'moa.progress': {label: or(text, ''), refs_done: or(amount, 0), refs_total: or(amount, 0)},
  'moa.aggregating': {aggregator: or(text, '')},
  'browser.progress': {message: must(text)},
  error: {message: must(text), code: may(text), hint: may(text)},
}

const window = 'of a window'
const voice = 'of a microphone'
const pet = 'of a pet on a desktop'
const list = 'of a list that is asked for when it is shown'
const bridge = 'of another program that is bridged'
const expected = 'a window answers it, and it ends by itself'

/**
 * Events that gateways are known to send and that a terminal does not show, each with what it is of. An event that is
 * neither here nor in `eventMembers` is ignored too; these are so by decision.
 */
export const ignoredEvents: Readonly<Record<string, string>> = {
  'agent.terminal.output': 'of a background process, told when it ends',
  'terminal.close': 'of a background process, told when it ends',
  'billing.step_up.verification': 'of a purchase, which a terminal does not make',
  'bot_relay.outbox.pending': bridge,
  'browser.controller.cancel': bridge,
  'browser.controller.command': bridge,
  'connection.request': 'of a connector, which is set up in a window',
  'connection.update': 'of a connector, which is set up in a window',
  'cron.changed': list,
  'pairing.changed': list,
  'platforms.changed': list,
  'sessions.changed': list,
  'session.control.update': 'told by status.update as well',
  'session.resume_progress': 'resume is waited for',
  'setup.ready': 'setup is asked for at the start',
  'skin.changed': 'colours are those of the terminal',
  'dashboard.new_session_requested': window,
  'layout.apply': window,
  'pane.reveal': window,
  'preview.open': window,
  'preview.close': window,
  'preview.restart.complete': window,
  'preview.restart.progress': window,
  'tip.show': window,
  reaction: pet,
  'message.reaction': pet,
  'pet.changed': pet,
  'pet.generate.progress': pet,
  'pet.hatch.progress': pet,
  'moa.phase': 'told by moa.progress as well',
  'subagent.text': 'its end tells the summary',
  'voice.interrupted': voice,
  'voice.status': voice,
  'voice.transcript': voice,
  'wake.detected': voice,
  'mcp.setup.request': expected,
  'mcp.setup.expire': expected,
  'preview.act.request': expected,
  'preview.act.expire': expected,
  'preview.read.request': expected,
  'preview.read.expire': expected,
  'terminal.read.request': expected,
  'terminal.read.expire': expected,
  'tour.request': expected,
  'tour.expire': expected,
  'vault.code.request': expected,
  'vault.code.expire': expected,
  'vault.save_login.request': expected,
  'vault.save_login.expire': expected,
  'vault.unlock.request': expected,
  'vault.unlock.expire': expected,
  'window.read.request': expected,
  'window.read.expire': expected,
}
