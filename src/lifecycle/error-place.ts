// Also loaded by the process of a plugin, from source: it imports no other file of ours.
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const places = /(file:\/\/[^\s()]+?|(?:[A-Za-z]:)?[\\/][^\s():]+):(\d+)(?::(\d+))?(?=[\s)]|$)/g

/** Where in the plugin's own files an error came about: `src/hooks.ts:12:5`; undefined where none of them is named. */
export function placeOf(error: unknown, root: string): string | undefined {
  return error instanceof Error && typeof error.stack === 'string' ? placeIn(error.stack, root) : undefined
}

/** The first place in the plugin's own files that a stack, or what Node prints of an error, names. */
export function placeIn(text: string, root: string): string | undefined {
  for (const [, where = '', line, column] of text.slice(0, 20_000).matchAll(places)) {
    const file = fileOf(where)
    if (file === undefined) continue
    const inside = path.relative(root, file)
    if (inside.startsWith('..') || path.isAbsolute(inside) || inside.split(path.sep).includes('node_modules')) continue
    return [inside, line, ...(column === undefined ? [] : [column])].join(':')
  }
  return undefined
}

function fileOf(where: string): string | undefined {
  try {
    // What is loaded anew has a query behind its name.
    return where.startsWith('file:') ? fileURLToPath(where.replace(/[?#].*$/, '')) : where
  } catch {
    return undefined
  }
}
