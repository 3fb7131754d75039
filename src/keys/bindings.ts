import {type Pressed, spellingsOf} from './spelling.js'
import {type Action, type KeyContext, type KeyRow, type KeyState, keyTable, layers} from './table.js'

/** What a person bound: each action's keys in place of those of the table. Checked, and spelled as the table is. */
export type OwnKeys = Readonly<Record<string, readonly string[]>>

export interface BoundRow extends KeyRow {
  /** Bound by the person. */
  own: boolean
}

export interface Bindings {
  /** The table with one's own keys; a default that somebody else's action took is not in it. */
  rows: readonly BoundRow[]
  /** By context what keys do; undefined for those that begin others. */
  keys: ReadonlyMap<KeyContext, ReadonlyMap<string, Action | undefined>>
}

export function bindingsOf(own: OwnKeys): Bindings {
  const bound = keyTable.map((row) => ({
    ...row,
    keys: own[row.action] ?? row.keys,
    own: Object.hasOwn(own, row.action),
  }))
  const taken = bound.filter((row) => row.own)
  const rows = bound.map((row) =>
    row.own || row.fixed
      ? row
      : {...row, keys: row.keys.filter((keys) => !taken.some((other) => takes(other, row, keys)))},
  )
  const contexts = new Map<KeyContext, Map<string, Action | undefined>>()
  for (const {context, action, keys} of rows) {
    const map = contexts.get(context) ?? new Map<string, Action | undefined>()
    contexts.set(context, map)
    for (const one of keys) {
      for (let at = one.indexOf(' '); at !== -1; at = one.indexOf(' ', at + 1)) map.set(one.slice(0, at), undefined)
      map.set(one, action)
    }
  }
  return {rows, keys: contexts}
}

function takes(owner: BoundRow, row: KeyRow, keys: string): boolean {
  return owner.keys.some((mine) => collide(mine, keys)) && meet(owner.context, row.context)
}

/** One is the other, or begins it: then the longer one could never be pressed. */
export function collide(keys: string, others: string): boolean {
  return keys === others || keys.startsWith(`${others} `) || others.startsWith(`${keys} `)
}

/** Both count in one state. */
export function meet(context: KeyContext, other: KeyContext): boolean {
  return Object.values(layers).some((all: readonly KeyContext[]) => all.includes(context) && all.includes(other))
}

/** `action`: what the key does; `begun`: the keys so far begin a longer one. */
export type Found = {action: Action} | {begun: string} | undefined

/** What a key does in a state, after those that were pressed before it (`begun`). */
export function findAction(bindings: Bindings, state: KeyState, press: Pressed, begun = ''): Found {
  const contexts: readonly KeyContext[] = layers[state]
  const spelled = spellingsOf(press).map((key) => (begun === '' ? key : `${begun} ${key}`))
  // Ctrl+Shift+A is Ctrl+A only where nobody has bound it.
  for (const keys of spelled) {
    const owners = contexts.flatMap((context) => bindings.keys.get(context) ?? []).filter((map) => map.has(keys))
    const action = owners.map((map) => map.get(keys)).find((one) => one !== undefined)
    if (action !== undefined) return {action}
    if (owners.length > 0) return {begun: keys}
  }
  return undefined
}
