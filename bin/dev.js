#!/usr/bin/env node
// Runs from source, without a build: node bin/dev.js chat
import {launch, root, withCommand} from './launcher.js'

// Both are loaded by a Node that is new enough alone.
launch('dev.js', () => import('tsx/esm/api').then(start))

function start({register}) {
  // oclif maps dist/commands to src/commands by it.
  process.env.NODE_ENV = 'development'
  const args = withCommand(process.argv.slice(2), process.stdin.isTTY && process.stdout.isTTY)
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...args)
  register({tsconfig: new URL('../tsconfig.json', import.meta.url).pathname})
  return import('../src/cli.ts').then(({runCli}) => runCli(root, {development: true}))
}
