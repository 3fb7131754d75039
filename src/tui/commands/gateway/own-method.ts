import {oneLine, sanitize} from '../../text/sanitize.js'
import {background} from '../agents/agents-command.js'
import type {CommandContext} from '../types.js'

/** A model writes the summary of what is compressed. */
const COMPRESS_MS = 10 * 60_000

type Run = (context: CommandContext, args: string) => Promise<void>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A setting of the gateway, as its own screen sets it. */
const setting =
  (key: string, more: Record<string, unknown> = {}): Run =>
  async (context, value) => {
    const answer = await context.ask('config.set', {key, ...(value === '' ? {} : {value}), ...more})
    if (!answer) return
    context.notice('good', `${key}: ${oneLine(text(answer.value) || value || 'changed', 200)}`)
    if (text(answer.warning)) context.notice('warn', text(answer.warning))
  }

/** What a gateway says that it did with `session.compress`. */
function tellCompressed(context: CommandContext, answer: Record<string, unknown>): void {
  const summary = typeof answer.summary === 'object' && answer.summary !== null ? answer.summary : {}
  const told = Object.values(summary).filter((line): line is string => typeof line === 'string' && line !== '')
  context.notice('good', told.length > 0 ? told.map((line) => oneLine(line, 300)).join('\n') : 'compressed')
}

/** The key changes with it on the Python gateway: `session.info` tells the new one. */
const compress: Run = async (context, focus) => {
  if (context.busy()) return context.notice('warn', 'a turn runs: Esc ends it, then /compress')
  context.notice('info', 'compressing what was said…')
  const answer = await context.ask('session.compress', focus === '' ? {} : {focus_topic: focus}, COMPRESS_MS)
  if (answer) tellCompressed(context, answer)
}

/** The same of the built-in gateway: prompts wait until it is done, Esc ends it, and `undo` takes the last one back. */
export const compact: Run = async (context, focus) => {
  const {store, delivery} = context
  if (context.busy()) return context.notice('warn', 'a turn runs: Esc ends it, then /compact')
  const undo = /^undo$/i.test(focus)
  store.dispatch({type: 'compacting', text: undo ? 'taking the compaction back' : 'compacting'})
  try {
    const params = undo ? {undo} : focus === '' ? {} : {focus_topic: focus}
    const answer = await context.ask('session.compress', params, COMPRESS_MS)
    if (answer) tellCompressed(context, answer)
  } finally {
    store.dispatch({type: 'compacting', text: undefined})
    delivery.free()
  }
}

const image: Run = async (context, path) => {
  if (path === '') return context.notice('warn', 'which image? /image PATH')
  const answer = await context.ask('image.attach', {path})
  if (!answer) return
  const size = [answer.width, answer.height].every((side) => typeof side === 'number')
  context.notice(
    'good',
    `${oneLine(text(answer.path) || path, 200)}${size ? ` · ${answer.width}×${answer.height}` : ''} goes along with the next prompt`,
  )
  if (text(answer.remainder)) context.delivery.enqueue(text(answer.remainder))
}

const stop: Run = async (context) => {
  const answer = await context.ask('process.stop')
  if (answer)
    context.notice('good', `${typeof answer.killed === 'number' ? answer.killed : 0} background processes ended`)
}

const reloadMcp: Run = async (context, word) => {
  const sure = word === 'now' || word === 'always'
  const answer = await context.ask('reload.mcp', {
    ...(sure ? {confirm: true} : {}),
    ...(word === 'always' ? {always: true} : {}),
  })
  if (!answer) return
  const asked = answer.status === 'confirm_required'
  context.notice(asked ? 'warn' : 'good', asked ? sanitize(text(answer.message)) : 'MCP servers are loaded again')
}

const reload: Run = async (context) => {
  const answer = await context.ask('reload.env')
  if (answer) context.notice('good', `${typeof answer.updated === 'number' ? answer.updated : 0} variables read again`)
}

const save: Run = async (context) => {
  const answer = await context.ask('session.save')
  if (answer) context.notice('good', `saved to ${oneLine(text(answer.file), 400)}`)
}

/**
 * Commands of the Python gateway that its own screen carries out by a method: its slash worker is another process,
 * which knows neither the running turn nor the session's switches.
 */
export const ownMethods: Readonly<Record<string, Run>> = {
  btw: background,
  compact: compress,
  compress,
  fast: setting('fast'),
  image,
  personality: async (context, name) =>
    name === '' ? context.slash('/personality') : setting('personality')(context, name),
  reasoning: setting('reasoning'),
  reload,
  'reload-mcp': reloadMcp,
  save,
  stop,
  verbose: setting('verbose'),
  yolo: async (context, value) => {
    const answer = await context.ask('config.set', {key: 'yolo', scope: 'session', ...(value === '' ? {} : {value})})
    if (!answer) return
    const on = answer.value === '1'
    context.notice(
      on ? 'warn' : 'good',
      on
        ? 'yolo: dangerous commands of this session run unasked · /yolo takes it back'
        : 'yolo is off: dangerous commands are asked for',
    )
  },
}

/** They change how that gateway's own screen looks, or need what only it has. */
export const ofItsScreen: ReadonlySet<string> = new Set([
  'browser',
  'busy',
  'details',
  'fortune',
  'heapdump',
  'indicator',
  'mem',
  'mouse',
  'redraw',
  'replay',
  'replay-diff',
  'setup',
  'skin',
  'statusbar',
  'terminal-setup',
  'update',
  'voice',
])
