import type {HookHost} from '../lifecycle/declared-hooks.js'
import {filePlugins} from '../lifecycle/file-plugins.js'
import {missingPlugins} from '../lifecycle/missing-plugins.js'

/** Names of all plugins that the person installed, linked or put into `home`, those that are left out too. `host`: oclif's `Config`. */
export function knownPlugins(host: HookHost, home: string): string[] {
  const used = [...host.plugins.values()].filter(({isRoot}) => !isRoot)
  return [...new Set([...[...used, ...missingPlugins(host)].map(({name}) => name), ...filePlugins(home)])].sort()
}
