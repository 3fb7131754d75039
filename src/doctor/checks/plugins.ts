import path from 'node:path'
import {commandProblems} from '../../lifecycle/command-problems.js'
import {createDispatcher, type Dispatcher, LOAD_TIMEOUT_MS} from '../../lifecycle/dispatcher.js'
import {type MissingPlugin, missingPlugins} from '../../lifecycle/missing-plugins.js'
import {leftOutOf} from '../../plugin-set/left-out.js'
import type {LogEntry} from '../log/entry.js'
import {count, shellWord} from '../text.js'
import type {Check, DoctorContext, Finding, Remedy} from '../types.js'

const LATELY_MS = 86_400_000

/** A plugin, and what of it can't be used beside its hooks: one line each. */
interface Unusable {
  plugin: string
  root: string
  what: 'command' | 'slash command'
  problem: string
}

/**
 * Loads the hooks, slash commands and commands of every plugin as the chat and `hermes` do, with the same deadlines, in
 * processes of its own. None of them is called.
 */
export const pluginsCheck: Check = {
  id: 'plugins',
  title: 'Plugins',
  timeoutMs: 2 * LOAD_TIMEOUT_MS + 1000,
  async run(context) {
    const {host, home, crashLog: path, env} = context
    const dispatcher = await createDispatcher(host, {
      settings: {home, log: {enabled: false, path, maxBytes: 4096, files: 1}},
      env,
    })
    try {
      const absent = missingPlugins(host)
      const [unusable, leftOut] = await Promise.all([
        findUnusable(dispatcher, context),
        leftOutOf(host, absent),
        dispatcher.loaded,
      ])
      const missing = absent.filter((plugin) => !leftOut.some((one) => one.plugin === plugin))
      return judge({dispatcher, unusable, missing, leftOut, context})
    } finally {
      dispatcher.endNow()
    }
  },
}

async function findUnusable({commands}: Pick<Dispatcher, 'commands'>, {host, env}: DoctorContext): Promise<Unusable[]> {
  const rootOf = (name: string) => host.plugins.get(name)?.root ?? ''
  const found = await Promise.all([
    ...commands.map(async ({plugin, name, probe}): Promise<Unusable[]> => {
      const outcome = await probe()
      const root = rootOf(plugin)
      return outcome.ok ? [] : [{plugin, root, what: 'slash command', problem: `/${name}: ${outcome.message}`}]
    }),
    ...[...host.plugins.values()].map(async ({name: plugin, root, isRoot, pjson}): Promise<Unusable[]> => {
      const {oclif} = (pjson ?? {}) as {oclif?: {commands?: unknown}}
      if (isRoot || oclif?.commands === undefined) return []
      const problems = await commandProblems({host: host.root, root}, {timeoutMs: LOAD_TIMEOUT_MS, env})
      return problems.map((problem) => ({plugin, root, what: 'command', problem}))
    }),
  ])
  return found.flat()
}

interface Found {
  dispatcher: Pick<Dispatcher, 'health' | 'problems'>
  unusable: readonly Unusable[]
  missing: readonly MissingPlugin[]
  leftOut: Awaited<ReturnType<typeof leftOutOf>>
  context: DoctorContext
}

function judge({dispatcher, unusable, missing, leftOut, context}: Found): Finding {
  const {host, now} = context
  const plugins = dispatcher.health()
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
    evidence.push(`${`${plugin} ${version}`.trim()}: ${hooks.map(({hook}) => hook).join(', ')}`)
    const bad = hooks.filter(({problem}) => problem !== undefined)
    broken += bad.length
    for (const {hook, target, identifier, problem} of bad) {
      evidence.push(`  ${hook} → ${target} (${identifier}): ${problem}`)
      const file = path.join(root, target)
      if (path.basename(target) === plugin) {
        const command = `${host.bin} plugins disable ${shellWord(plugin)}`
        remedies.set(plugin, {text: `Correct it in ${file}, or leave it out`, command})
        continue
      }
      const places = `${path.join(root, 'package.json')} or ${file}`
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
  for (const {plugin, root, what, problem} of unusable) {
    evidence.push(`${plugin}: ${what} ${problem}`)
    remedies.set(plugin, {text: `Correct it in ${root}, or take the plugin out`, ...takeOut(plugin)})
  }
  evidence.push(...dispatcher.problems)
  for (const {plugin, why} of leftOut) {
    evidence.push(why.text)
    if (!why.wanted) remedies.set(plugin.name, {text: `Update ${plugin.name}, or take it out`, ...takeOut(plugin.name)})
  }
  const remedy = [...remedies.values()]
  const total = plugins.reduce((sum, {hooks}) => sum + hooks.length, 0)
  const problems = [
    ...(broken > 0 ? [`${count(broken, 'hook')} of ${total} cannot be called`] : []),
    ...(missing.length > 0 ? [`${count(missing.length, 'plugin')} cannot be loaded`] : []),
  ]
  for (const what of ['command', 'slash command'] as const) {
    const bad = unusable.filter((one) => one.what === what).length
    if (bad > 0) problems.push(`${count(bad, what)} cannot be loaded`)
  }
  if (problems.length > 0) return {status: 'fail', summary: problems.join(', '), evidence, remedy}
  const others = plugins.filter(({plugin}) => !host.plugins.get(plugin)?.isRoot).length
  const summary =
    others === 0
      ? "none with hooks, apart from the crash log's own"
      : `${count(others, 'plugin')} with hooks; all ${total} are loaded, the crash log's own among them`
  const unfit = leftOut.filter(({why}) => !why.wanted).length
  if (unfit > 0)
    return {status: 'warn', summary: `${count(unfit, 'plugin')} left out, for another hermes`, evidence, remedy}
  const wrong = dispatcher.problems.length
  if (wrong > 0)
    return {status: 'warn', summary: `${count(wrong, 'declaration')} that nothing comes of`, evidence, remedy}
  if (failing === 0) return {status: 'ok', summary, evidence, remedy}
  return {status: 'warn', summary: `${count(failing, 'plugin')} failed in the last 24 hours`, evidence, remedy}
}

function lastFailure(errors: readonly LogEntry[], plugin: string): LogEntry | undefined {
  return errors.findLast((entry) => entry.fields.get('plugin') === plugin)
}
