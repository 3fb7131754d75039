import type {SessionConfigOption, SessionModeState} from '@agentclientprotocol/sdk'
import type {SessionInfo} from '../../protocol/methods.js'

const modes = [
  {id: 'ask', name: 'Ask', description: 'Asks before files are changed and commands are run'},
  {id: 'accept-edits', name: 'Accept edits', description: 'Changes files of the workspace without asking'},
  {id: 'plan', name: 'Plan', description: 'Only reads'},
] as const

/** What only a flag begins with is shown, and can be left. */
const bypass = {id: 'bypass', name: 'Bypass', description: 'Nothing is asked'}

export type ModeId = (typeof modes)[number]['id']

export const isMode = (id: string): id is ModeId => modes.some((mode) => mode.id === id)

/** Undefined for a gateway that has none. */
export function modesOf({permission_mode: current}: SessionInfo): SessionModeState | undefined {
  if (current === undefined) return undefined
  return {currentModeId: current, availableModes: [...modes, ...(current === 'bypass' ? [bypass] : [])]}
}

/** `models`: answer of `model.options`. */
export function configOptionsOf(info: SessionInfo, models: Record<string, unknown> | undefined): SessionConfigOption[] {
  const state = modesOf(info)
  const names = modelNames(models)
  const current =
    info.model.includes('/') || !info.provider || info.provider === info.model
      ? info.model
      : `${info.provider}/${info.model}`
  const all = names.includes(current) ? names : [current, ...names]
  return [
    ...(state
      ? [
          {
            id: 'mode',
            name: 'Permissions',
            category: 'mode',
            type: 'select',
            currentValue: state.currentModeId,
            options: state.availableModes.map(({id, name, description}) => ({
              value: id,
              name,
              ...(description ? {description} : {}),
            })),
          } satisfies SessionConfigOption,
        ]
      : []),
    {
      id: 'model',
      name: 'Model',
      category: 'model',
      type: 'select',
      currentValue: current,
      options: all.map((value) => ({value, name: value})),
    },
  ]
}

/** `provider/name` of each. */
function modelNames(answer: Record<string, unknown> | undefined): string[] {
  const providers = Array.isArray(answer?.providers) ? answer.providers : []
  return providers.flatMap((provider: unknown): string[] => {
    const {slug, models} = (provider ?? {}) as {slug?: unknown; models?: unknown}
    if (typeof slug !== 'string' || !Array.isArray(models)) return []
    return models.flatMap((name: unknown) =>
      typeof name !== 'string' ? [] : name === slug || name.startsWith(`${slug}/`) ? [name] : [`${slug}/${name}`],
    )
  })
}
