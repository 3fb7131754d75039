import type {Method} from '../../protocol/methods.js'
import {commandMethods} from './commands.js'
import {configMethods} from './config.js'
import type {MethodTable} from './method.js'
import {permissionMethods} from './permissions.js'
import {processMethods} from './process.js'
import {promptMethods} from './prompt.js'
import {sessionEditMethods} from './session-edit.js'
import {sessionListMethods} from './session-list.js'
import {sessionOpenMethods} from './session-open.js'
import {sessionTailMethods} from './session-tail.js'
import {setupMethods} from './setup.js'

/** Every method of the gateway; the compiler checks that none of the protocol's is missing. */
export const methods: MethodTable<Method> = {
  ...processMethods,
  ...setupMethods,
  ...configMethods,
  ...commandMethods,
  ...sessionOpenMethods,
  ...sessionListMethods,
  ...sessionEditMethods,
  ...sessionTailMethods,
  ...promptMethods,
  ...permissionMethods,
}
