import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import type {Model, ModelEvent, ModelMessage} from '../../../src/gateway/models/types.js'
import type {Store} from '../../../src/gateway/store/types.js'
import type {Tool} from '../../../src/gateway/tools/types.js'
import {toModelMessages} from '../../../src/gateway/turn/history.js'
import {Turn, type TurnOptions} from '../../../src/gateway/turn/turn.js'

export const usage = {input: 10, output: 2, cacheRead: 0, cacheWrite: 0, reasoning: 0}
export const session = {key: '20260101_000000_abcdef', title: null, model: null, cwd: null, source: 'tui'}

/** A model that says what is given of the conversation so far. */
export function modelOf(stream: (messages: readonly ModelMessage[]) => AsyncIterable<ModelEvent>): Model {
  return {id: 'test/any', provider: 'test', contextMax: 1000, stream: ({messages}) => stream(messages)}
}

/** Everything is allowed, and nobody is there. */
export const bareContext: TurnOptions['toolContext'] = ({signal}) => ({
  cwd: '/',
  env: {},
  signal,
  reads: new Map(),
  permit: () => Promise.resolve({allowed: true}),
  clarify: () => Promise.resolve(''),
  searchSessions: () => [],
})

export interface BareTurnOptions extends Partial<Omit<TurnOptions, 'tools'>> {
  store: Store
  model: Model
  tools?: readonly Tool[]
  /** Of the model at most; default 50. */
  steps?: number
}

/** The first turn of the session with nothing around it: nothing is masked, written late or owned by another. */
export function bareTurn({store, model, tools = [], steps = 50, ...options}: BareTurnOptions): Turn {
  return new Turn({
    store,
    row: store.beginTurn({session, promptId: 'p1', prompt: 'do it'}).turn,
    prepare: async () => ({
      model,
      system: 'system',
      messages: toModelMessages(store.messages(session.key)),
      tools,
      steps,
    }),
    tools: async () => tools,
    ask: () => Promise.reject(new Error('nobody is asked')),
    toolContext: bareContext,
    mask: (result) => result,
    emit: () => {},
    note: () => {},
    room: () => Promise.resolve(),
    assertOwned: () => {},
    limits: {batchMs: 0, toolGraceMs: 20},
    ...options,
  })
}

/** For a `describe`: a folder for each test. */
export function useFolder(): {readonly path: string} {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-turn-'))
  })
  afterEach(() => rmSync(folder, {recursive: true, force: true}))
  return {
    get path() {
      return folder
    },
  }
}
