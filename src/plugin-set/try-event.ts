import {exitCodes, HermesError} from '../errors.js'
import {createDispatcher, type HookFailure, type HookHost, type PluginMessage} from '../lifecycle/dispatcher.js'
import {type GatewayHookName, type HookEvent, hooksFor} from '../lifecycle/hooks.js'
import type {ToolDecision} from '../lifecycle/tool-hooks/verdict.js'
import {unknownText, wrongText} from '../refusal/text.js'
import {eventTypes, sampleEvent} from '../testing.js'

/** Told to plugins; the other is of plugins. */
const types = eventTypes.filter((type) => type !== 'plugin-error')

export interface TryEventOptions {
  /** oclif's `Config`. */
  host: HookHost
  /** `$HERMES_HOME`, for files that are plugins and for what hooks are told. */
  home: string
  env: NodeJS.ProcessEnv
  /** As in the chat, milliseconds. */
  timeoutMs: number
  /** Files that are each a plugin; default those of `home`. */
  files?: readonly string[] | undefined
  /** The person's own lines of shell. */
  lines: Readonly<Partial<Record<GatewayHookName, string>>>
}

export interface Tried {
  event: HookEvent
  /** Of `tool:before`: what all hooks together say of the call. */
  decision?: ToolDecision | undefined
  plugins: {
    plugin: string
    hooks: readonly string[]
    said: readonly Pick<PluginMessage, 'level' | 'text'>[]
    /** `threw: no socket`; undefined when all went well. */
    failure: string | undefined
    /** The slowest of its hooks, milliseconds. */
    tookMs: number
  }[]
}

/** The sample that is meant by a type (`exit`) or a hook (`gateway:exit`), with changes as `field=value`, JSON or text. */
export function eventFor(word: string, changes: readonly string[]): HookEvent {
  const byHook = types.filter((type) => hooksFor(sampleEvent(type))[0] === word)
  const type = types.find((one) => one === word) ?? byHook[0]
  if (type === undefined || word === 'gateway:lifecycle') {
    const known = [...types, ...types.flatMap((one) => hooksFor(sampleEvent(one)))]
    throw refused(
      unknownText(
        word,
        'an event',
        known.filter((name) => name !== 'gateway:lifecycle'),
      ),
      [`one of ${types.join(', ')}`],
    )
  }
  const event = sampleEvent(type)
  return Object.assign(event, Object.fromEntries(changes.map((change) => changeOf(change, event))))
}

/** Sends the event to all hooks of plugins as the chat does, and reports what they did. Nothing is written of it. */
export async function tryEvent(event: HookEvent, options: TryEventOptions): Promise<Tried> {
  const {host, home, env, timeoutMs, lines, files} = options
  const messages: PluginMessage[] = []
  const others = new Map([...host.plugins].filter(([, {isRoot}]) => !isRoot))
  const dispatcher = await createDispatcher(hostOf(host, others), {
    settings: {home, log: {enabled: false, path: `${home}/logs/crash.log`, maxBytes: 1_048_576, files: 5}},
    timeoutMs,
    lines,
    ...(files && {files}),
    env,
    onMessage: (message) => messages.push(message),
  })
  try {
    await dispatcher.loaded
    const loaded = new Map(dispatcher.health().map((plugin) => [plugin.plugin, plugin]))
    const decision = event.type === 'tool-before' ? await dispatcher.decide(event) : undefined
    if (!decision) dispatcher.dispatch(event)
    await dispatcher.drain(event.type === 'end' ? event.deadlineMs : 1000 + timeoutMs * 2)
    const wanted: readonly string[] = hooksFor(event)
    const plugins = dispatcher.health().flatMap(({plugin, hooks, lastFailure, slowestMs}) => {
      const called = (loaded.get(plugin)?.hooks ?? hooks)
        .filter(({hook}) => wanted.includes(hook))
        .map(({hook}) => hook)
      if (called.length === 0 && !lastFailure) return []
      const said = messages.filter((message) => message.plugin === plugin).map(({level, text}) => ({level, text}))
      const failure = lastFailure && failureText(lastFailure)
      return [{plugin, hooks: called, said, failure, tookMs: Math.round(slowestMs)}]
    })
    return {event, plugins, decision}
  } finally {
    dispatcher.endNow()
  }
}

/** `threw: no socket, at hooks.js:3:5`. */
export function failureText({kind, message, at}: Pick<HookFailure, 'kind' | 'message' | 'at'>): string {
  return `${kind}: ${message}${at === undefined ? '' : `, at ${at}`}`
}

/** As lines for people. */
export function triedText({event, plugins, decision}: Tried): string[] {
  const hooks = hooksFor(event)
  if (plugins.length === 0) return [`no plugin has a hook for ${hooks.join(' or ')}`]
  const lines = plugins.flatMap(({plugin, hooks: called, said, failure, tookMs}) => [
    failure === undefined ? `${plugin}: ${called.join(', ')} done in ${tookMs} ms` : `${plugin}: failed (${failure})`,
    ...said.map(({level, text}) => `  ${level}: ${text}`),
  ])
  return decision ? [...lines, decisionText(decision)] : lines
}

function decisionText({verdict, failed}: ToolDecision): string {
  if (verdict?.kind === 'deny') return `the call is denied by ${verdict.plugin}: ${verdict.reason}`
  if (verdict) return `the person is asked, for ${verdict.plugin}: ${verdict.reason}`
  const left = 'the call is left to your rules and mode'
  return failed.length > 0 ? `${left}, unless hooks.toolBeforeFailure says otherwise` : left
}

/** oclif's `Config` has functions that spreading would lose, and none of them is needed. */
function hostOf(
  {name, version, bin, root, dataDir, configDir, cacheDir}: HookHost,
  plugins: HookHost['plugins'],
): HookHost {
  return {name, version, bin, root, dataDir, configDir, cacheDir, plugins}
}

function changeOf(change: string, event: HookEvent): [string, unknown] {
  const cut = change.indexOf('=')
  if (cut < 1) throw refused(wrongText('--set', JSON.stringify(change), 'FIELD=VALUE'), ['--set expected=true'])
  const field = change.slice(0, cut)
  const text = change.slice(cut + 1)
  const fields = Object.keys(event).filter((name) => name !== 'type' && name !== 'schemaVersion')
  if (!fields.includes(field))
    throw refused(unknownText(field, `a field of ${event.type}`, fields), [`one of ${fields.join(', ')}`])
  try {
    return [field, JSON.parse(text)]
  } catch {
    return [field, text]
  }
}

function refused(text: string, suggestions: readonly string[]): HermesError {
  return new HermesError(text, {code: 'plugins/event', exit: exitCodes.usage, suggestions})
}
