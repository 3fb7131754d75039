#!/usr/bin/env node
// Runs from source, without a build: node bin/dev.js chat
import {register} from 'tsx/esm/api'
import {root} from './launcher.js'

// oclif maps dist/commands to src/commands by it.
process.env.NODE_ENV = 'development'
register({tsconfig: new URL('../tsconfig.json', import.meta.url).pathname})
const {runCli} = await import('../src/cli.ts')
await runCli(root, {development: true})
