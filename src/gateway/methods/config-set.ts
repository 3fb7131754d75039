import type {PermissionMode} from '../../permissions/types.js'
import {errorCodes} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {isScreenSetting, screenValues} from '../screen-settings.js'
import {effortOf, setEffort} from '../session/effort.js'
import {sessionInfo} from '../session/info.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {setModel} from '../session/set-model.js'
import type {Reply} from './method.js'

export interface Setting {
  key: string
  value?: unknown
  session_id?: string | null | undefined
}

type Set = (gateway: Gateway, session: LiveSession | undefined, value: string) => Reply | Promise<Reply>

const off = /^(?:0|off|false|no)$/
const on = /^(?:1|on|true|yes)$/

/** A setting that the reference has and this gateway has not: it stays what it is. */
const stays =
  (key: string, value: string, warning: string): Set =>
  () => ({result: {key, value, warning}})

/** Settings of one session, and of the reference's screen; the configuration file is the person's. */
const settings: Readonly<Record<string, Set>> = {
  async model(gateway, session, value) {
    if (value === '') throw badValue('model must be a name such as offline or openai/gpt-5.2')
    const {name, forAll} = modelOf(value)
    const model = await setModel(gateway, needed(session), name)
    const warning = 'it holds for this session; what new ones begin with is in the configuration file'
    return {result: {key: 'model', value: model, ...(forAll ? {warning} : {})}}
  },

  async effort(gateway, session, value) {
    const open = needed(session)
    const effort = await setEffort(gateway, open, value)
    return {result: {key: 'effort', value: effort}, after: () => tellInfo(gateway, open)}
  },

  /** The effort of the session under the reference's name; the words of the screen are kept with its other settings. */
  async reasoning(gateway, session, value) {
    const word = value.toLowerCase()
    if (/^(?:show|on|full|all|hide|off|clamp|collapse|short)$/.test(word)) {
      const thinking = /^(?:show|on|full|all)$/.test(word)
        ? 'expanded'
        : /^(?:hide|off)$/.test(word)
          ? 'hidden'
          : 'collapsed'
      gateway.screen.set('details_mode.thinking', thinking)
      if (thinking !== 'collapsed') gateway.screen.set('show_reasoning', thinking === 'expanded' ? 'on' : 'off')
      const told = {on: 'show', off: 'hide', all: 'full', collapse: 'clamp', short: 'clamp'}[word] ?? word
      return {result: {key: 'reasoning', value: told}}
    }
    const open = needed(session)
    const {levels} = await effortOf(gateway, open)
    if (!levels.some((each) => each === word)) {
      throw badValue(`unknown reasoning value: ${value} (${[...levels, 'show', 'hide'].join(', ')})`)
    }
    const effort = await setEffort(gateway, open, word)
    return {result: {key: 'reasoning', value: effort}, after: () => tellInfo(gateway, open)}
  },

  /**
   * Writing inside the workspace, unasked; commands are still asked for, unless the person began with `bypass`: nothing
   * that comes over the wire lifts that.
   */
  async yolo(gateway, session, value) {
    const open = needed(session)
    const {permissions} = open
    const [begun, mode] = await Promise.all([permissions.begunWith(), permissions.mode()])
    const isOn = mode === 'accept-edits' || mode === 'bypass'
    const word = value.toLowerCase()
    const wanted = on.test(word) || (!off.test(word) && !isOn)
    const free: PermissionMode = begun === 'bypass' ? 'bypass' : 'accept-edits'
    permissions.setMode(wanted ? free : begun === 'plan' ? 'plan' : 'ask')
    const after = () => {
      tellInfo(gateway, open)
      if (!wanted || free === 'bypass') return
      const text = 'files of the workspace are written unasked; commands are still asked for'
      gateway.emit(open.id, 'status.update', {kind: 'warn', text})
    }
    return {result: {key: 'yolo', value: wanted ? '1' : '0', scope: 'session'}, after}
  },

  verbose: stays('verbose', 'all', 'this gateway always tells all calls of tools'),
  fast: stays('fast', 'normal', 'this gateway has no fast mode'),
  personality: stays('personality', 'none', 'this gateway has no personalities'),
  skin: stays('skin', 'default', 'this gateway has no skins'),
}

export async function setSetting(gateway: Gateway, {key, value, session_id: id}: Setting): Promise<Reply> {
  const text = textOf(key, value)
  if (isScreenSetting(key)) {
    const kept = gateway.screen.set(key, text)
    if (kept === undefined) throw badValue(`unknown ${key} value: ${text} (${screenValues(key)})`)
    return {result: {key, value: kept}}
  }
  const set = Object.hasOwn(settings, key) ? settings[key] : undefined
  if (!set) {
    const hint = `here can be set: ${Object.keys(settings).join(', ')}; the rest is in the configuration file`
    throw badValue(`unknown config key: ${key} (${hint})`)
  }
  return set(gateway, id ? liveSession(gateway, id) : undefined, text)
}

function textOf(key: string, value: unknown): string {
  if (value === undefined || value === null) return ''
  if (typeof value === 'string') return value.trim()
  if (key !== 'model' && (typeof value === 'boolean' || typeof value === 'number')) return String(value)
  throw badValue(`${key} must be text`)
}

/** `gpt-5.2 --provider openai --global`, as the reference's picker writes it. */
function modelOf(value: string): {name: string; forAll: boolean} {
  const words = value.split(/\s+/)
  const at = words.indexOf('--provider')
  const provider = at === -1 ? undefined : words[at + 1]
  if (at !== -1) words.splice(at, 2)
  const [name = provider ?? ''] = words.filter((word) => !word.startsWith('--'))
  const isWhole = provider === undefined || name === provider || name.startsWith(`${provider}/`)
  return {name: isWhole ? name : `${provider}/${name}`, forAll: words.includes('--global')}
}

function needed(session: LiveSession | undefined): LiveSession {
  if (!session) throw new RpcError(errorCodes.missingSession, 'session_id required')
  return session
}

function badValue(message: string): RpcError {
  return new RpcError(errorCodes.badValue, message)
}

function tellInfo(gateway: Gateway, session: LiveSession): void {
  const tell = async () => gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
  tell().catch(() => {})
}
