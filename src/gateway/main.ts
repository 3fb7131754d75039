import {takeCompileCache} from '../compile-cache.js'
import {isEntry} from './entry.js'
import {runGatewayProcess} from './process/process.js'

export {runGatewayProcess}

if (isEntry(import.meta.url)) {
  takeCompileCache(process.env)
  // Not awaited: a module that never finishes would hold up whoever imports it.
  void runGatewayProcess()
}
