import {capabilities} from '../../../protocol/capabilities.js'
import {wireMessages} from '../../../protocol/shapes/answers.js'
import {isObject} from '../../../protocol/shapes/shape.js'
import {transcriptText} from '../../pager/whole-agent.js'
import {type AgentLine, workedOf} from '../../state/agents.js'
import {elapsed, shortCount} from '../../text/amounts.js'
import {oneLine, sanitize} from '../../text/sanitize.js'
import type {CommandContext, SlashCommand} from '../types.js'

const usage = '/agents N shows what it did · /agents stop N, stop all'

/** So much of what one did is printed; the pager has all of it. */
const SHOWN_LINES = 40

/** What works for or beside the session, or did: in the order in which it is numbered. */
interface Listed {
  id: string
  row: string
  atWork: boolean
}

async function agents(context: CommandContext, args: string): Promise<void> {
  const {store, notice, output} = context
  if (!store.state.view.capabilities.has(capabilities.agents)) {
    return notice('warn', 'this gateway does not tell what its sub-agents do')
  }
  const listed = await list(context)
  if (!listed) return
  const [first = '', second = ''] = args.split(/\s+/)
  if (first === '') {
    if (listed.length === 0) return notice('info', 'no sub-agent works, and none did in this session')
    return output([...listed.map(({row}, at) => `${at + 1}  ${row}`), usage].join('\n'))
  }
  const verb = /^\d/.test(first) ? 'show' : first
  const which = verb === 'show' ? first : second
  if (verb !== 'show' && verb !== 'stop') {
    return notice('warn', `there is no /agents ${oneLine(verb, 60)} · ${usage}`)
  }
  if (verb === 'stop' && which === 'all')
    return stop(
      context,
      listed.filter(({atWork}) => atWork),
    )
  const one = /^\d{1,6}$/.test(which) ? listed[Number(which) - 1] : undefined
  if (!one) return notice('warn', `/agents ${verb} takes a number of the list · /agents shows it`)
  if (verb === 'stop') return one.atWork ? stop(context, [one]) : notice('info', 'it does not work any more')
  await show(context, one)
}

async function list({store, ask}: CommandContext): Promise<Listed[] | undefined> {
  const answer = await ask('subagent.list')
  if (!answer) return undefined
  const now = Date.now()
  const lines = new Map(store.state.agents.map((line) => [line.id, line]))
  const read = (value: unknown) => (Array.isArray(value) ? value.filter(isObject) : [])
  return [
    ...read(answer.subagents).map((one) => atWork(one, lines.get(textOf(one.subagent_id)), now)),
    ...read(answer.background).map((one) => beside(one, now)),
    ...read(answer.ended).map(over),
  ].filter(({id}) => id !== '')
}

function atWork(one: Record<string, unknown>, line: AgentLine | undefined, now: number): Listed {
  const state = one.asks === true ? 'asks you' : one.status === 'queued' ? 'waits for its turn' : 'works'
  const time = line && line.state !== 'waiting' ? elapsed(workedOf(line, now)) : ''
  return {id: textOf(one.subagent_id), atWork: true, row: rowOf(one, [state, time, line?.does ?? ''])}
}

function beside(one: Record<string, unknown>, now: number): Listed {
  const since = typeof one.started_at === 'number' ? elapsed(now - one.started_at * 1000) : ''
  const id = textOf(one.subagent_id)
  return {id, atWork: true, row: rowOf(one, ['in the background', since, `/resume ${oneLine(id, 40)}`])}
}

function over(one: Record<string, unknown>): Listed {
  return {
    id: textOf(one.subagent_id),
    atWork: false,
    row: rowOf(one, [oneLine(textOf(one.status), 40), oneLine(textOf(one.branch), 80)]),
  }
}

function rowOf(one: Record<string, unknown>, facts: readonly string[]): string {
  const {api_calls: steps, total_tokens: tokens} = one
  const counts = [
    typeof steps === 'number' && steps > 0 ? `${steps} ${steps === 1 ? 'step' : 'steps'}` : '',
    typeof tokens === 'number' && tokens > 0 ? `${shortCount(tokens)} tokens` : '',
  ]
  const name = oneLine(textOf(one.name) || textOf(one.goal), 60)
  return [name, ...facts, ...counts].filter(Boolean).join(' · ')
}

async function stop({ask, notice}: CommandContext, listed: readonly Listed[]): Promise<void> {
  if (listed.length === 0) return notice('info', 'no sub-agent works')
  // The end of each is told by the gateway.
  for (const {id} of listed) {
    const answer = await ask('subagent.interrupt', {subagent_id: id})
    if (answer && answer.found !== true) notice('info', 'it does not work any more')
  }
}

async function show({ask, output}: CommandContext, {id, row}: Listed): Promise<void> {
  const answer = await ask('session.history', {session_id: id})
  if (!answer) return
  const lines = sanitize(transcriptText(wireMessages(answer.messages))).split('\n')
  const hidden = lines.length - SHOWN_LINES
  const above = hidden > 0 ? [`… ${hidden} more lines above · /resume ${id} opens it when it is done`] : []
  output([row, ...above, ...lines.slice(-SHOWN_LINES)].join('\n'))
}

/** One prompt beside the session; its end is told by an event. */
export async function background({ask, notice}: CommandContext, prompt: string): Promise<void> {
  if (prompt === '') return notice('warn', 'what to do? /background PROMPT')
  const answer = await ask('prompt.background', {text: prompt})
  if (!answer) return
  const key = textOf(answer.session_key)
  const how = key === '' ? '' : ` · /agents lists it, /resume ${oneLine(key, 40)} opens it`
  notice('good', `runs in the background as ${oneLine(textOf(answer.task_id), 80)}${how}`)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

export const agentCommands: SlashCommand[] = [
  {
    name: 'agents',
    aliases: [],
    args: '[N, stop N, stop all]',
    summary: 'show or stop sub-agents and what runs in the background',
    run: agents,
  },
  {
    name: 'background',
    aliases: ['bg'],
    args: 'PROMPT',
    summary: 'run a prompt beside the session, in a branch of it',
    run: background,
  },
]
