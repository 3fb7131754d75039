import {statSync} from 'node:fs'
import {errorCodes} from '../../protocol/frames.js'
import {redactValue} from '../../redact/index.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {isScreenSetting} from '../screen-settings.js'
import {effortOf} from '../session/effort.js'
import {gitBranch} from '../session/git-branch.js'
import {meantSession} from '../session/live-session.js'
import {free, type MethodTable, ordered} from './method.js'
import {providerOf} from './setup.js'

export const configMethods: MethodTable<'config.get' | 'config.set'> = {
  'config.get': free(async (gateway, {key, session_id: id}) => {
    const answer = Object.hasOwn(answers, key) ? answers[key] : undefined
    if (answer) return {result: await answer(gateway, id)}
    if (Object.hasOwn(fixedValues, key)) return {result: {value: fixedValues[key]}}
    if (isScreenSetting(key)) return {result: {value: gateway.screen.get(key)}}
    throw new RpcError(errorCodes.badValue, `unknown config key: ${key}`)
  }),

  'config.set': ordered(async (gateway, params) => {
    const {setSetting} = await import('./config-set.js')
    return setSetting(gateway, params)
  }),
}

/** What the reference has settings for, and this gateway does in one way. */
const fixedValues: Readonly<Record<string, string>> = {
  skin: 'default',
  personality: 'none',
  fast: 'normal',
}

const answers: Readonly<
  Record<string, (gateway: Gateway, id: string | null | undefined) => Promise<Record<string, unknown>>>
> = {
  /** Keys and headers are cut to what identifies them: frames end up in traces and logs. */
  async full(gateway) {
    const {values} = await gateway.services.config()
    const model = values.model ?? (await (await gateway.services.registry()).defaultId())
    return {
      config: {
        model: {default: model, provider: providerOf(model)},
        display: {
          busy_input_mode: gateway.screen.get('busy'),
          show_reasoning: showsReasoning(gateway, values),
          streaming: true,
          tui_auto_resume_recent: false,
          ...gateway.screen.display(),
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
  async effort(gateway, id) {
    const session = meantSession(gateway, id)
    if (!session) throw new RpcError(errorCodes.missingSession, 'session_id required')
    return {...(await effortOf(gateway, session))}
  },
  async reasoning(gateway, id) {
    const {values} = await gateway.services.config()
    const effort = meantSession(gateway, id)?.effort ?? values.reasoningEffort
    return {value: effort ?? 'medium', display: showsReasoning(gateway, values) ? 'show' : 'hide'}
  },
}

function showsReasoning({screen}: Gateway, values: {'ui.showReasoning': boolean}): boolean {
  const chosen = screen.chosen('show_reasoning')
  return chosen === undefined ? values['ui.showReasoning'] : chosen === 'on'
}
