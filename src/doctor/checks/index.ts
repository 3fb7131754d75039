import type {Check} from '../types.js'
import {agentsCheck} from './agents.js'
import {configurationCheck} from './configuration.js'
import {crashLogCheck} from './crash-log.js'
import {databaseCheck} from './database.js'
import {deathsCheck} from './deaths.js'
import {detachedCheck} from './detached.js'
import {gatewayCheck} from './gateway.js'
import {homeCheck} from './home.js'
import {leftoversCheck} from './leftovers.js'
import {mcpCheck} from './mcp.js'
import {memoryCheck} from './memory.js'
import {nodeCheck} from './node.js'
import {pluginsCheck} from './plugins.js'
import {providerCheck} from './provider.js'
import {sandboxCheck} from './sandbox.js'
import {terminalCheck} from './terminal.js'

/** In the order in which they are shown. */
export const checks: readonly Check[] = [
  nodeCheck,
  terminalCheck,
  configurationCheck,
  homeCheck,
  gatewayCheck,
  databaseCheck,
  providerCheck,
  mcpCheck,
  agentsCheck,
  sandboxCheck,
  pluginsCheck,
  crashLogCheck,
  memoryCheck,
  detachedCheck,
  leftoversCheck,
  deathsCheck,
]
