import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {openStore, type StoreOptions} from '../../../src/gateway/store/index.js'
import type {JournalEntry, MessageRow, Store, TurnRow} from '../../../src/gateway/store/types.js'

/** A directory of a test's own with stores in it; `remove` closes and deletes all. */
export class Scratch {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'hermes-store-'))
  readonly file = path.join(this.directory, 'home', 'chat.db')
  readonly #stores: Store[] = []

  open(options: StoreOptions = {}, file = this.file): Store {
    const store = openStore(file, options)
    this.#stores.push(store)
    return store
  }

  remove(): void {
    for (const store of this.#stores) store.close()
    rmSync(this.directory, {recursive: true, force: true})
  }
}

/** Session `key` as a gateway introduces it. */
export function sessionOf(key: string, title: string | null = null) {
  return {key, title, model: 'offline', cwd: '/work', source: 'tui'}
}

export function begin(store: Store, key: string, prompt: string, promptId = prompt): TurnRow {
  return store.beginTurn({session: sessionOf(key), promptId, prompt}).turn
}

/** A whole turn: prompt, journal, end. */
export function say(store: Store, key: string, prompt: string, reply: string): TurnRow {
  const turn = begin(store, key, prompt)
  store.journal(turn.id, [text(reply), stepEnd])
  store.finishTurn(turn.id, {status: 'complete'})
  return turn
}

export function text(value: string): JournalEntry {
  return {kind: 'text', text: value}
}

export function reasoning(value: string): JournalEntry {
  return {kind: 'reasoning', text: value}
}

export function calls(...ids: string[]): JournalEntry {
  return {kind: 'calls', calls: ids.map((id) => ({id, name: 'shell', context: `run ${id}`, args: {of: id}}))}
}

export function toolStart(id: string, args: unknown = {}): JournalEntry {
  return {kind: 'tool-start', id, name: 'shell', context: `run ${id}`, args}
}

export function toolEnd(id: string, result: unknown = {ok: true}): JournalEntry {
  return {kind: 'tool-end', id, result, durationS: 0.5}
}

export const stepEnd: JournalEntry = {kind: 'step-end'}

/** Messages in short: `user hi`, `assistant Let me look. [t1]`, `tool t1`, with their status where it is not complete. */
export function brief(messages: readonly MessageRow[]): string[] {
  return messages.map((message) => {
    const parts: string[] = [message.role]
    if (message.reasoning) parts.push(`(${message.reasoning})`)
    if (message.text) parts.push(message.text)
    if (message.toolCalls.length > 0) parts.push(`[${message.toolCalls.map(({id}) => id).join(' ')}]`)
    if (message.tool) parts.push(message.tool.id)
    if (message.status !== 'complete') parts.push(`<${message.status}>`)
    return parts.join(' ')
  })
}

/** What work in slices returns, all of them done. */
export function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const {done, value} = work.next()
    if (done) return value
  }
}

/** What `work` throws. */
export function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
