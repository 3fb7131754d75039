import type {Supervisor} from '../../supervisor/types.js'
import {type CommandDesk, isBuiltIn} from '../commands/gateway/desk.js'
import {missingSetup} from '../commands/gateway/setup.js'
import type {SlashCommand} from '../commands/types.js'
import {isLive} from '../state/state.js'
import type {Store} from '../state/store.js'
import {oneLine} from '../text/sanitize.js'
import type {Tone} from '../transcript/items.js'
import {welcomeItems} from './welcome.js'

export interface MeetingOptions {
  store: Store
  supervisor: Supervisor
  desk: CommandDesk
  /** The person is new here. */
  newHome: boolean
  notice(tone: Tone, text: string): void
}

/** What a gateway is asked for by itself when it has a session open: its commands, its setup, a word for who is new. */
export class Meeting {
  readonly #options: MeetingOptions
  #welcomed = false

  constructor(options: MeetingOptions) {
    this.#options = options
  }

  /** Asks the built-in gateway anew for what files define. */
  async learn(): Promise<{commands: readonly SlashCommand[]; untrusted: string | undefined}> {
    const {store, desk} = this.#options
    const {view} = store.state
    if (isLive(store.state) && isBuiltIn(view.capabilities)) await desk.learn(view, this.#request, true)
    return {commands: desk.all, untrusted: desk.untrusted}
  }

  /** A gateway is asked which commands it has, and somebody else's what it lacks. */
  async meet(): Promise<void> {
    const {store, desk, notice} = this.#options
    const {view} = store.state
    if (!(await desk.learn(view, this.#request))) return
    if (isBuiltIn(view.capabilities)) {
      // Told once: a gateway that took the place of another finds the same.
      if (view.generation > 1) return
      for (const problem of desk.problems) notice('warn', oneLine(problem, 400))
      if (desk.untrusted !== undefined) notice('info', oneLine(desk.untrusted, 400))
      return
    }
    const missing = await missingSetup(this.#request)
    if (missing) notice('warn', missing)
  }

  /** Once, for who is new here, and for who has nothing yet that answers. */
  async welcome(): Promise<void> {
    const {store, newHome} = this.#options
    const {view, session} = store.state
    const isNew = newHome || session.model === 'offline'
    const hasBegun = () => store.state.items.some(({kind}) => kind === 'user')
    if (!isNew || this.#welcomed || !isBuiltIn(view.capabilities) || hasBegun()) return
    this.#welcomed = true
    const status = await this.#request('setup.found').catch(() => ({}))
    const told = welcomeItems(status, session.model ?? '')
    // Never between a prompt and its reply.
    if (told.length > 0 && !hasBegun()) store.dispatch({type: 'aside', items: told})
  }

  readonly #request = (method: string) => this.#options.supervisor.request(method, {})
}
