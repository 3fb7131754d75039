import {errorCodes} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import type {Reply} from './method.js'

type Params = Readonly<Record<string, unknown>>

/** An answer in the reference's shape that says "there is nothing of that here". */
type NotHere = (params: Params, gateway: Gateway) => Record<string, unknown>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const refuse =
  (code: number, message: string): NotHere =>
  () => {
    throw new RpcError(code, message)
  }

/** Beside an answer at which the reference's screen says nothing: a line in its transcript. */
const say = (gateway: Gateway, {session_id: id}: Params, line: string) => {
  if (typeof id === 'string') gateway.emit(id, 'review.summary', {text: line})
}

const NO_BILLING = 'this gateway bills nothing'
const NO_LEARNING = 'this gateway keeps no memories and no skills'
const KEYS = 'keys of providers are in the environment or in the configuration of hermes'

const billing: NotHere = () => ({ok: false, error: 'not_here', message: NO_BILLING})
const learning: NotHere = () => ({ok: false, message: NO_LEARNING})

/**
 * What the reference's own screen asks for and this gateway has not. Each is answered as the reference answers where there
 * is nothing, so that no error is on that screen for what nobody did; refused is what a person would take for done.
 */
export const notHere: Readonly<Record<string, NotHere>> = {
  'billing.auto_reload': billing,
  'billing.charge': billing,
  'billing.charge_status': billing,
  'billing.state': () => ({ok: true, logged_in: false, cli_billing_enabled: false, portal_url: null}),
  'billing.step_up': billing,
  'browser.manage': (params, gateway) => {
    const messages = ['this gateway drives no browser']
    if (params.action === 'connect' && typeof params.session_id === 'string') {
      gateway.emit(params.session_id, 'browser.progress', {message: messages[0], level: 'info'})
    }
    return {connected: false, url: '', messages}
  },
  'clipboard.paste': () => ({
    attached: false,
    message: 'this gateway reads no clipboard: /image and the path of a file',
  }),
  'credits.view': () => ({
    logged_in: false,
    balance_lines: [],
    identity_line: null,
    topup_url: null,
    depleted: false,
  }),
  'delegation.pause': () => ({paused: false}),
  'learning.delete': learning,
  'learning.detail': learning,
  'learning.edit': learning,
  'learning.frames': () => ({
    axis: {start: '', end: ''},
    buckets: [],
    categories: [],
    count: 0,
    frames: [],
    legend: [],
    summary: [NO_LEARNING],
  }),
  'model.disconnect': () => ({disconnected: false}),
  'model.save_key': refuse(5034, `nothing was kept: ${KEYS}`),
  // Its screen keeps the pasted text itself where it is told no file.
  'paste.collapse': () => ({}),
  'pet.cells': () => ({enabled: false}),
  'pet.gallery': () => ({enabled: false, active: '', pets: []}),
  'pet.select': ({slug}) => ({ok: false, slug: text(slug)}),
  'plugins.manage': () => ({plugins: [], user_count: 0, bundled_count: 0, ok: false, unchanged: true}),
  'reload.env': () => ({updated: 0}),
  // Its screen confirms unasked when a configuration file changed, and then says that they were loaded.
  'reload.mcp': ({confirm}) => {
    const message = 'this gateway has no MCP servers'
    if (confirm) throw new RpcError(5015, message)
    return {status: 'confirm_required', message}
  },
  'secret.respond': refuse(errorCodes.busy, 'no pending value request'),
  'session.save': (params, gateway) => {
    say(gateway, params, 'this gateway stores each session as it goes on, and writes no copy of it')
    return {}
  },
  'skills.manage': ({action, query, page}) => {
    if (action === 'search') return {results: []}
    if (action === 'inspect') return {info: {}}
    if (action === 'install') return {installed: false, name: text(query)}
    if (action === 'browse') return {items: [], page: typeof page === 'number' ? page : 1, total: 0, total_pages: 0}
    return {skills: {}}
  },
  'skills.reload': () => ({output: 'this gateway has no skills'}),
  'spawn_tree.list': () => ({entries: []}),
  'spawn_tree.load': () => ({subagents: []}),
  'spawn_tree.save': ({session_id: id}) => ({path: '', session_id: text(id)}),
  'sudo.respond': refuse(errorCodes.busy, 'no pending password request'),
  'tools.configure': ({names}) => ({
    changed: [],
    unknown: Array.isArray(names) ? names.filter((name) => typeof name === 'string') : [],
    missing_servers: [],
    reset: false,
  }),
  'voice.record': () => ({status: 'stopped'}),
  'voice.toggle': () => ({
    enabled: false,
    tts: false,
    available: false,
    audio_available: false,
    stt_available: false,
    details: 'this gateway neither hears nor speaks',
  }),
}

/**
 * Commands of the reference that its screen sends on, and that this gateway has not; any other name is refused, as there.
 */
export const commandsNotHere: ReadonlySet<string> = new Set([
  'blueprint',
  'bundles',
  'codex-runtime',
  'config',
  'cron',
  'curator',
  'debug',
  'footer',
  'goal',
  'gquota',
  'handoff',
  'image',
  'insights',
  'kanban',
  'learn',
  'memory',
  'moa',
  'pet',
  'platforms',
  'plugins',
  'portal',
  'profile',
  'rollback',
  'skills',
  'snap',
  'snapshot',
  'subgoal',
  'suggestions',
  'toolsets',
  'voice',
  'whoami',
])

/** Undefined for a method that no screen of the reference calls either. */
export function answerNotHere(gateway: Gateway, method: string, params: Params): Reply | undefined {
  const answer = Object.hasOwn(notHere, method) ? notHere[method] : undefined
  return answer && {result: answer(params, gateway)}
}
