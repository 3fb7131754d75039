import {messageOf} from '../../errors.js'
import {randomUuid} from '../../platform.js'
import {RequestError} from '../../supervisor/wire/request-error.js'
import type {PastedTexts} from '../composer/pasted.js'
import {isLive} from '../state/state.js'
import type {Store} from '../state/store.js'
import {oneLine} from '../text/sanitize.js'
import {type ItemBody, type Tone, toolItem} from '../transcript/items.js'
import {type RunningLine, resultOf, toldToModel} from './line.js'

/** It runs until somebody ends it; no timer takes more. */
const MAX_MS = 2 ** 31 - 1

const UNKNOWN_METHOD = -32601

export interface ShellHost {
  store: Store
  pasted: PastedTexts
  now(): number
  request(method: string, params: Record<string, unknown>, timeoutMs?: number): Promise<Record<string, unknown>>
}

/**
 * Lines of the person's own, `!npm test`: the gateway runs them where its tools work. What comes of one is shown, and told
 * to no model unless it is put into the draft.
 */
export class ShellDesk {
  readonly #host: ShellHost
  /** What the last one that ended said. */
  #last: string | undefined

  constructor(host: ShellHost) {
    this.#host = host
  }

  /** False where it does not run, and why was said: the draft stays. */
  run(command: string): boolean {
    const {store, now} = this.#host
    const {state} = store
    const liveId = state.view.session?.liveId
    if (command === '')
      return this.#refuse('what to run? !COMMAND runs it in your shell · !!text sends text that begins with !')
    if (state.shell) return this.#refuse(`${oneLine(state.shell.command, 60)} still runs · Esc ends it`)
    if (!isLive(state) || liveId === undefined || state.elsewhere) {
      return this.#refuse('no session is open here: try again when the status says ready')
    }
    const line = {id: randomUuid(), session: liveId, command, preview: '', startedAt: now(), stopping: false}
    store.dispatch({type: 'shell', shell: line})
    void this.#run(line)
    return true
  }

  /** Ends what runs; false if nothing does. */
  stop(): boolean {
    const {store, request} = this.#host
    const {shell} = store.state
    if (!shell || shell.stopping) return false
    store.dispatch({type: 'shell', shell: {...shell, stopping: true}})
    request('shell.stop', {session_id: shell.session, exec_id: shell.id}).catch((error) =>
      this.#tell('warn', `it can't be ended here: ${messageOf(error)}`),
    )
    return true
  }

  /** A label for what the last one said, to be put into a draft; undefined where none has ended. */
  output(): string | undefined {
    return this.#last === undefined ? undefined : this.#host.pasted.keep(this.#last, 'Command output')
  }

  async #run({id, session, command, startedAt}: RunningLine): Promise<void> {
    const {store, request, now} = this.#host
    const mine = () => store.state.shell?.id === id
    try {
      const params = {session_id: session, command, exec_id: id}
      const result = resultOf(await request('shell.exec', params, MAX_MS))
      this.#last = toldToModel(command, result)
      const [context = ''] = command.split('\n')
      const seconds = Math.max(0, now() - startedAt) / 1000
      const call = {
        id: `shell-${id}`,
        name: 'terminal',
        context,
        status: 'complete',
        args: {command},
        result,
        seconds,
      } as const
      this.#print(byThePerson(toolItem(call)))
      if (store.state.editor.text === '')
        store.dispatch({type: 'hint', text: '/output puts it into the draft, for the model'})
    } catch (error) {
      const unknown = error instanceof RequestError && error.code === UNKNOWN_METHOD
      this.#tell(
        'error',
        `${oneLine(command, 80)}: ${unknown ? 'this gateway runs no lines of yours' : messageOf(error)}`,
      )
    } finally {
      if (mine()) store.dispatch({type: 'shell', shell: undefined})
    }
  }

  #refuse(why: string): false {
    this.#tell('warn', why)
    return false
  }

  #tell(tone: Tone, text: string): void {
    this.#print({kind: 'notice', tone, text})
  }

  /** Below a reply that is written. */
  #print(item: ItemBody): void {
    this.#host.store.dispatch({type: 'aside', items: [item]})
  }
}

/** What a model ran looks the same else. */
function byThePerson(item: ItemBody): ItemBody {
  if (item.kind !== 'tool') return item
  return {...item, tool: {...item.tool, line: {...item.tool.line, verb: 'You ran'}}}
}
