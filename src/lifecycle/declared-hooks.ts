import {existsSync, statSync} from 'node:fs'
import path from 'node:path'
import {closest} from '../refusal/closest.js'
import {unknownText} from '../refusal/text.js'
import type {DeclaredHook, HookPlugin} from './hook-runner.js'
import type {GatewayHookName, HookConfig} from './hooks.js'

/** In the order in which they are listed. */
export const hookNames = [
  'gateway:spawn',
  'gateway:exit',
  'gateway:recover',
  'gateway:attach',
  'gateway:detach',
  'session:waiting',
  'chat:end',
  'tool:before',
  'tool:after',
  'turn:end',
  'gateway:lifecycle',
] as const satisfies readonly GatewayHookName[]
const extensions = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

/** What the dispatcher needs of oclif's `Config`, which has it. */
export interface HookHost extends HookConfig {
  readonly plugins: ReadonlyMap<
    string,
    HookPlugin & {
      readonly isRoot: boolean
      /** Its package.json, for what oclif does not read. */
      readonly pjson?: unknown
      readonly hooks: Readonly<Record<string, readonly {readonly target: string; readonly identifier: string}[]>>
    }
  >
}

export interface PluginHooks {
  plugin: HookPlugin
  /** Part of this program: called in its own process. */
  builtIn: boolean
  /** In the order of package.json. */
  hooks: readonly DeclaredHook[]
}

/** The plugins that have gateway hooks, built-in ones first. */
export function declaredHooks(host: HookHost, fromSource: boolean): PluginHooks[] {
  const found: PluginHooks[] = []
  for (const {name, version, root, isRoot, hooks: declared} of host.plugins.values()) {
    const hooks = hookNames.flatMap((hook) =>
      (declared[hook] ?? []).map(({target, identifier}) => {
        const source = isRoot && fromSource ? target.replace(/^(?:\.\/)?dist\/(.*)\.js$/, 'src/$1.ts') : target
        return {hook, target, identifier, file: moduleFile(path.join(root, source))}
      }),
    )
    if (hooks.length > 0) found.push({plugin: {name, version, root}, builtIn: isRoot, hooks})
  }
  return found.sort((a, b) => Number(b.builtIn) - Number(a.builtIn))
}

/** Words that only names of ours begin with; a plugin may call hooks of its own, by any other name. */
const ourWords = new Set(hookNames.map((name) => name.split(':')[0]))

/** Names of hooks that were meant to be ours and are not: nothing would ever call them. */
export function unknownHooks(host: HookHost): {plugin: HookPlugin; problems: readonly string[]}[] {
  return [...host.plugins.values()].map(({name, version, root, hooks}) => ({
    plugin: {name, version, root},
    problems: Object.keys(hooks).flatMap((hook) => {
      const isOurs = ourWords.has(hook.split(':')[0] ?? '') || (hook.includes(':') && closest(hook, hookNames))
      if (!isOurs || hookNames.some((known) => known === hook)) return []
      return [`"oclif.hooks" in its package.json: ${unknownText(hook, 'a hook', hookNames)}`]
    }),
  }))
}

/** As oclif finds it: the extension may be left out, and a folder stands for its index. */
export function moduleFile(file: string): string | undefined {
  const candidates = [file, ...extensions.map((extension) => file + extension)]
  for (const extension of extensions) candidates.push(path.join(file, `index${extension}`))
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile())
}
