import type {HookHealth} from '../../lifecycle/dispatcher.js'
import {createDispatcher} from '../../lifecycle/dispatcher.js'
import {type MissingPlugin, missingPlugins} from '../../lifecycle/missing-plugins.js'
import type {LogEntry} from '../log/entry.js'
import {count} from '../text.js'
import type {Check, DoctorContext} from '../types.js'

const LOAD_MS = 1200

/**
 * Loads the modules of every plugin with gateway hooks as the chat does, each in a process of its
 * own, and says which hook has no function. No hook is called.
 */
export const pluginsCheck: Check = {
  id: 'plugins',
  title: 'Plugins',
  timeoutMs: LOAD_MS + 600,
  async run(context) {
    const {host, home, crashLog: path, env} = context
    const dispatcher = await createDispatcher(host, {
      settings: {home, log: {enabled: false, path, maxBytes: 4096, files: 1}},
      loadTimeoutMs: LOAD_MS,
      env,
    })
    try {
      await dispatcher.loaded
      return judge(dispatcher.health(), missingPlugins(host), context)
    } finally {
      dispatcher.endNow()
    }
  },
}

function judge(plugins: readonly HookHealth[], missing: readonly MissingPlugin[], context: DoctorContext) {
  const errors = context.deaths().pluginErrors
  const evidence: string[] = []
  const remedies = new Set<string>()
  let broken = 0
  let failing = 0
  for (const {plugin, version, root, hooks} of plugins) {
    evidence.push(`${plugin} ${version}: ${hooks.map(({hook}) => hook).join(', ')}`)
    for (const {hook, target, identifier, problem} of hooks) {
      if (problem === undefined) continue
      broken += 1
      evidence.push(`  ${hook} → ${target} (${identifier}): ${problem}`)
      remedies.add(`Correct it in ${root}/package.json or in ${target}; without it: hermes plugins uninstall ${plugin}`)
    }
    const last = lastFailure(errors, plugin)
    if (!last) continue
    failing += 1
    evidence.push(
      `  last failure ${new Date(last.time).toISOString()}: ${last.fields.get('kind')}: ${last.fields.get('message')}`,
    )
  }
  for (const {name, why} of missing) {
    evidence.push(`${name}: ${why}`)
    remedies.add(`Put it back, or be rid of it: hermes plugins uninstall ${name}`)
  }
  const remedy = [...remedies]
  if (missing.length > 0) {
    return {status: 'fail' as const, summary: `${count(missing.length, 'plugin')} can't be loaded`, evidence, remedy}
  }
  const names = count(plugins.length, 'plugin')
  const total = plugins.reduce((sum, {hooks}) => sum + hooks.length, 0)
  if (broken > 0) {
    return {status: 'fail' as const, summary: `${count(broken, 'hook')} of ${total} cannot be called`, evidence, remedy}
  }
  const status = failing > 0 ? ('warn' as const) : ('ok' as const)
  const failures = failing > 0 ? `; ${count(failing, 'plugin')} failed lately` : ''
  return {status, summary: `${names}, ${count(total, 'hook')} loaded${failures}`, evidence, remedy}
}

function lastFailure(errors: readonly LogEntry[], plugin: string): LogEntry | undefined {
  return errors.findLast((entry) => entry.fields.get('plugin') === plugin)
}
