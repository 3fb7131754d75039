import {existsSync, readFileSync, statSync} from 'node:fs'
import path from 'node:path'
import {exitCodes, HermesError, messageOf} from '../errors.js'
import type {HookHost} from '../lifecycle/declared-hooks.js'
import {filePluginFolder, filePlugins, fileShape} from '../lifecycle/file-plugins.js'
import {missingPlugins} from '../lifecycle/missing-plugins.js'
import {closest} from '../refusal/closest.js'
import {meantText} from '../refusal/text.js'

/** A plugin that is worked on. */
export type WorkedOn =
  /** A package, in a folder. */
  | {kind: 'package'; root: string}
  /** A single file. */
  | {kind: 'file'; file: string}

type Hooks = Record<string, {target: string; identifier: string}[]>

/**
 * The plugin of a name or a path; of nothing the one in `cwd`, else the only one that is linked or a file. Throws a
 * HermesError where there is none, or more than one.
 */
export function findPlugin(
  word: string | undefined,
  {host, home, cwd}: {host: HookHost; home: string; cwd: string},
): WorkedOn {
  const known = knownPlaces(host, home)
  if (word !== undefined) {
    const named = known.get(word)
    const found = named ?? atPath(path.resolve(cwd, word))
    if (found) return found
    throw refused(`there is no plugin "${word}"${meantText(closest(word, [...known.keys()]))}`, [
      'hermes plugins',
      'a folder with a package.json that has "oclif", or a .ts or .js file',
    ])
  }
  if (isPackage(cwd)) return {kind: 'package', root: cwd}
  const [only, ...others] = known.values()
  if (only && others.length === 0) return only
  const names = [...known.keys()].map((name) => `hermes plugins watch ${name}`)
  throw refused(only ? 'which plugin?' : 'there is no plugin here, and none is linked', [
    ...names.slice(0, 5),
    'hermes plugins watch FOLDER',
  ])
}

/** What oclif would say of it, with what is in its package.json now. Throws a HermesError for what can't be read. */
export function hostOfPackage(host: HookHost, root: string): HookHost {
  const file = path.join(root, 'package.json')
  let pjson: {name?: unknown; version?: unknown; oclif?: {hooks?: unknown}}
  try {
    pjson = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new HermesError(`package.json can't be read: ${messageOf(error)}`, {code: 'plugins/package'})
  }
  if (typeof pjson?.name !== 'string') throw new HermesError('package.json has no "name"', {code: 'plugins/package'})
  const {name, version} = pjson
  const plugin = {
    name,
    version: typeof version === 'string' ? version : '',
    root,
    isRoot: false,
    pjson,
    hooks: hooksIn(pjson.oclif?.hooks),
  }
  const {version: of, bin, dataDir, configDir, cacheDir} = host
  const own = {name: host.name, version: of, bin, root: host.root, dataDir, configDir, cacheDir}
  return {...own, plugins: new Map([[name, plugin]])}
}

/** As oclif reads them: a path alone stands for its default export, and one hook may have several. */
function hooksIn(declared: unknown): Hooks {
  if (typeof declared !== 'object' || declared === null) return {}
  return Object.fromEntries(
    Object.entries(declared).map(([hook, value]) => [
      hook,
      [value].flat().flatMap((one: unknown) => {
        if (typeof one === 'string') return [{target: one, identifier: 'default'}]
        const {target, identifier} = (one ?? {}) as {target?: unknown; identifier?: unknown}
        if (typeof target !== 'string') return []
        return [{target, identifier: typeof identifier === 'string' ? identifier : 'default'}]
      }),
    ]),
  )
}

function knownPlaces(host: HookHost, home: string): Map<string, WorkedOn> {
  const packages = [...[...host.plugins.values()].filter(({isRoot}) => !isRoot), ...missingPlugins(host)]
  return new Map<string, WorkedOn>([
    ...packages.map(({name, root}): [string, WorkedOn] => [name, {kind: 'package', root}]),
    ...filePlugins(home).map((name): [string, WorkedOn] => [
      name,
      {kind: 'file', file: path.join(filePluginFolder(home), name)},
    ]),
  ])
}

function atPath(place: string): WorkedOn | undefined {
  if (isPackage(place)) return {kind: 'package', root: place}
  const isFile = existsSync(place) && statSync(place).isFile()
  return isFile && fileShape.test(path.basename(place)) ? {kind: 'file', file: place} : undefined
}

function isPackage(folder: string): boolean {
  try {
    const {oclif, hermes} = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    return (oclif ?? hermes) !== undefined
  } catch {
    return false
  }
}

function refused(text: string, suggestions: readonly string[]): HermesError {
  return new HermesError(text, {code: 'plugins/unknown', exit: exitCodes.usage, suggestions})
}
