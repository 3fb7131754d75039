// Biome, and what mends a file that is only not formatted. Part of `npm run lint`.
import {spawnSync} from 'node:child_process'
import {createRequire} from 'node:module'

const biome = createRequire(import.meta.url).resolve('@biomejs/biome/bin/biome')
const {status} = spawnSync(process.execPath, [biome, 'check', '.', ...process.argv.slice(2)], {stdio: 'inherit'})
if (status !== 0)
  console.error('What can be put right by itself, `npm run format` puts right: formatting, order of imports.')
process.exitCode = status ?? 1
