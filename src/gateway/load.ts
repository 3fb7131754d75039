import {fileURLToPath} from 'node:url'
import {takeCompileCache} from '../compile-cache.js'
import {isEntry} from './entry.js'
import {loadProgram} from './process/code-cache.js'

/** Path of the bundled program from here; the build knows it. */
declare const GATEWAY_PROGRAM: string

/** As {@link import('./process/process.js').runGatewayProcess}, in the bundle. */
export function runGatewayProcess(): Promise<void> {
  const file = fileURLToPath(new URL(GATEWAY_PROGRAM, import.meta.url))
  const {exports, keep} = loadProgram<typeof import('./process/process.js')>(file, {
    ...takeCompileCache(process.env),
    moduleUrl: import.meta.url,
  })
  return exports.runGatewayProcess({keep})
}

// Not awaited: a module that never finishes would hold up whoever imports it.
if (isEntry(import.meta.url)) void runGatewayProcess()
