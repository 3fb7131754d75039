import {defaultConfig, type LoadedConfig} from '../../src/config/index.js'
import type {FoundDeaths} from '../../src/doctor/deaths/types.js'
import {emptyStatistics} from '../../src/doctor/log/read-log.js'
import type {DoctorContext} from '../../src/doctor/types.js'
import {HermesError} from '../../src/errors.js'
import type {HookHost} from '../../src/lifecycle/dispatcher.js'
import {homeFiles} from '../../src/platform.js'

export function configWith(values: Partial<LoadedConfig['values']> = {}): LoadedConfig {
  const defaults = {...defaultConfig(), discoverLocal: false, ...values}
  const none = {origins: {}, ruleOrigins: {}} as Pick<LoadedConfig, 'origins' | 'ruleOrigins'>
  return {values: defaults, ...none, files: [], places: [], warnings: [], modelChoice: undefined, hints: []}
}

export function foundDeaths(found: Partial<FoundDeaths> = {}): FoundDeaths {
  return {deaths: [], total: 0, statistics: emptyStatistics(), pluginErrors: [], ...found}
}

/** A doctor's view of a home, with nothing of the developer's in it. */
export function contextFor(home: string, more: Partial<DoctorContext> = {}): DoctorContext {
  const directories = {root: home, dataDir: home, configDir: home, cacheDir: home}
  const host: HookHost = {name: 'hermes-chat', version: '0.1.0', bin: 'hermes', ...directories, plugins: new Map()}
  return {
    version: '0.1.0',
    env: {PATH: process.env.PATH, HOME: home},
    cwd: home,
    home,
    terminal: {isTerminal: true, columns: 120, rows: 40, colorDepth: 8},
    online: false,
    builtinEntry: () => {
      throw new HermesError('not built', {code: 'gateway/not-built'})
    },
    host,
    config: configWith(),
    crashLog: homeFiles(home).crashLog,
    deaths: () => foundDeaths(),
    now: Date.now(),
    ...more,
  }
}
