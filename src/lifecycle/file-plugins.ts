import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {hookNames, type PluginHooks} from './declared-hooks.js'
import type {GatewayHookName} from './hooks.js'

/** What a plugin of one file exports for each hook. */
export const exportOf: Readonly<Record<GatewayHookName, string>> = {
  'gateway:spawn': 'onSpawn',
  'gateway:exit': 'onExit',
  'gateway:recover': 'onRecover',
  'gateway:attach': 'onAttach',
  'gateway:detach': 'onDetach',
  'session:waiting': 'onWaiting',
  'chat:end': 'onEnd',
  'tool:before': 'onToolBefore',
  'tool:after': 'onToolAfter',
  'turn:end': 'onTurnEnd',
  'gateway:lifecycle': 'onLifecycle',
}

export const fileShape = /^[^.][^/\\]*\.[cm]?[jt]s$/
const otherShape = /\.(?:d|test|spec)\.[cm]?[jt]s$/

export const filePluginFolder = (home: string) => path.join(home, 'plugins')

/**
 * Names of the files in `$HERMES_HOME/plugins` that are each a plugin, sorted. Folders are none, with whatever they hold:
 * the gateway of Hermes Agent keeps its own there.
 */
export function filePlugins(home: string): string[] {
  try {
    return readdirSync(filePluginFolder(home), {withFileTypes: true})
      .filter((entry) => !entry.isDirectory() && fileShape.test(entry.name) && !otherShape.test(entry.name))
      .map(({name}) => name)
      .sort()
  } catch {
    // There is no such folder.
    return []
  }
}

/**
 * Which hooks a file has is known when it is loaded; of one whose name does not stand in it that is known before, so that
 * no call of a tool waits for a file that has nothing to say.
 */
export function hooksOfFile(file: string): PluginHooks {
  const root = path.dirname(file)
  const name = path.basename(file)
  const text = textOf(file)
  const hooks = hookNames.map((hook) => ({
    hook,
    target: `./${name}`,
    identifier: exportOf[hook],
    file,
    optional: true,
    named: text.includes(exportOf[hook]) || /export\s*\*/.test(text),
  }))
  return {plugin: {name, version: '', root}, builtIn: false, hooks}
}

/** Why it can't be read is told when it is loaded. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
