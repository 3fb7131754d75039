import type {PermissionMode} from '../../permissions/types.js'

/** What a chat was started with that comes back to a gateway which another one started. */
export interface Terms {
  /** Of the flag, else as configured. */
  mode: PermissionMode
  /** There was a flag for it. */
  byFlag: boolean
  /** The gateway was started with the same settings and flags. */
  same: boolean
  model?: string | undefined
}

export interface Return {
  /** To be set at once. */
  set?: PermissionMode
  /** The mode that the gateways to come begin with. */
  keep?: PermissionMode
  /** Between two turns another gateway takes its place, which works by our terms. */
  replace: boolean
  /** One line for the person, where something is not as it was or as was asked for. */
  text?: string
}

/** From what asks the most to what asks for nothing. */
const strictness: readonly PermissionMode[] = ['plan', 'ask', 'accept-edits', 'bypass']

/**
 * What holds of two chats' terms. The stricter mode holds at once. A laxer one never holds for what was begun without it:
 * by a flag it holds from the next prompt on, else the mode stays that somebody chose. `now`: the session's mode.
 */
export function onReturn(now: PermissionMode | undefined, busy: boolean, terms: Terms): Return {
  const {mode, byFlag, same, model} = terms
  const by = now === undefined ? 0 : strictness.indexOf(mode) - strictness.indexOf(now)
  if (by < 0) {
    const why = byFlag ? 'as this chat was started' : 'as configured'
    const text = `permissions: ${mode} from now on, ${why} · ${now} was for the chat before`
    return {set: mode, replace: !same, text}
  }
  if (by > 0 && byFlag) {
    const text = busy
      ? `what runs goes on with the permissions "${now}" · ${mode} holds from the next prompt on`
      : undefined
    return {replace: true, ...(text && {text})}
  }
  if (by > 0) return {keep: now as PermissionMode, replace: !same, text: `permissions: still ${now} · /mode changes it`}
  const tells = busy && !(same && model === undefined)
  return {replace: !same, ...(tells && {text: 'settings and flags of this chat hold from the next prompt on'})}
}
