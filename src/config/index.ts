export {changedKeys, changeText} from './changes.js'
export {expectation} from './check.js'
export {describeSettings, originText, type SettingView, shortPath, valueText} from './describe.js'
export type {Place} from './discover.js'
export {type LoadedConfig, type LoadOptions, loadConfig, type Origin, type UsedFile} from './load.js'
export {homeDirectory, trustFile, userConfigDirectory} from './paths.js'
export {projectPlaces, userPlaces} from './read.js'
export {redact} from './redact.js'
export {
  type Config,
  type ConfigKey,
  configKeys,
  defaultConfig,
  isConfigKey,
  type ProviderConfig,
  type Setting,
  settingOf,
  settings,
} from './schema.js'
export {watchFiles} from './watch.js'
