import path from 'node:path'
import type {HookHealth} from '../../lifecycle/dispatcher.js'
import {createDispatcher} from '../../lifecycle/dispatcher.js'
import {type MissingPlugin, missingPlugins} from '../../lifecycle/missing-plugins.js'
import type {LogEntry} from '../log/entry.js'
import {count, shellWord} from '../text.js'
import type {Check, DoctorContext, Finding, Remedy} from '../types.js'

const LOAD_MS = 1200
const LATELY_MS = 86_400_000

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

function judge(plugins: readonly HookHealth[], missing: readonly MissingPlugin[], context: DoctorContext): Finding {
  const {host, now} = context
  const errors = context.deaths().pluginErrors
  const evidence: string[] = []
  const remedies = new Map<string, Remedy>()
  const takeOut = (plugin: string) => ({command: `${host.bin} plugins uninstall ${shellWord(plugin)}`})
  for (const {name, why} of missing) {
    evidence.push(`${name}: ${why}`)
    remedies.set(name, {text: `Put ${name} back, or take it out`, ...takeOut(name)})
  }
  let broken = 0
  let failing = 0
  for (const {plugin, version, root, hooks} of plugins) {
    evidence.push(`${plugin} ${version}: ${hooks.map(({hook}) => hook).join(', ')}`)
    const bad = hooks.filter(({problem}) => problem !== undefined)
    broken += bad.length
    for (const {hook, target, identifier, problem} of bad) {
      evidence.push(`  ${hook} → ${target} (${identifier}): ${problem}`)
      const places = `${path.join(root, 'package.json')} or ${path.join(root, target)}`
      remedies.set(`${plugin} ${target}`, {text: `Correct it in ${places}, or take the plugin out`, ...takeOut(plugin)})
    }
    const last = lastFailure(errors, plugin)
    if (!last) continue
    evidence.push(
      `  last failure ${new Date(last.time).toISOString()}: ${last.fields.get('kind')}: ${last.fields.get('message')}`,
    )
    // What could not be loaded then can be now.
    if (bad.length > 0 || last.fields.get('kind') === 'load' || now - last.time > LATELY_MS) continue
    failing += 1
    remedies.set(plugin, {text: `Tell the author of ${plugin}, or take it out`, ...takeOut(plugin)})
  }
  const remedy = [...remedies.values()]
  const total = plugins.reduce((sum, {hooks}) => sum + hooks.length, 0)
  const problems = [
    ...(broken > 0 ? [`${count(broken, 'hook')} of ${total} cannot be called`] : []),
    ...(missing.length > 0 ? [`${count(missing.length, 'plugin')} cannot be loaded`] : []),
  ]
  if (problems.length > 0) return {status: 'fail', summary: problems.join(', '), evidence, remedy}
  const others = plugins.filter(({plugin}) => !host.plugins.get(plugin)?.isRoot).length
  const summary =
    others === 0
      ? "none with hooks, apart from the crash log's own"
      : `${count(others, 'plugin')} with hooks; all ${total} are loaded, the crash log's own among them`
  if (failing === 0) return {status: 'ok', summary, evidence, remedy}
  return {status: 'warn', summary: `${count(failing, 'plugin')} failed in the last 24 hours`, evidence, remedy}
}

function lastFailure(errors: readonly LogEntry[], plugin: string): LogEntry | undefined {
  return errors.findLast((entry) => entry.fields.get('plugin') === plugin)
}
