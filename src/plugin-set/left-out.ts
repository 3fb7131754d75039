import {readFileSync} from 'node:fs'
import path from 'node:path'
import type {MissingPlugin} from '../lifecycle/missing-plugins.js'
import {disabledPlugins} from './disabled.js'

/** Why a plugin that is there is not used, in words that follow its name. */
export interface LeftOut {
  /** The person wants it so, and need not be told of it. */
  wanted: boolean
  text: string
}

export interface Judged {
  readonly name: string
  /** Its package.json. */
  readonly pjson?: unknown
}

/**
 * Judges plugins of the person: those that were disabled, and those whose `engines.hermes` has not our version, are left
 * out. `disabled`: names, default those of the file in `dataDir`; throws a HermesError where it can't be read.
 */
export function judgePlugins(
  {dataDir, version}: {readonly dataDir: string; readonly version: string},
  disabled: readonly string[] = disabledPlugins(dataDir),
): (plugin: Judged) => Promise<LeftOut | undefined> {
  return async ({name, pjson}) => {
    if (disabled.includes(name)) {
      return {wanted: true, text: `plugin ${name} is disabled: hermes plugins enable ${name}`}
    }
    const {engines} = (pjson ?? {}) as {engines?: {hermes?: unknown}}
    const range = engines?.hermes
    if (range === undefined) return
    const remedy = `to be rid of it: hermes plugins uninstall ${name}`
    const {isInRange} = await import('./semver.js')
    const fits = typeof range === 'string' ? isInRange(version, range) : undefined
    if (fits) return
    const told = JSON.stringify(range)
    if (fits === undefined) {
      const text = `"engines.hermes" in its package.json is ${told}; expected a range like "^${version}"`
      return {wanted: false, text: `plugin ${name} is left out, ${text}; ${remedy}`}
    }
    return {
      wanted: false,
      text: `plugin ${name} is left out, it is for hermes ${range} and this is ${version}: hermes plugins update; ${remedy}`,
    }
  }
}

/** Of plugins that are not loaded, those that were left out: the others can't be loaded. */
export async function leftOutOf(
  host: {readonly dataDir: string; readonly version: string},
  missing: readonly MissingPlugin[],
): Promise<{plugin: MissingPlugin; why: LeftOut}[]> {
  if (missing.length === 0) return []
  const judge = judgePlugins(host)
  const found = await Promise.all(
    missing.map(async (plugin) => {
      const why = await judge({name: plugin.name, pjson: packageOf(plugin.root)})
      return why ? [{plugin, why}] : []
    }),
  )
  return found.flat()
}

function packageOf(root: string): unknown {
  try {
    return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  } catch {
    return undefined
  }
}
