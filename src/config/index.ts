export {changedKeys, changeText} from './changes.js'
export {expectation} from './check.js'
export {describeSettings, originText, type SettingView, shortPath, valueText} from './describe.js'
export type {Place} from './files/discover.js'
export {projectPlaces, userPlaces} from './files/read.js'
export {watchFiles} from './files/watch.js'
export {type Hint, type LoadedConfig, type LoadOptions, loadConfig, type Origin, type UsedFile} from './load.js'
export {homeDirectory, trustFile, userConfigDirectory} from './paths.js'
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
