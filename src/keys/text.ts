import type {BoundRow} from './bindings.js'
import {shownKeys} from './spelling.js'
import {type Action, contextTitles, type KeyContext, type KeyRow, keyTable} from './table.js'

/** The rows of one context, under its title. */
export interface KeySection {
  context: KeyContext
  title: string
  rows: {keys: string; doc: string; action: string; own: boolean; fixed: boolean}[]
}

/** The first key of an action, as it is shown; undefined where it has none. */
export function firstKey(bound: readonly KeyRow[], action: Action): string | undefined {
  const [keys] = bound.find((row) => row.action === action)?.keys ?? []
  return keys === undefined ? undefined : shownKeys(keys)
}

/** The key of an action that a hint names, as the person has bound it; undefined where there is none. */
export type KeyNames = (action: Action) => string | undefined

export const keyNames =
  (bound: readonly KeyRow[]): KeyNames =>
  (action) =>
    firstKey(bound, action)

/** Those of the table. */
export const tableKeys = keyNames(keyTable)

/** `↑↓`, `Shift+↑↓` or `Alt+P Alt+N`: the keys of two actions that belong together; undefined where there is none. */
export function keyPair(key: KeyNames, action: Action, other: Action): string | undefined {
  const both = [key(action), key(other)].filter((one) => one !== undefined)
  const [one = '', two] = both
  const arrow = two === undefined ? undefined : /^(.*)[↑↓←→]$/.exec(two)?.[1]
  if (arrow !== undefined && one.startsWith(arrow) && /^[↑↓←→]$/.test(one.slice(arrow.length))) {
    return one + two?.slice(arrow.length)
  }
  return both.length === 0 ? undefined : both.join(' ')
}

/** Parts of a hint, each a key and what it does; those without a key are left out. */
export function hintOf(parts: readonly (readonly [key: string | undefined, does: string] | string)[]): string {
  return parts
    .flatMap((part) => {
      if (typeof part === 'string') return [part]
      const [key, does] = part
      return key === undefined ? [] : [`${key} ${does}`]
    })
    .join(' · ')
}

/** All keys by state, for `/keys` and the README; `word`: only what has it in it. */
export function keySections(bound: readonly BoundRow[], word = ''): KeySection[] {
  const wanted = word.toLowerCase()
  const contexts = Object.keys(contextTitles) as KeyContext[]
  return contexts.flatMap((context) => {
    const title = contextTitles[context]
    const all = bound
      .filter((row) => row.context === context)
      .map(({keys, label, doc, action, own, fixed}) => {
        const shown = label ?? (keys.length === 0 ? 'no key' : keys.map(shownKeys).join(', '))
        return {keys: shown, doc, action, own, fixed: fixed === true}
      })
    const rows = all.filter((row) => `${title} ${row.keys} ${row.doc} ${row.action}`.toLowerCase().includes(wanted))
    return rows.length === 0 ? [] : [{context, title, rows}]
  })
}
