import path from 'node:path'
import {inspectorFlags} from '../../../src/protocol/inspector.js'
import {root} from '../../helpers/build.js'
import {Harness, type HarnessOptions} from './harness.js'

/** The built-in gateway as it is installed; `ensureBuilt()` comes first. */
export const bundledGateway = [process.execPath, ...inspectorFlags, path.join(root, 'dist', 'gateway', 'main.js')]

/** For NODE_OPTIONS: loads a fixture into the real gateway before its own first module. */
export function preload(fixture: string): string {
  return `--import ${new URL(`../fixtures/${fixture}`, import.meta.url).href}`
}

/** A supervisor over the built-in gateway with the offline model. */
export function bundledHarness({gateway, script, ...options}: HarnessOptions = {}): Promise<Harness> {
  return Harness.create({
    ...options,
    gateway: {command: bundledGateway, ...gateway},
    script: {HERMES_MODEL: 'offline', ...script},
  })
}
