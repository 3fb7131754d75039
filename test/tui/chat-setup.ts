import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {SessionTarget, Supervisor} from '../../src/supervisor/types.js'
import {Chat} from '../../src/tui/chat.js'
import type {InflightPolicy} from '../../src/tui/state/policy.js'
import type {Item} from '../../src/tui/transcript/items.js'
import {logged} from '../helpers/program/logged.js'
import {policy} from '../supervisor/helpers/policies.js'

const gateway = fileURLToPath(new URL('../fixtures/scripted-gateway.mjs', import.meta.url))

/** A request that reached a gateway process. */
export interface Call {
  pid: number
  method: string
  params: Record<string, unknown>
}

/** A home in a temporary folder, and chats on the scripted gateway in it: real processes, no screen. */
export class ChatSetup {
  readonly home = mkdtempSync(path.join(tmpdir(), 'hermes-tui-'))
  readonly #log = path.join(this.home, 'calls.jsonl')
  readonly #open: {chat: Chat; supervisor: Supervisor}[] = []

  readonly #command: readonly string[]

  /** `command`: another gateway than the scripted one. */
  constructor(command: readonly string[] = [process.execPath, gateway]) {
    this.#command = command
  }

  /** Not started. `env`: the script of the gateway. */
  supervisor(env: Record<string, string> = {}): Supervisor {
    return createSupervisor({
      ...policy(
        {
          command: this.#command,
          cwd: this.home,
          env: {
            PATH: process.env.PATH,
            FG_STATE: path.join(this.home, 'state.json'),
            FG_LOG: this.#log,
            FG_PACE: '1',
            ...env,
          },
          startupTimeoutMs: 10_000,
          killGraceMs: 500,
          requestTimeoutMs: 10_000,
          heartbeatMisses: 5,
        },
        {backoffMs: [0, 5, 10]},
      ),
      cols: () => 80,
      record: () => {},
    })
  }

  start(
    env: Record<string, string> = {},
    options: {
      target?: SessionTarget
      inflight?: InflightPolicy
      initialPrompt?: string
      takeOver?: boolean
      choose?: boolean
      monotonic?: () => number
      awaitedMs?: number
      doctor?: (death: string | undefined) => Promise<readonly string[]>
    } = {},
  ): Chat {
    const supervisor = this.supervisor(env)
    const chat = new Chat({
      supervisor,
      home: path.join(this.home, 'hermes'),
      showReasoning: true,
      initialPrompt: options.initialPrompt,
      inflight: options.inflight,
      ...(options.takeOver ? {takeOver: true} : {}),
      ...(options.choose ? {choose: true} : {}),
      ...(options.awaitedMs ? {awaitedMs: options.awaitedMs} : {}),
      ...(options.monotonic ? {monotonic: options.monotonic} : {}),
      ...(options.doctor ? {doctor: options.doctor} : {}),
      cwd: this.home,
    })
    this.#open.push({chat, supervisor})
    chat.start(options.target ?? {kind: 'new'})
    return chat
  }

  /** Ends as a `kill -9` of the program would: nothing more is written, the gateway is gone. */
  async vanish(chat: Chat): Promise<void> {
    const entry = this.#open.find((candidate) => candidate.chat === chat)
    if (!entry) return
    chat.store.before = () => {}
    this.#open.splice(this.#open.indexOf(entry), 1)
    await entry.supervisor.close('quit')
  }

  /** Requests in the order in which gateways received them. */
  calls(method?: string): Call[] {
    const calls = logged<Call>(this.#log)
    return method === undefined ? calls : calls.filter((call) => call.method === method)
  }

  async dispose(): Promise<void> {
    for (const {chat, supervisor} of this.#open) {
      chat.stop()
      await supervisor.close('quit')
    }
    rmSync(this.home, {recursive: true, force: true})
  }
}

/** Resolves when the state of the chat fulfils the condition. */
export function until(chat: Chat, condition: () => boolean, timeoutMs = 10_000): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error?: Error) => {
      unsubscribe()
      clearTimeout(deadline)
      clearInterval(poll)
      if (error) reject(error)
      else resolve()
    }
    const check = () => {
      if (condition()) finish()
    }
    const unsubscribe = chat.store.subscribe(check)
    const poll = setInterval(check, 10)
    const deadline = setTimeout(
      () => finish(new Error(`not in ${timeoutMs} ms: ${condition}\n${transcript(chat).join('\n')}`)),
      timeoutMs,
    )
    check()
  })
}

/** The transcript, one line per item. */
export function transcript(chat: Chat): string[] {
  return chat.state.items.map((item: Item) => {
    if (item.kind === 'tool') return `tool ${item.tool.name} ${item.tool.status}`
    return 'text' in item ? `${item.kind}: ${item.text}` : item.kind
  })
}

export const said = (chat: Chat) =>
  chat.state.items.flatMap((item) => (item.kind === 'assistant' ? [item.text] : [])).join('')

export const asked = (chat: Chat) => chat.state.items.flatMap((item) => (item.kind === 'user' ? [item.text] : []))

export const ready = (chat: Chat) => () => chat.state.view.phase === 'live' && chat.state.session.key !== undefined

export const idle = (chat: Chat) => () =>
  ready(chat)() && chat.state.turn === undefined && chat.state.prompts.length === 0
