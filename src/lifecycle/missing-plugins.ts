import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {messageOf} from '../errors.js'
import type {HookHost} from './declared-hooks.js'

/** A plugin that was installed or linked, and is not there when hermes starts. */
export interface MissingPlugin {
  name: string
  /** Its folder. */
  root: string
  /** `there is no /home/me/diary`. */
  why: string
}

/** oclif keeps what was installed and linked in the package.json of its data folder, and leaves out what it can't read. */
export function missingPlugins({dataDir, plugins}: Pick<HookHost, 'dataDir' | 'plugins'>): MissingPlugin[] {
  const loaded = [...plugins.values()]
  return listed(dataDir).flatMap(({name, root}) =>
    loaded.some((plugin) => plugin.name === name || plugin.root === root) ? [] : [{name, root, why: whyMissing(root)}],
  )
}

/** One line, with what to do. */
export function missingText({name, why}: MissingPlugin): string {
  return `plugin ${name} is left out, ${why}; to be rid of it: hermes plugins uninstall ${name}`
}

function listed(dataDir: string): {name: string; root: string}[] {
  let entries: unknown
  try {
    entries = JSON.parse(readFileSync(path.join(dataDir, 'package.json'), 'utf8')).oclif?.plugins
  } catch {
    // Nothing was ever installed.
  }
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry: {name?: unknown; root?: unknown} | null) => {
    const name = entry?.name
    if (typeof name !== 'string') return []
    return [{name, root: typeof entry?.root === 'string' ? entry.root : path.join(dataDir, 'node_modules', name)}]
  })
}

function whyMissing(root: string): string {
  const file = path.join(root, 'package.json')
  if (!existsSync(root)) return `there is no ${root}`
  if (!existsSync(file)) return `there is no ${file}`
  try {
    JSON.parse(readFileSync(file, 'utf8'))
    return `${file} is not that of a plugin`
  } catch (error) {
    return `${file} can't be read: ${messageOf(error)}`
  }
}
