// Writes oclif.manifest.json, which lets the program start without loading a command to know it.
// `--check` fails when the committed one is stale: a stale manifest hides new commands and flags.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

process.env.NODE_ENV = 'production'
const {Plugin} = await import('@oclif/core')

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const file = path.join(root, 'oclif.manifest.json')

const plugin = new Plugin({root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true})
await plugin.load()
// Sorted: oclif has them in the order in which their folders happened to be read, another on a busy machine.
const {commands, ...rest} = plugin.manifest
const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)))
const text = `${JSON.stringify({commands: sorted, ...rest}, null, 2)}\n`

if (!process.argv.includes('--check')) writeFileSync(file, text)
else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
  console.error('oclif.manifest.json is stale: run "npm run build && npm run manifest" and commit it')
  process.exitCode = 1
}
