import type {EventPayloads, GatewayEvent, SideAnswer, TodoItem} from '../../protocol/events.js'
import type {Job} from '../../protocol/methods.js'
import {oneLine} from '../text/sanitize.js'
import {type ItemBody, replyItems, type Tone} from '../transcript/items.js'
import {jobLine} from '../transcript/job-words.js'
import {agentEnd, agentName, agentsAfter} from './agents.js'
import {append, type ChatState, notice} from './state.js'

/** What a gateway tells beside the turn: each event is shown, or changes the session's line. */
export function onNews(state: ChatState, event: GatewayEvent, now: number): ChatState {
  switch (event.type) {
    case 'notification.show':
      return onNotification(state, event.payload)
    case 'notification.clear':
      return {...state, sticky: state.sticky.filter(({key}) => key !== event.payload.key)}
    case 'notice':
      return append(state, [notice('info', event.payload.message)])
    case 'review.summary':
      return append(state, [notice('info', event.payload.text)])
    case 'session.title': {
      const {session_id: key, title} = event.payload
      const ours = key === '' || state.session.key === undefined || key === state.session.key
      return ours ? {...state, session: {...state.session, title}} : state
    }
    case 'session.usage':
      return {...state, session: {...state.session, usage: event.payload.usage}}
    case 'session.reclaimed':
      return onReclaimed(state, event.payload)
    case 'todo.updated':
      return onTodos(state, event.payload.todos)
    case 'jobs.changed':
      return onJobs(state, event.payload.jobs)
    case 'tool.output_risk': {
      const {name, risk, findings, redacted} = event.payload
      const what = findings.length > 0 ? `: ${findings.join('; ')}` : ''
      const cut = redacted ? ' · parts of it were cut out' : ''
      return append(state, [notice('warn', `what ${name} brought looks risky${risk ? ` (${risk})` : ''}${what}${cut}`)])
    }
    case 'background.complete':
      return append(state, backgroundItems(event.payload))
    case 'btw.complete':
      return append(state, besideItems('answered beside the turn', event.payload))
    case 'subagent.spawn_requested':
    case 'subagent.start':
    case 'subagent.thinking':
    case 'subagent.progress':
    case 'subagent.tool':
    case 'subagent.complete':
      return onAgent(state, event, now)
    case 'moa.reference': {
      const {label, index, count} = event.payload
      const which = index !== undefined && count !== undefined ? ` ${index + 1}/${count}` : ''
      return {...state, activity: `reference model${which}: ${oneLine(label, 60)}`}
    }
    case 'moa.progress': {
      const {label, refs_done: done, refs_total: total} = event.payload
      return {...state, activity: `reference models ${done}/${total}: ${oneLine(label, 60)}`}
    }
    case 'moa.aggregating':
      return {...state, activity: `${oneLine(event.payload.aggregator, 60)} puts the references together`}
    case 'browser.progress':
      return {...state, activity: oneLine(event.payload.message, 120)}
    default:
      return state
  }
}

const tones: Readonly<Record<string, Tone>> = {warn: 'warn', error: 'error', success: 'good'}

function onNotification(state: ChatState, {text, level, kind, key}: EventPayloads['notification.show']): ChatState {
  const tone = tones[level] ?? 'info'
  const others = state.sticky.filter((other) => key === undefined || other.key !== key)
  if (kind === 'sticky' && key !== undefined) return {...state, sticky: [...others, {key, tone, text}]}
  const last = state.items.at(-1)
  const repeated = last?.kind === 'notice' && last.text === text
  return {...(repeated ? state : append(state, [notice(tone, text)])), sticky: others}
}

/** A start is told by the line of its tool. */
function onJobs(state: ChatState, jobs: readonly Job[]): ChatState {
  const ran = new Set(state.jobs.flatMap(({job, state}) => (state === 'running' ? [job] : [])))
  const over = jobs.filter(({job, state}) => ran.has(job) && state !== 'running')
  const told = over.map((job) => notice(job.state === 'ended' && job.exit_code !== 0 ? 'warn' : 'info', jobLine(job)))
  return {...append(state, told), jobs}
}

const reclaimedFor: Readonly<Record<string, string>> = {
  idle_timeout: 'nobody had used it for long',
  lru_evict: 'it made room for others',
  ws_orphan_reap: 'nobody was connected to it',
}

function onReclaimed(state: ChatState, payload: EventPayloads['session.reclaimed']): ChatState {
  const {session_id: liveId, stored_session_id: key, reason} = payload
  const ours = liveId === state.view.session?.liveId || (key !== '' && key === state.session.key)
  if (!ours) return state
  const why = reclaimedFor[reason] ?? reason
  const text = `the gateway put this session aside${why ? `: ${why}` : ''} · the next prompt opens it again`
  return append(state, [notice('info', text)])
}

/** The list is printed when it is another one; what is done of it is told by the line above the composer. */
function onTodos(state: ChatState, todos: readonly TodoItem[]): ChatState {
  const contents = (list: readonly TodoItem[]) => JSON.stringify(list.map(({content}) => content))
  const same = contents(todos) === contents(state.todos)
  const finished = todos.length > 0 && todos.every(isDone) && !state.todos.every(isDone)
  const shown = !same || finished ? append(state, todoItems(todos)) : state
  return {...shown, todos}
}

const isDone = ({status}: TodoItem) => status === 'completed' || status === 'cancelled'
const marks: Readonly<Record<string, string>> = {completed: '☒', cancelled: '☒', in_progress: '▶'}

function todoItems(todos: readonly TodoItem[]): ItemBody[] {
  if (todos.length === 0) return []
  return [{kind: 'output', text: todos.map(({content, status}) => `  ${marks[status] ?? '☐'} ${content}`).join('\n')}]
}

/** `2 of 5 done · now: write the tests`; undefined where nothing is left to do. */
export function todoLine(todos: readonly TodoItem[]): string | undefined {
  if (todos.every(isDone)) return undefined
  const now = todos.find(({status}) => status === 'in_progress')
  return `${todos.filter(isDone).length} of ${todos.length} done${now ? ` · now: ${oneLine(now.content, 200)}` : ''}`
}

function besideItems(head: string, {task_id: id, text, question}: SideAnswer): ItemBody[] {
  const asked = question ? `: ${oneLine(question, 200)}` : id ? ` (${id})` : ''
  return [notice('info', `${head}${asked}`), ...replyItems(text)]
}

const backgroundEnds: Readonly<Record<string, string>> = {
  complete: 'is done',
  interrupted: 'was cut off',
  error: 'failed',
}

/** Of the built-in gateway with its session, in which all of it is. */
function backgroundItems(answer: SideAnswer): ItemBody[] {
  const {session_key: key, status = 'complete'} = answer
  const head = `the task in the background ${backgroundEnds[status] ?? 'is done'}`
  if (key === undefined) return besideItems(head, answer)
  const opens = `/resume ${oneLine(key, 40)} opens it${status === 'interrupted' ? ', /continue goes on there' : ''}`
  return [...besideItems(head, answer), notice(status === 'complete' ? 'good' : 'warn', opens)]
}

/** Its line follows it; what it brought stays. One without a name is told of when it begins, as is all that has no line. */
function onAgent(state: ChatState, event: Extract<GatewayEvent, {type: `subagent.${string}`}>, now: number): ChatState {
  const next = {...state, agents: agentsAfter(state.agents, event, now)}
  const {payload} = event
  if (event.type === 'subagent.complete') return append(next, [agentEnd(payload)])
  if (event.type !== 'subagent.start' || payload.name !== undefined) return next
  return append(next, [notice('info', `${agentName(payload)} begins: ${oneLine(payload.goal, 200)}`)])
}
