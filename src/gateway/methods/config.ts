import {statSync} from 'node:fs'
import {errorCodes} from '../../protocol/frames.js'
import {redactValue} from '../../redact/index.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {gitBranch} from '../session/git-branch.js'
import {sessionInfo} from '../session/info.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {assertIdle} from '../session/session-turns.js'
import {free, type MethodTable, ordered} from './method.js'
import {providerOf} from './setup.js'

export const configMethods: MethodTable<'config.get' | 'config.set'> = {
  'config.get': free(async (gateway, {key}) => {
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined
    if (answer) return {result: await answer(gateway)}
    if (Object.hasOwn(displayValues, key)) return {result: {value: displayValues[key]}}
    throw new RpcError(errorCodes.badValue, `unknown config key: ${key}`)
  }),

  /** Only the model, and only for one session: the configuration file is the person's. */
  'config.set': ordered(async (gateway, params) => {
    if (params.key !== 'model') {
      const hint = 'only model can be set here; other settings are in the configuration file'
      throw new RpcError(errorCodes.badValue, `unknown config key: ${params.key} (${hint})`)
    }
    if (typeof params.value !== 'string' || params.value.trim() === '') {
      throw new RpcError(errorCodes.badValue, 'model must be a name such as offline or openai/gpt-5.2')
    }
    if (!params.session_id) throw new RpcError(errorCodes.missingSession, 'session_id required')
    const value = await setModel(gateway, liveSession(gateway, params.session_id), params.value.trim())
    return {result: {key: 'model', value}}
  }),
}

/** Display settings that the reference's client asks for, with what this gateway does. */
const displayValues: Readonly<Record<string, string>> = {
  skin: 'default',
  indicator: 'unicode',
  personality: 'none',
  fast: 'normal',
  busy: 'queue',
  details_mode: 'collapsed',
  thinking_mode: 'collapsed',
  compact: 'off',
  statusbar: 'bottom',
  mouse: 'off',
}

const answers: Readonly<Record<string, (gateway: Gateway) => Promise<Record<string, unknown>>>> = {
  /** Keys and headers are cut to what identifies them: frames end up in traces and logs. */
  async full(gateway) {
    const {values} = await gateway.services.config()
    const model = values.model ?? (await (await gateway.services.registry()).defaultId())
    return {
      config: {
        model: {default: model, provider: providerOf(model)},
        display: {
          busy_input_mode: displayValues.busy,
          show_reasoning: values['ui.showReasoning'],
          streaming: true,
          tui_auto_resume_recent: false,
        },
        settings: redactValue(values),
      },
    }
  },
  /** Newest change of a configuration file in use; 0 without one. */
  async mtime(gateway) {
    const {files} = await gateway.services.config()
    const times = files.map((file) => statSync(file.path, {throwIfNoEntry: false})?.mtimeMs ?? 0)
    return {mtime: Math.max(0, ...times) / 1000}
  },
  async profile(gateway) {
    return {home: gateway.home, display: gateway.home}
  },
  async project(gateway) {
    return {cwd: gateway.cwd, branch: gitBranch(gateway.cwd)}
  },
  async provider(gateway) {
    const registry = await gateway.services.registry()
    const model = await registry.defaultId()
    const providers = [...new Set((await registry.options()).map(({id}) => providerOf(id)))]
    return {
      model,
      provider: providerOf(model),
      providers: providers.map((id) => ({id, label: id, aliases: [], authenticated: true})),
    }
  },
  async prompt(gateway) {
    return {prompt: (await gateway.services.config()).values.systemPrompt}
  },
  async reasoning(gateway) {
    const {values} = await gateway.services.config()
    return {value: values.reasoningEffort ?? 'medium', display: values['ui.showReasoning'] ? 'show' : 'hide'}
  },
}

export async function setModel(gateway: Gateway, session: LiveSession, wanted: string): Promise<string> {
  assertIdle(session)
  const model = await (await gateway.services.registry()).resolve(wanted)
  session.model = model.id
  session.context = undefined
  if (session.stored) (await gateway.services.store()).setModel(session.key, model.id)
  gateway.emit(session.id, 'session.info', {...(await sessionInfo(gateway, session))})
  return model.id
}
