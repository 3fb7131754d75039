import {type CrashLog, createCrashLog, defineHook, type HookContext, type HookSettings} from '../../index.js'
import {recordOf} from './record-of.js'

/** One log for each run: the settings are the same object for all events of one. */
const logs = new WeakMap<HookSettings, CrashLog>()

/**
 * Writes every lifecycle event into the crash log. Runs in the chat's own process and is done when
 * it returns, so that what must be on disk before an act is there.
 */
export const onLifecycle = defineHook<'gateway:lifecycle'>(({settings, config: _, context, ...event}) => {
  if (!settings.log.enabled) return
  logOf(settings, context).write(recordOf(event))
})

function logOf(settings: HookSettings, context: HookContext): CrashLog {
  const known = logs.get(settings)
  if (known) return known
  const {path, maxBytes, files} = settings.log
  const log = createCrashLog({path, maxBytes, files, onFailure: (message) => context.warn(message)})
  logs.set(settings, log)
  return log
}
