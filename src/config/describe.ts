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

/** A value on one line: text as it is, lists and groups as JSON, `–` for none. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return '–'
  return typeof value === 'string' ? value.replaceAll(/\s+/g, ' ') : JSON.stringify(value)
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

export function shortPath(file: string, home: string): string {
  return file.startsWith(`${home}/`) || file.startsWith(`${home}\\`) ? `~${file.slice(home.length)}` : file
}
