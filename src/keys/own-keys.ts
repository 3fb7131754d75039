import {choiceText} from '../refusal/text.js'
import {collide, meet} from './bindings.js'
import {isTyped, parseKeys, shownKeys} from './spelling.js'
import {type KeyContext, type KeyRow, keyTable} from './table.js'

interface Complaint {
  path: string[]
  found: unknown
  /** Completes "expected …". */
  expected: string
}

/** Where letters are text. */
const typing: readonly KeyContext[] = ['composer', 'text', 'always', 'down', 'search', 'list']

/**
 * Checks the keys of a person: actions of the table with lists of keys, spelled in any way. Returns them spelled as the
 * table is, or all that is wrong.
 */
export function checkOwnKeys(raw: unknown): {value: Record<string, string[]>} | {complaints: Complaint[]} {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return {complaints: [{path: [], found: raw, expected: 'lists of keys by action, such as editor: [ctrl+g]'}]}
  }
  const complaints: Complaint[] = []
  const bound: {row: KeyRow; keys: string; place: string[]; found: unknown}[] = []
  const value: Record<string, string[]> = {}
  for (const [action, list] of Object.entries(raw)) {
    const row = keyTable.find((one) => one.action === action)
    if (!row || row.fixed) {
      const free = keyTable.filter(({fixed}) => !fixed).map((one) => one.action)
      const expected = row
        ? 'another action: this one keeps its keys'
        : choiceText(action, free).replace('one of', 'one of the actions')
      complaints.push({path: [action], found: list, expected})
      continue
    }
    const all = typeof list === 'string' ? [list] : list
    if (!Array.isArray(all)) {
      complaints.push({path: [action], found: list, expected: 'a list of keys such as [ctrl+g, alt+e], or [] for none'})
      continue
    }
    value[action] = []
    for (const [index, item] of all.entries()) {
      const place = typeof list === 'string' ? [action] : [action, String(index)]
      const read = typeof item === 'string' ? parseKeys(item) : {expected: 'a key such as ctrl+g'}
      if ('expected' in read) complaints.push({path: place, found: item, expected: read.expected})
      else if (isTyped(read.keys) && typing.includes(row.context)) {
        complaints.push({
          path: place,
          found: item,
          expected: `a key that types nothing, such as alt+${read.keys.at(-1)}`,
        })
      } else {
        bound.push({row, keys: read.keys, place, found: item})
        value[action].push(read.keys)
      }
    }
  }
  for (const [index, one] of bound.entries()) {
    const fixed = keyTable.find(
      (row) => row.fixed && meet(row.context, one.row.context) && row.keys.some((keys) => collide(keys, one.keys)),
    )
    const other = bound
      .slice(0, index)
      .find(
        ({row, keys}) =>
          meet(row.context, one.row.context) && collide(keys, one.keys) && (row !== one.row || keys !== one.keys),
      )
    const expected = fixed
      ? `another key: ${shownKeys(one.keys)} ${fixed.doc.split(';')[0]} (${fixed.action}), always`
      : other && `another key: ${shownKeys(other.keys)} is bound to ${other.row.action} too`
    if (expected) complaints.push({path: one.place, found: one.found, expected})
  }
  return complaints.length > 0 ? {complaints} : {value}
}
