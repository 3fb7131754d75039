// Writes what the documentation says about the configuration from the one table of src/config/schema.ts, and about keys
// from that of src/keys/table.ts, and about the wire from src/protocol: between markers, where a file has them. `--check` fails when stale.
import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {register} from 'tsx/esm/api'

register()
const {configurationTable, insertBetweenMarkers} = await import('./configuration-table.js')
const {keyTables, shortKeyTable} = await import('./key-table.js')
const {capabilityTable, errorTable, eventTable, methodTable, shapeTable} = await import('./wire-tables.js')

const parts = {
  configuration: configurationTable(),
  keys: shortKeyTable(),
  'all-keys': keyTables(),
  methods: methodTable(),
  events: eventTable(),
  shapes: shapeTable(),
  capabilities: capabilityTable(),
  errors: errorTable(),
}

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const check = process.argv.includes('--check')

for (const name of ['docs/configuration.md', 'docs/keys.md', 'docs/protocol.md', 'README.md']) {
  const file = path.join(root, name)
  if (!existsSync(file)) continue
  const before = readFileSync(file, 'utf8')
  const after = Object.entries(parts).reduce(
    (text, [name, content]) => insertBetweenMarkers(text, content, name),
    before,
  )
  if (after === before) continue
  if (!check) writeFileSync(file, after)
  else {
    console.error(`${name} is stale: run "npm run docs" and commit it`)
    process.exitCode = 1
  }
}
