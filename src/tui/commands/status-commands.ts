import {capabilities} from '../../protocol/capabilities.js'
import {queued} from '../state/prompts.js'
import type {ChatState} from '../state/state.js'
import {placeOf} from '../text/place.js'
import {oneLine} from '../text/sanitize.js'
import {costRow} from './cost-text.js'
import type {CommandContext, SlashCommand} from './types.js'

const number = (value: unknown) => (typeof value === 'number' && Number.isFinite(value) ? value : 0)
const amount = (value: unknown) => number(value).toLocaleString('en')

/** What goes on, in a few words. */
function nowText({view, turn, questions, prompts, held, elsewhere}: ChatState): string {
  const waiting = queued(prompts).length
  const queue = waiting === 0 ? '' : ` · ${waiting} queued${held ? ', held' : ''}`
  if (elsewhere) return `another hermes has this session${queue}`
  if (view.phase === 'exhausted') return `the gateway is down: /recover tries again${queue}`
  if (view.recovering) return `the gateway is being started again; nothing is lost${queue}`
  if (view.problem && !view.session) return `no session is open: ${oneLine(view.problem.message, 200)}`
  if (!view.session) return `the session is being opened${queue}`
  if (questions.length > 0) return `waits for your answer${queue}`
  return `${turn ? 'a reply is being written' : 'ready'}${queue}`
}

const modes: Readonly<Record<string, string>> = {
  ask: 'what changes something is asked for',
  'accept-edits': 'files of the workspace are written without a question, the rest is asked for',
  plan: 'it only reads',
  bypass: 'nothing is asked',
}

function tokensText(usage: Record<string, unknown>): string {
  const full = number(usage.context_percent)
  return [
    `${usage.estimated === true ? 'about ' : ''}${amount(usage.total)} so far`,
    ...(full > 0 ? [`the model's memory is ${full} % full`] : []),
  ].join(' · ')
}

/** What is of use to a person first; what is for a report last. */
export function statusText(state: ChatState, crashLog: string): string {
  const {view, session} = state
  const {title, model, cwd, branch, usage, permissionMode, destination} = session
  const keeps = view.capabilities.has(capabilities.journal)
  const rows: [string, string | undefined][] = [
    ['session', title || 'without a title yet'],
    ['now', nowText(state)],
    ['model', [model ?? 'not known yet', destination].filter(Boolean).join(' · ')],
    ['folder', cwd && [placeOf(cwd), branch && `branch ${branch}`].filter(Boolean).join(' · ')],
    ['tokens', usage && tokensText({...usage})],
    ['asks', permissionMode && modes[permissionMode]],
    [
      'kept',
      keeps ? 'every word as it comes, also of a reply that breaks off' : 'whole replies; one that breaks off is lost',
    ],
    [
      'restarts',
      view.generation > 1
        ? `the gateway was started ${view.generation} times in this chat · /doctor says why`
        : undefined,
    ],
    ['help', '/usage tokens · /permissions rules · /doctor examines all'],
    [
      'report',
      [session.key && `session ${session.key}`, view.pid && `gateway pid ${view.pid}`, `log ${placeOf(crashLog)}`]
        .filter(Boolean)
        .join(' · '),
    ],
  ]
  return rows.flatMap(([label, value]) => (value ? [`${label.padEnd(10)}${oneLine(value, 400)}`] : [])).join('\n')
}

async function status(context: CommandContext): Promise<void> {
  const {store, crashLog, output} = context
  const {view} = store.state
  // The built-in gateway knows no more than this.
  const asks = view.session !== undefined && view.capabilities.size === 0
  const result = asks ? await context.ask('session.status') : undefined
  const told = typeof result?.output === 'string' ? ['', result.output] : []
  output([statusText(store.state, crashLog), ...told].join('\n'))
}

export function usageText(usage: Record<string, unknown>): string {
  const about = usage.estimated === true ? 'about ' : ''
  const line = (label: string, value: string) => `${label.padEnd(11)}${value}`
  const cached = number(usage.cache_read)
  const rows = [
    line(
      'input',
      `${about}${amount(usage.input)} tokens${cached > 0 ? `, ${amount(cached)} of them from the provider's cache` : ''}`,
    ),
    line(
      'output',
      `${about}${amount(usage.output)} tokens${number(usage.reasoning) > 0 ? `, ${amount(usage.reasoning)} of them to think` : ''}`,
    ),
    line(
      'total',
      `${about}${amount(usage.total)} tokens in ${number(usage.calls) === 1 ? '1 model step' : `${amount(usage.calls)} model steps`}`,
    ),
  ]
  if (number(usage.context_max) > 0) {
    rows.push(line('context', `${amount(usage.context_used)} of ${amount(usage.context_max)} tokens`))
  }
  const cost = costRow(usage)
  if (cost !== undefined) rows.push(line('cost', `${cost} · /cost tells more`))
  if (about !== '')
    rows.push('', 'A reply broke off before its provider told what it took: that part is estimated by its length.')
  return rows.join('\n')
}

async function usage(context: CommandContext): Promise<void> {
  const told = await context.ask('session.usage')
  if (told) context.output(usageText(told))
}

export const statusCommands: SlashCommand[] = [
  {name: 'status', aliases: [], args: '', summary: 'session, model and folder as they are now', run: status},
  {
    name: 'context',
    aliases: [],
    args: '',
    summary: 'how full the context is, and which files tell the model how to work',
    run: (context) => context.slash('/context'),
  },
  {
    name: 'mcp',
    aliases: [],
    args: '[server]',
    summary: 'MCP servers with their state and tools',
    yields: true,
    run: (context, args) => context.slash(`/mcp ${args}`.trim()),
  },
  {name: 'usage', aliases: [], args: '', summary: 'tokens of this session', run: usage},
]
