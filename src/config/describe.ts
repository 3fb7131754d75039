import {visibleText} from '../control-sequences.js'
import {redactValue} from '../redact/index.js'
import type {LoadedConfig, Origin} from './load.js'
import {type ConfigKey, configKeys} from './schema.js'

/** One effective value, fit to be shown: secrets are cut. */
export interface SettingView {
  key: ConfigKey
  value: unknown
  origin: Origin
}

export function describeSettings(config: LoadedConfig): SettingView[] {
  return configKeys.map((key) => ({
    key,
    value: redactValue(config.values[key], key) ?? null,
    origin: config.origins[key],
  }))
}

/** A value on one line: text as it is, lists and groups as JSON, `–` for none. It can't drive the terminal. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  return visibleText(typeof value === 'string' ? value.replaceAll(/[ \t\r\n]+/g, ' ') : JSON.stringify(value))
}

/** Where a value comes from, in as few words as say it. `home` is shown as `~`. */
export function originText(origin: Origin, home: string): string {
  switch (origin.kind) {
    case 'default':
      return 'default'
    case 'user':
    case 'project':
      return shortPath(origin.file, home)
    case 'environment':
      return origin.variable
    case 'flag':
      return 'command line'
  }
}

/** A path to be shown. */
export function shortPath(file: string, home: string): string {
  const inHome = file.startsWith(`${home}/`) || file.startsWith(`${home}\\`)
  return visibleText(inHome ? `~${file.slice(home.length)}` : file)
}
