import {existsSync} from 'node:fs'
import path from 'node:path'
import {HermesError} from '../errors.js'
import {moduleFile} from '../lifecycle/declared-hooks.js'
import {
  createDispatcher,
  type HookFailure,
  type HookFailureKind,
  type HookHealth,
  type HookHost,
} from '../lifecycle/dispatcher.js'
import type {HookEvent} from '../lifecycle/hooks.js'
import {hostOfPackage, type WorkedOn} from './find-plugin.js'
import {failureText, triedText, tryEvent} from './try-event.js'

export interface CheckOptions {
  /** oclif's `Config`. */
  host: HookHost
  /** `$HERMES_HOME`. */
  home: string
  env: NodeJS.ProcessEnv
  /** Of one hook, milliseconds. */
  timeoutMs: number
  /** Samples that are sent to its hooks; default none. */
  events?: readonly HookEvent[]
}

export interface Checked {
  ok: boolean
  /** For people. */
  lines: string[]
}

/** Loads a plugin as it is now, in a new process: what it subscribes to, what is wrong with it and where. Never rejects. */
export async function checkPlugin(plugin: WorkedOn, options: CheckOptions): Promise<Checked> {
  if (plugin.kind === 'file' && !existsSync(plugin.file)) {
    return {ok: false, lines: [`✗ ${path.basename(plugin.file)} is not there: it was moved or removed`]}
  }
  try {
    return await checked(plugin, options)
  } catch (error) {
    if (error instanceof HermesError) return {ok: false, lines: [`✗ ${error.message}`]}
    throw error
  }
}

async function checked(plugin: WorkedOn, options: CheckOptions): Promise<Checked> {
  const {home, env, timeoutMs, events = []} = options
  const host = plugin.kind === 'package' ? hostOfPackage(options.host, plugin.root) : withoutPlugins(options.host)
  const files = plugin.kind === 'file' ? [plugin.file] : []
  const failures: HookFailure[] = []
  const log = {enabled: false, path: path.join(home, 'logs', 'crash.log'), maxBytes: 1_048_576, files: 5}
  const dispatcher = await createDispatcher(host, {
    settings: {home, log},
    timeoutMs,
    env,
    files,
    onFailure: (failure) => failures.push(failure),
  })
  try {
    await dispatcher.loaded
    const [health] = dispatcher.health()
    const [declared] = host.plugins.values()
    const name = declared?.name ?? (plugin.kind === 'file' ? path.basename(plugin.file) : '')
    const hooks = [...new Set(health?.hooks.filter(({problem}) => !problem).map(({hook}) => hook))]
    const commands: string[] = []
    const problems = problemsOf(health, plugin.kind === 'file' ? name : undefined)
    const unparsed = problems.findIndex((problem) => / SyntaxError: (?!.*, at )/.test(problem))
    if (unparsed >= 0 && health) {
      const {syntaxPlace} = await import('./syntax-place.js')
      const files = health.hooks.flatMap(({target}) => moduleFile(path.join(health.root, target)) ?? [])
      const place = await syntaxPlace(health.root, files)
      if (place !== undefined) problems[unparsed] += `, at ${place}`
    }
    problems.push(...failures.filter(({kind}) => !atLoad.has(kind)).map((each) => `✗ ${name}: ${failureText(each)}`))
    problems.push(...dispatcher.problems.map((problem) => `✗ ${problem}`))
    for (const command of dispatcher.commands) {
      const found = await command.probe()
      if (found.ok) commands.push(`/${command.name}`)
      else problems.push(`✗ /${command.name}: ${failureText(found)}`)
    }
    const has = [...hooks, ...commands].join(', ') || 'no hook and no slash command'
    const lines = [`${`${name} ${declared?.version ?? ''}`.trim()}: ${has}`, ...problems]
    let ok = problems.length === 0
    if (ok) {
      for (const event of events) {
        const tried = await tryEvent(event, {host, home, env, timeoutMs, files, lines: {}})
        lines.push(...triedText(tried))
        ok &&= tried.plugins.every(({failure}) => failure === undefined)
      }
    }
    return {ok, lines}
  } finally {
    dispatcher.endNow()
  }
}

/** What is told hook by hook. */
const atLoad: ReadonlySet<HookFailureKind> = new Set(['load', 'missing-export'])

/** Hooks that can't be called, those with the same trouble in one line. `file`: it stands for all hooks of a single file. */
function problemsOf(health: HookHealth | undefined, file: string | undefined): string[] {
  const hooks = new Map<string, Set<string>>()
  for (const {hook, problem} of health?.hooks ?? []) {
    if (problem === undefined) continue
    hooks.set(problem, (hooks.get(problem) ?? new Set()).add(file ?? hook))
  }
  return [...hooks].map(([problem, names]) => `✗ ${[...names].join(', ')}: ${problem}`)
}

function withoutPlugins({name, version, bin, root, dataDir, configDir, cacheDir}: HookHost): HookHost {
  return {name, version, bin, root, dataDir, configDir, cacheDir, plugins: new Map()}
}
