import {errorCodes} from '../../protocol/frames.js'
import type {SessionElsewhere} from '../../protocol/methods.js'
import {when} from '../text/when.js'
import {openPicker, type Picker} from './picker.js'

/** A session that another hermes works on. */
export interface Elsewhere {
  key: string
  title: string
  /** The gateway that has it. */
  pid: number | undefined
  /** UTC, seconds; 0 when it was not told. */
  since: number
  /** That one has no terminal: who opens the session in a hermes of its own goes on there. */
  detached?: boolean
  /** It was open here until the other one took it over. */
  taken: boolean
  /** It was watched here, and is open nowhere now. */
  gone?: boolean
  /** What happens there is seen here. */
  watched?: boolean
}

export type ElsewhereChoice = 'take-over' | 'watch' | 'read' | 'branch' | 'new'

/** What a refusal tells of the session and of who has it; undefined for any other refusal. */
export function elsewhereOf(refusal: {code: unknown; data?: Record<string, unknown> | undefined}, taken: boolean) {
  if (refusal.code !== errorCodes.ownedElsewhere) return undefined
  const data: Partial<Record<keyof SessionElsewhere | 'gone', unknown>> = refusal.data ?? {}
  const {session_key: key, title, pid, since, detached} = data
  if (typeof key !== 'string') return undefined
  const elsewhere: Elsewhere = {
    key,
    title: typeof title === 'string' ? title : '',
    pid: typeof pid === 'number' ? pid : undefined,
    since: typeof since === 'number' ? since : 0,
    ...(detached === true && {detached}),
    taken,
    ...(data.gone === true && {gone: true}),
  }
  return elsewhere
}

/** `another hermes (pid 4711, since 2026-11-03 14:05)`: as much of it as is known. */
export function holderOf({pid, since, detached}: Elsewhere): string {
  const facts = [pid === undefined ? '' : `pid ${pid}`, when(since) && `since ${when(since)}`].filter(Boolean)
  const who = detached ? 'a gateway without a terminal' : 'another hermes'
  return facts.length > 0 ? `${who} (${facts.join(', ')})` : who
}

/**
 * `replaces`: there is no session here that goes on otherwise. `live`: what runs there can go on here. `agent`: one answers
 * there, whose sessions can't be watched or copied.
 */
export function elsewherePicker(
  {taken, gone, watched}: Elsewhere,
  replaces: boolean,
  live = false,
  agent = false,
): Picker {
  type Choice = {value: ElsewhereChoice; label: string; detail: string}
  const go = live ? 'go on here, also with what runs' : 'go on here; interrupts what runs there'
  const takeOver: Choice = gone
    ? {value: 'take-over', label: 'Open it', detail: 'go on here'}
    : {value: 'take-over', label: taken ? 'Take it back' : 'Take over', detail: go}
  const choices: Choice[] = [
    takeOver,
    ...(live && !watched && !agent
      ? [{value: 'watch' as const, label: 'Watch', detail: 'see it as it happens; changes nothing'}]
      : []),
    ...(watched
      ? []
      : [{value: 'read' as const, label: 'Read only', detail: 'see what is there now; changes nothing'}]),
    ...(agent ? [] : [{value: 'branch' as const, label: 'Branch', detail: 'go on here in a copy of it'}]),
  ]
  if (replaces) choices.push({value: 'new', label: 'New session', detail: 'draft and queue come along'})
  const question = gone ? 'The session is open nowhere now. What now?' : 'The session is open elsewhere. What now?'
  return openPicker('elsewhere', question, choices)
}
