import {RequestError} from '../supervisor/wire/request-error.js'
import {execSlash} from './commands/gateway/run.js'
import type {CommandContext} from './commands/types.js'
import type {SessionRequest} from './outbox/take-back.js'
import {refusedWords} from './refused.js'
import {type Elsewhere, elsewhereOf} from './state/elsewhere.js'
import {isBusy, isLive, notice} from './state/state.js'
import type {ItemBody, Tone} from './transcript/items.js'
import type {TerminalServices} from './types.js'

/** What of it is the chat's own. */
export type CommandParts = Pick<
  CommandContext,
  | 'store'
  | 'supervisor'
  | 'delivery'
  | 'folded'
  | 'commands'
  | 'learn'
  | 'bindings'
  | 'key'
  | 'stderr'
  | 'crashLog'
  | 'cwd'
  | 'doctor'
  | 'open'
  | 'commandOutput'
  | 'images'
  | 'keepMode'
  | 'recover'
  | 'quit'
  | 'detach'
> & {
  terminal: TerminalServices | undefined
  /** Somebody else has the session. */
  taken(elsewhere: Elsewhere): void
}

/** What a command may do. `command`: as it was typed; default it was chosen otherwise. */
export function commandContext(parts: CommandParts, command?: string): CommandContext {
  const {store, supervisor, delivery, terminal, taken, ...rest} = parts
  let echoed = command === undefined
  // With what it says, however long that takes: another command may be typed meanwhile.
  const say = (...items: ItemBody[]) => {
    const echo: ItemBody[] = echoed || command === undefined ? [] : [{kind: 'command', text: command}]
    echoed = true
    if (echo.length + items.length > 0) store.dispatch({type: 'aside', items: [...echo, ...items]})
  }
  const tell = (tone: Tone, text: string) => say(notice(tone, text))
  const output = (text: string) => say({kind: 'output', text})

  const attempt = async <T>(act: (request: SessionRequest) => Promise<T>): Promise<T | undefined> => {
    const {view} = store.state
    if (!isLive(store.state) && !view.problem) {
      tell('warn', 'the gateway is not there yet: try again when the status says ready')
      return undefined
    }
    try {
      const id = view.session?.liveId ?? store.state.elsewhere?.key
      return await act((method, params, timeoutMs) => {
        const session = id === undefined || ofNoSession.has(method) ? {} : {session_id: id}
        return supervisor.request(method, {...session, ...params}, timeoutMs)
      })
    } catch (error) {
      const elsewhere = error instanceof RequestError ? elsewhereOf(error, true) : undefined
      if (elsewhere) taken(elsewhere)
      else tell('error', refusedWords(error))
      return undefined
    }
  }

  const slash = async (line: string): Promise<void> => {
    const liveId = store.state.view.session?.liveId
    if (!isLive(store.state) || liveId === undefined) {
      return tell('warn', 'no session is open: try again when the status says ready')
    }
    const request: SessionRequest = (method, params, timeoutMs) =>
      supervisor.request(method, {session_id: liveId, ...params}, timeoutMs)
    // Above the prompt that comes of it.
    const prompt = (text: string) => {
      say()
      delivery.enqueue(text)
    }
    const prefill = (text: string) => store.dispatch({type: 'edit', action: {type: 'load', text}})
    await execSlash({request, notice: tell, output, prompt, prefill}, line)
  }

  return {
    ...rest,
    store,
    supervisor,
    delivery,
    lineKeys: terminal?.lineKeys,
    themes: terminal?.themes,
    echo: () => say(),
    notice: tell,
    output,
    print: (items) => say(...items),
    ask: (method, params, timeoutMs) => attempt((request) => request(method, params, timeoutMs)),
    attempt,
    busy: () => isBusy(store.state),
    slash,
    copy: (text) => {
      terminal?.write(`\x1b]52;c;${Buffer.from(text).toString('base64')}\x07`)
      return terminal?.clipboard ?? 'not each terminal takes it, and none says so'
    },
  }
}

/** A Python gateway refuses them with a session (autumn 2026). */
const ofNoSession: ReadonlySet<string> = new Set(['session.list', 'session.search'])
