import {exitCodes, HermesError} from '../errors.js'
import type {SessionSummary} from '../gateway/store/types.js'
import {closest} from '../refusal/closest.js'
import {agoText} from './list.js'

export interface Named {
  key: string
  title: string | null
  lastActiveAt: number
}

/** What is told of a session before it is deleted. */
export type ListedSession = Pick<SessionSummary, 'key' | 'title' | 'preview' | 'messageCount' | 'lastActiveAt'>

export interface Pruned {
  /** Those that were not active for so long, oldest last. */
  old: ListedSession[]
  /** Of them, those that another program works on: they stay. */
  held: ListedSession[]
  deleted: number
}

/** So many are told where a name fits several. */
export const CANDIDATES = 8

/**
 * The session with that key or title, else the only one whose title has those words, in any case. `exact`: no such guess.
 *
 * @throws HermesError `session/not-found`, or `session/ambiguous` with those that fit
 */
export function matched<T extends Named>(name: string, sessions: readonly T[], {exact}: {exact: boolean}): T {
  const same = sessions.find(({key}) => key === name) ?? sessions.find(({title}) => title === name.trim())
  if (same) return same
  const words = name.toLowerCase().split(/\s+/).filter(Boolean)
  const has = ({title}: Named) => words.length > 0 && words.every((word) => title?.toLowerCase().includes(word))
  return onlyOne(name, sessions.filter(has), {
    exact,
    names: () => sessions.flatMap(({key, title}) => (title === null ? [key] : [key, title])),
  })
}

/** What follows of those whose title fits. `names`: all that there are, to tell what was likely meant. */
export function onlyOne<T extends Named>(
  name: string,
  like: readonly T[],
  {exact, names}: {exact: boolean; names: () => readonly string[]},
): T {
  const [one, another] = like
  if (one && !another && !exact) return one
  throw one ? ambiguous(name, like) : notFound(name, names())
}

function ambiguous(name: string, like: readonly Named[]): HermesError {
  const now = Date.now()
  const shown = like
    .slice(0, CANDIDATES)
    .map(({key, title, lastActiveAt}) => `${key}  ${title} (${agoText(lastActiveAt, now)})`)
  const more = like.length > CANDIDATES ? ['… and more: hermes sessions lists all'] : []
  const text =
    like.length > 1
      ? `several sessions have "${name}" in their title`
      : `no session has the key or title "${name}": a part of a title is not enough here`
  return new HermesError(text, {
    code: 'session/ambiguous',
    exit: exitCodes.sessionNotFound,
    suggestions: [...shown, ...more],
  })
}

export function notFound(name: string, names: readonly string[]): HermesError {
  const near = closest(name, names)
  return new HermesError(`no session has the key or title "${name}"`, {
    code: 'session/not-found',
    exit: exitCodes.sessionNotFound,
    suggestions: [
      ...(near === undefined ? [] : [`did you mean ${near}?`]),
      'hermes sessions lists them all',
      'hermes sessions search WORDS looks into what was said',
    ],
  })
}
