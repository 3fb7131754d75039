import {capabilities} from '../../../protocol/capabilities.js'
import type {SupervisorView} from '../../../supervisor/types.js'
import type {SlashCommand} from '../types.js'
import {type GatewayCommand, mergeCommands, readCatalog, readFileCommands, usable} from './catalog.js'
import {ofItsScreen} from './own-method.js'
import {gatewayCommand} from './run.js'

/** Its commands are all among ours, but for those of files. */
export const isBuiltIn = (can: ReadonlySet<string>): boolean => can.has(capabilities.journal)

/** The commands that can be typed now: ours, and those of a gateway of somebody else's. */
export class CommandDesk {
  readonly #own: readonly SlashCommand[]
  #all: readonly SlashCommand[]
  /** The process whose catalogue was asked for. */
  #generation = -1
  /** Files that are no commands, a line each. */
  problems: readonly string[] = []
  /** That the project has some which the person has not trusted. */
  untrusted: string | undefined

  constructor(own: readonly SlashCommand[]) {
    this.#own = own
    this.#all = mergeCommands(own, [], gatewayCommand)
  }

  get all(): readonly SlashCommand[] {
    return this.#all
  }

  /**
   * Asks a process once for what it can do, and `again` where files may have changed; false if it was asked before.
   * Never rejects: a gateway without a catalogue has no commands.
   */
  async learn(
    view: SupervisorView,
    request: (method: string) => Promise<Record<string, unknown>>,
    again = false,
  ): Promise<boolean> {
    if (view.generation === this.#generation && !again) return false
    this.#generation = view.generation
    const answer = await request('commands.catalog').catch(() => ({}))
    if (view.generation !== this.#generation) return true
    const offered = isBuiltIn(view.capabilities) ? this.#ofFiles(answer) : usable(readCatalog(answer), ofItsScreen)
    this.#all = mergeCommands(this.#own, offered, gatewayCommand)
    return true
  }

  /** Notes which of them are not used, and why. */
  #ofFiles(answer: Record<string, unknown>): GatewayCommand[] {
    const found = readFileCommands(answer)
    const names = new Set(this.#own.flatMap(({name, aliases}) => [name, ...aliases]))
    const taken = found.filter(({name}) => names.has(name))
    const warning = typeof answer.warning === 'string' ? answer.warning.split('\n').filter(Boolean) : []
    const collisions = taken.map(({name, path}) => `${path} is not used: /${name} is a command of hermes`)
    this.problems = [...warning, ...collisions]
    this.untrusted = typeof answer.untrusted === 'string' ? answer.untrusted : undefined
    return found.filter(({name}) => !names.has(name))
  }
}
