import type {
  InterruptedTurn,
  Job,
  MissedEvents,
  RollbackDiff,
  RollbackFile,
  RollbackList,
  RollbackRestored,
  SessionInfo,
  SessionOpened,
  StoredTool,
  ToolState,
  Usage,
  WireMessage,
} from '../methods.js'
import type {OpenRequest} from '../requests.js'
import {stopReasons} from '../stop-reason.js'
import {
  amount,
  anything,
  flag,
  isObject,
  listOf,
  type Members,
  may,
  must,
  nullOr,
  object,
  oneOf,
  or,
  readObject,
  recordOf,
  type Shape,
  text,
} from './shape.js'

/** What a gateway answers, member by member; a gateway that leaves something out is a gateway all the same. */

/** An id that a gateway minted. */
export const askId: Shape<string | number> = (value) => (value === '' ? undefined : (text(value) ?? amount(value)))

/** An id or key: an empty one names nothing. */
const name: Shape<string> = (value) => (value === '' ? undefined : text(value))

export const toolState = oneOf<ToolState>('complete', 'denied', 'unknown', 'asked', 'not-started')

export const jobMembers: Members<Job> = {
  job: must(amount),
  command: or(text, ''),
  cwd: or(text, ''),
  state: or(oneOf<Job['state']>('running', 'ended', 'stopped', 'lost'), 'lost'),
  started_at: or(amount, 0),
  ended_at: may(amount),
  exit_code: may(amount),
  kept: or(flag, false),
  bytes: or(amount, 0),
  file: or(text, ''),
}

const usageMembers: Members<Usage> = {
  model: or(text, ''),
  input: or(amount, 0),
  output: or(amount, 0),
  cache_read: or(amount, 0),
  cache_write: or(amount, 0),
  reasoning: or(amount, 0),
  prompt: or(amount, 0),
  completion: or(amount, 0),
  total: or(amount, 0),
  calls: or(amount, 0),
  context_used: may(amount),
  context_max: may(amount),
  context_percent: may(amount),
  estimated: may(flag),
  cost_usd: may(amount),
  saved_usd: may(amount),
  unpriced_calls: may(amount),
}
export const usage = object(usageMembers)

export const sessionInfoMembers: Members<SessionInfo> = {
  model: or(text, ''),
  provider: may(text),
  cwd: or(text, ''),
  branch: or(text, ''),
  running: may(flag),
  tools: or(recordOf(listOf(text)), {}),
  skills: or(recordOf(listOf(text)), {}),
  usage: may(usage),
  version: may(text),
  desktop_contract: or(amount, 0),
  profile_name: or(text, ''),
  lazy: may(flag),
  session_key: may(name),
  title: may(text),
  permission_mode: may(text),
  sends_to: may(object<NonNullable<SessionInfo['sends_to']>>({host: must(name), found: or(flag, false)})),
}
const sessionInfo = object(sessionInfoMembers)
const noInfo = sessionInfo({}) as SessionInfo

const messageMembers: Members<WireMessage> = {
  role: must(oneOf<WireMessage['role']>('user', 'assistant', 'system', 'tool')),
  text: may(text),
  reasoning: may(text),
  name: may(text),
  context: may(text),
  tool_id: may(text),
  result: may(anything),
  prompt_id: may(text),
  steered: may(flag),
  status: may(
    oneOf<NonNullable<WireMessage['status']>>('interrupted', 'error', 'denied', 'unknown', 'asked', 'not-started'),
  ),
}
const messages = listOf(object(messageMembers))

/** A list of messages; what in it is none is left out. */
export function wireMessages(value: unknown): WireMessage[] {
  return messages(value) ?? []
}

const toolMembers: Members<InterruptedTurn['tools'][number]> = {
  tool_id: or(text, ''),
  name: or(text, 'tool'),
  context: or(text, ''),
  result: may(anything),
  status: or(toolState, 'unknown'),
}

const storedToolMembers: Members<StoredTool> = {
  tool_id: must(name),
  name: or(text, 'tool'),
  context: or(text, ''),
  status: or(toolState, 'complete'),
  args: may(anything),
  result: may(anything),
  duration_s: may(amount),
}

/** The answer to `session.tool`. */
export const storedTool = object(storedToolMembers)

const checkpointMembers: Members<RollbackList['checkpoints'][number]> = {
  hash: must(name),
  timestamp: or(amount, 0),
  message: or(text, ''),
  prompt_id: may(text),
  put_back: may(flag),
}

/** The answer to `rollback.list`. */
export const rollbackList = object<RollbackList>({
  enabled: or(flag, false),
  checkpoints: or(listOf(object(checkpointMembers)), []),
})

const rollbackFileMembers: Members<RollbackFile> = {
  path: must(text),
  change: or(oneOf<RollbackFile['change']>('create', 'remove', 'change', 'mode'), 'change'),
  added: or(amount, 0),
  removed: or(amount, 0),
  foreign: or(flag, false),
  uncovered: may(text),
}

/** The answer to `rollback.diff`. */
export const rollbackDiff = object<RollbackDiff>({
  diff: or(text, ''),
  rendered: or(text, ''),
  stat: or(text, ''),
  files: may(listOf(object(rollbackFileMembers))),
  gaps: may(listOf(text)),
  seen: may(text),
})

const notPutBack = listOf(object<{path: string; why: string}>({path: or(text, ''), why: or(text, '')}))

/** The answer to `rollback.restore`. */
export const rollbackRestored = object<RollbackRestored>({
  success: or(flag, false),
  message: may(text),
  error: may(text),
  restored: may(listOf(text)),
  failed: may(notPutBack),
  left: may(notPutBack),
})

const interruptedMembers: Members<InterruptedTurn> = {
  prompt_id: or(nullOr(text), null),
  user: or(text, ''),
  assistant: or(text, ''),
  reasoning: or(text, ''),
  tools: or(listOf(object(toolMembers)), []),
  deaths: or(amount, 0),
}

const inflightMembers: Members<NonNullable<SessionOpened['inflight']>> = {
  user: or(text, ''),
  assistant: or(text, ''),
  streaming: or(flag, false),
  reasoning: may(text),
  prompt_id: may(text),
}

const openRequestMembers: Members<OpenRequest> = {
  id: must(askId),
  method: must(name),
  params: or(recordOf(anything), {}),
}

const missedMembers: Members<MissedEvents> = {
  events: or(listOf(recordOf(anything)), []),
  // What can't be read can't be trusted to be whole.
  truncated: or(flag, true),
  epoch: may(text),
  open_requests: or(listOf(object(openRequestMembers)), []),
}

/** The answer to `session.events.since`. */
export const missedEvents = object(missedMembers)

const openedMembers: Members<Omit<SessionOpened, 'message_count' | 'replayed'> & {message_count?: number}> = {
  session_id: must(name),
  stored_session_id: may(name),
  session_key: may(name),
  resumed: may(name),
  message_count: may(amount),
  messages: or(messages, []),
  info: or(sessionInfo, noInfo),
  running: may(flag),
  status: may(text),
  started_at: may(amount),
  inflight: may(object(inflightMembers)),
  interrupted: may(object(interruptedMembers)),
  ended: may(
    object<NonNullable<SessionOpened['ended']>>({
      prompt_id: or(nullOr(text), null),
      stop_reason: or(oneOf(...stopReasons), 'other'),
      warning: must(text),
    }),
  ),
  open_requests: may(listOf(object(openRequestMembers))),
  lost_cwd: may(text),
  auto_continue: may(object({attempt: or(amount, 1)})),
}

/** The answer to create, resume or activate, if it is one; what a gateway may leave out is filled in. */
export function sessionOpened(answer: unknown): SessionOpened | undefined {
  const reading = isObject(answer) ? readObject(openedMembers, answer) : undefined
  if (!reading || !('value' in reading)) return undefined
  const opened = reading.value
  return {...opened, message_count: opened.message_count ?? opened.messages.length}
}
