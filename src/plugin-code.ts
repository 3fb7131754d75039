import {type Config, Plugin} from '@oclif/core/config'
import {exitCodes, HermesError, messageOf} from './errors.js'
import {provideOwnName} from './own-name.js'

/** What code of a plugin may take in this process before a command of it runs; hooks of the chat have the same. */
export const PLUGIN_CODE_MS = 5000

type Manifest = Plugin['manifest']
/** What oclif asks for the commands of a plugin; without a manifest file it imports them all. */
type Internals = {
  _manifest: (this: Plugin) => Promise<Manifest>
  warn: (this: Plugin, error: unknown, scope: string) => void
}

/** In words, for when the process ends meanwhile and for when it takes too long. */
const works = {
  commands: {ended: 'its commands were loaded', late: 'its commands are not loaded'},
  init: {ended: 'its init hook ran', late: 'its init hook still runs'},
}
type Work = keyof typeof works

/** Hooks that oclif runs in this process and waits for, around any command. */
const around = new Set(
  'init prerun preparse postrun finally command_not_found command_incomplete jit_plugin_not_installed preupdate update'.split(
    ' ',
  ),
)
const isAround = (event: string) => around.has(event) || event.startsWith('plugins:')

/** A plugin that a person installed or linked. */
export const isOfPerson = ({type}: Pick<Plugin, 'type'>) => type === 'user' || type === 'link'

/**
 * Code of plugins that runs in this process. A plugin that hangs or ends the process there must not do it without a
 * word: it is named, with how to be rid of it.
 */
export class PluginCode {
  readonly #busy = new Map<string, Work>()
  readonly #root: string
  readonly #warn: (text: string) => void

  /** `root`: folder of our package.json. */
  constructor(root: string, warn: (text: string) => void) {
    this.#root = root
    this.#warn = warn
    process.once('exit', this.#atExit)
  }

  /** Runs `load`, in which oclif loads plugins, without their commands: none of their code runs. */
  withoutCommands<T>(load: () => Promise<T>): Promise<T> {
    return withInternals({manifest: async ({version}) => ({commands: {}, version})}, load)
  }

  /**
   * The same with their commands, but for those that are left out; one that hangs is left without, and of one that is
   * broken a line is told.
   */
  withCommands<T>(load: () => Promise<T>, isLeftOut: (plugin: Plugin) => Promise<boolean>): Promise<T> {
    const manifest = async (plugin: Plugin, original: () => Promise<Manifest>) => {
      const {name, version} = plugin
      if (await isLeftOut(packOf(plugin))) return {commands: {}, version}
      try {
        return await this.#bounded(name, 'commands', original)
      } catch (error) {
        this.#warn(`${messageOf(error)}; ${remedy(name)}`)
        return {commands: {}, version}
      }
    }
    const told = new Set<string>()
    const warn = ({name}: Plugin, error: unknown) => {
      if (told.has(name)) return
      told.add(name)
      const [line = ''] = messageOf(error).split('\n')
      this.#warn(`a command of plugin ${name} can't be loaded: ${line}; ${remedy(name)}`)
    }
    return withInternals({manifest, warn}, load)
  }

  /**
   * Runs the command `id`. The plugin that has it runs its own hooks around it; no other plugin does: one whose `init`
   * hangs would take all commands with it.
   */
  async running<T>(config: Config, id: string, run: () => Promise<T>): Promise<T> {
    const owner = config.plugins.get(config.findCommand(id)?.pluginName ?? '') as Plugin | undefined
    for (const plugin of config.plugins.values() as Iterable<Plugin>) {
      if (isOfPerson(plugin) && (!owner || packOf(plugin) !== packOf(owner))) plugin.hooks = withoutAround(plugin.hooks)
    }
    if (!owner || !isOfPerson(owner)) return run()
    const {promise: begun, resolve: begin} = Promise.withResolvers<void>()
    for (const command of owner.commands) {
      const load = command.load
      command.load = async () => {
        begin()
        return load()
      }
    }
    const running = run()
    await this.#bounded(owner.name, 'init', () => Promise.race([begun, running]))
    return running
  }

  /** Rejects if it takes longer than {@link PLUGIN_CODE_MS}; names the plugin if the process ends meanwhile. */
  async #bounded<T>(plugin: string, work: Work, run: () => Promise<T>): Promise<T> {
    provideOwnName(this.#root)
    let timer: NodeJS.Timeout | undefined
    this.#busy.set(plugin, work)
    try {
      return await Promise.race([
        run(),
        new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(late(plugin, work)), PLUGIN_CODE_MS)
        }),
      ])
    } finally {
      clearTimeout(timer)
      this.#busy.delete(plugin)
    }
  }

  readonly #atExit = () => {
    for (const [plugin, work] of this.#busy) {
      this.#warn(`plugin ${plugin} ended hermes while ${works[work].ended}; ${remedy(plugin)}`)
      process.exitCode ||= exitCodes.failure
    }
  }
}

/** A plugin can bring others along: the one that the person chose. */
export function packOf(plugin: Plugin): Plugin {
  let top = plugin
  while (top.parent) top = top.parent
  return top
}

const withoutAround = (hooks: Plugin['hooks']) =>
  Object.fromEntries(Object.entries(hooks).filter(([event]) => !isAround(event)))

const remedy = (plugin: string) => `to be rid of it: hermes plugins uninstall ${plugin}`

function late(plugin: string, work: Work): HermesError {
  const text = `plugin ${plugin} hangs: ${works[work].late} after ${PLUGIN_CODE_MS / 1000} s`
  return new HermesError(text, {code: 'plugin/late', suggestions: [`hermes plugins uninstall ${plugin}`]})
}

/** Replaces methods of oclif's that it has no setting for, while `load` runs. */
async function withInternals<T>(
  ours: {
    manifest: (plugin: Plugin, original: () => Promise<Manifest>) => Promise<Manifest>
    warn?: (plugin: Plugin, error: unknown) => void
  },
  load: () => Promise<T>,
): Promise<T> {
  const prototype = Plugin.prototype as unknown as Internals
  const {_manifest: manifest, warn} = prototype
  prototype._manifest = function () {
    return isOfPerson(this) ? ours.manifest(this, () => manifest.call(this)) : manifest.call(this)
  }
  prototype.warn = function (error, scope) {
    if (ours.warn && isOfPerson(this)) ours.warn(this, error)
    else warn.call(this, error, scope)
  }
  try {
    return await load()
  } finally {
    Object.assign(prototype, {_manifest: manifest, warn})
  }
}
