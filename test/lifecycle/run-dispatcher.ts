import {createDispatcher, type HookHost} from '../../src/lifecycle/dispatcher.js'

// run-dispatcher.ts DIRECTORY PLUGINS LAUNCHER: a chat that waits for its end.
const [directory = '', plugins = '[]', launcher = '[]'] = process.argv.slice(2)
const directories = {root: directory, dataDir: directory, configDir: directory, cacheDir: directory}
const host: HookHost = {
  name: 'hermes-chat',
  version: '0.1.0',
  bin: 'hermes',
  ...directories,
  plugins: new Map(JSON.parse(plugins)),
}
await createDispatcher(host, {
  settings: {home: directory, log: {enabled: false, path: `${directory}/log`, maxBytes: 4096, files: 1}},
  launcher: JSON.parse(launcher),
})
setInterval(() => {}, 1000)
