// Writes what the documentation says about the configuration from the one table of src/config/schema.ts:
// docs/configuration.md between its markers, and README.md where it has them. `--check` fails when stale.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {register} from 'tsx/esm/api'

register()
const {configurationTable, insertBetweenMarkers} = await import('./configuration-table.js')

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const check = process.argv.includes('--check')

for (const name of ['docs/configuration.md', 'README.md']) {
  const file = path.join(root, name)
  if (!existsSync(file)) continue
  const before = readFileSync(file, 'utf8')
  const after = insertBetweenMarkers(before, configurationTable())
  if (after === before) continue
  if (!check) writeFileSync(file, after)
  else {
    console.error(`${name} is stale: run "npm run docs" and commit it`)
    process.exitCode = 1
  }
}
