import {writeSync} from 'node:fs'
import {lineOf} from '../../gateway/rpc-error.js'
import {runAgentGateway} from './run.js'

// The words behind the file: the name of an agent, or its command.
runAgentGateway(process.argv.slice(2)).catch((error: unknown) => {
  writeSync(2, `[gateway-crash] ${lineOf(error)}\n`)
  process.exit(1)
})
