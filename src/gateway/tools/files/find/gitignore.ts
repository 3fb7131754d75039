import {existsSync} from 'node:fs'
import path from 'node:path'
import {readRegularFile} from '../../../../regular-file.js'
import type {WalkedEntry} from './walk.js'

const MAX_IGNORE_BYTES = 1_048_576

/** Tells what a `.gitignore` leaves out. Reads the file of a folder when something of it is asked for first. */
export type IsIgnored = (absolute: string, kind: WalkedEntry['kind']) => boolean

/**
 * The rules of each `.gitignore` below `root`, a real path, and of those above it as far as its repository goes. Where
 * `root` itself is left out by one of those, who names it means what is in it: they do not count then.
 */
export async function gitIgnore(root: string): Promise<IsIgnored> {
  const {ignore} = await import('./ignore.js')
  const rules = new Map<string, ReturnType<typeof ignore> | undefined>()
  const rulesOf = (folder: string) => {
    if (!rules.has(folder)) {
      let text: string | undefined
      try {
        text = readRegularFile(path.join(folder, '.gitignore'), MAX_IGNORE_BYTES)
      } catch {
        // There is none, or none that can be read.
      }
      rules.set(folder, text === undefined ? undefined : ignore().add(text))
    }
    return rules.get(folder)
  }
  const within = (top: string): IsIgnored => {
    return (absolute, kind) => {
      for (let folder = path.dirname(absolute); ; folder = path.dirname(folder)) {
        const relative = path.relative(folder, absolute).split(path.sep).join('/')
        const found = rulesOf(folder)?.test(kind === 'folder' ? `${relative}/` : relative)
        // The nearest file that says something of it decides.
        if (found?.ignored) return true
        if (found?.unignored || folder === top || folder === path.dirname(folder)) return false
      }
    }
  }
  const top = repositoryOf(root) ?? root
  return within(top !== root && within(top)(root, 'folder') ? root : top)
}

/** The nearest folder from `folder` up that holds a `.git`. */
function repositoryOf(folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at
    if (at === path.dirname(at)) return undefined
  }
}
