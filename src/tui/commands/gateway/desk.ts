import {capabilities} from '../../../protocol/capabilities.js'
import type {SupervisorView} from '../../../supervisor/types.js'
import type {SlashCommand} from '../types.js'
import {type GatewayCommand, mergeCommands, readCatalog, usable} from './catalog.js'
import {ofItsScreen} from './own-method.js'
import {gatewayCommand} from './run.js'

/** Its commands are all among ours, and its catalogue need not be asked for. */
export const isBuiltIn = (can: ReadonlySet<string>): boolean => can.has(capabilities.journal)

/** The commands that can be typed now: ours, and those of a gateway of somebody else's. */
export class CommandDesk {
  readonly #own: readonly SlashCommand[]
  #all: readonly SlashCommand[]
  /** The process whose catalogue was asked for. */
  #generation = -1

  constructor(own: readonly SlashCommand[]) {
    this.#own = own
    this.#all = mergeCommands(own, [], gatewayCommand)
  }

  get all(): readonly SlashCommand[] {
    return this.#all
  }

  /**
   * Asks a process once for what it can do; false if it was asked before. Never rejects: a gateway without a catalogue
   * has no commands.
   */
  async learn(view: SupervisorView, request: (method: string) => Promise<Record<string, unknown>>): Promise<boolean> {
    if (view.generation === this.#generation) return false
    this.#generation = view.generation
    const theirs = isBuiltIn(view.capabilities) ? [] : await request('commands.catalog').then(readCatalog, none)
    const offered = usable(theirs, ofItsScreen)
    if (view.generation === this.#generation) this.#all = mergeCommands(this.#own, offered, gatewayCommand)
    return true
  }
}

const none = (): GatewayCommand[] => []
