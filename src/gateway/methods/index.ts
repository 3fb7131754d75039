import type {Method} from '../../protocol/methods.js'
import {agentMethods} from './agents.js'
import {commandMethods} from './commands.js'
import {configMethods} from './config.js'
import {jobMethods} from './jobs.js'
import type {MethodTable} from './method.js'
import {permissionMethods} from './permissions.js'
import {processMethods} from './process.js'
import {promptMethods} from './prompt.js'
import {rollbackMethods} from './rollback.js'
import {sessionCompressMethods} from './session-compress.js'
import {sessionEditMethods} from './session-edit.js'
import {sessionListMethods} from './session-list.js'
import {sessionOpenMethods} from './session-open.js'
import {sessionTailMethods} from './session-tail.js'
import {setupMethods} from './setup.js'
import {shellMethods} from './shell.js'
import {toolHookMethods} from './tool-hooks.js'

/** Every method of the gateway; the compiler checks that none of the protocol's is missing. */
export const methods: MethodTable<Method> = {
  ...processMethods,
  ...setupMethods,
  ...configMethods,
  ...commandMethods,
  ...sessionOpenMethods,
  ...sessionListMethods,
  ...sessionEditMethods,
  ...sessionCompressMethods,
  ...sessionTailMethods,
  ...promptMethods,
  ...permissionMethods,
  ...toolHookMethods,
  ...shellMethods,
  ...jobMethods,
  ...agentMethods,
  ...rollbackMethods,
}
