import {Writable} from 'node:stream'
import {encodeFrame} from '../../protocol/frames.js'
import {realParts} from '../services.js'
import {IN_MEMORY} from '../store/sqlite/database.js'
import type {Store} from '../store/types.js'
import {type CreateOptions, createGateway} from './create.js'
import {Dispatcher} from './dispatcher.js'
import {FrameWriter} from './frame-writer.js'

/** V8 makes fast what it has seen several times: the way back is 0.5 ms shorter than after one. 60 ms of a processor in all. */
const ROUNDS = 8

/**
 * Plays what a gateway that takes over has to do, while nobody waits: opens a session, answers a
 * prompt, resumes. All in a gateway of its own whose database is in memory, whose model is the offline
 * one and whose frames nobody reads, so that no session, no file and no network is touched. A standby
 * then has all of that code loaded and compiled: it is back within a frame instead of 40 ms. Returns the
 * SQL that it took.
 */
export async function rehearse(
  options: Omit<CreateOptions, 'writer' | 'diagnose' | 'end'>,
): Promise<readonly string[]> {
  const store = await realParts.openStore(IN_MEMORY)
  const stage = new Stage()
  const gateway = createGateway({
    ...options,
    writer: new FrameWriter(stage.output),
    diagnose: () => {},
    end: () => {},
    parts: {...realParts, ...options.parts, openStore: () => store},
  })
  const dispatcher = new Dispatcher(gateway)
  const ask = async (method: string, params: Record<string, unknown>) => {
    const answer = stage.next((frame) => frame.id === method)
    const bytes = Buffer.from(encodeFrame({jsonrpc: '2.0', id: method, method, params}).trimEnd())
    dispatcher.take({kind: 'line', bytes})
    const {result, error} = await answer
    if (!result) throw new Error(`${method}: ${error?.message}`)
    return result
  }
  try {
    let {session_id, stored_session_id} = await ask('session.create', {cols: 80, model: 'offline/3'})
    for (let round = 0; round < ROUNDS; round++) {
      const told = stage.next((frame) => frame.params?.type === 'message.complete')
      await ask('prompt.submit', {session_id, text: 'rehearsal', prompt_id: `rehearsal ${round}`})
      await told
      await ask('session.close', {session_id})
      // Long sessions and short ones are read in different ways.
      const limit = round % 2 === 0 ? 1 : 200
      leaveTurn(store, {session_id: stored_session_id, round})
      session_id = (await ask('session.resume', {session_id: stored_session_id, cols: 80, limit})).session_id
    }
    return store.statements
  } finally {
    await dispatcher.settled
    gateway.sessions.clear()
    store.close()
  }
}

/** As a gateway does that dies in mid-reply: what is resumed is settled first. */
function leaveTurn(store: Store, {session_id, round}: {session_id: unknown; round: number}): void {
  const session = store.session(String(session_id))
  if (!session) return
  const {turn} = store.beginTurn({session, promptId: `left ${round}`, prompt: 'rehearsal'})
  store.journal(turn.id, [{kind: 'text', text: 'word0 '}])
  store.journal(turn.id, [{kind: 'text', text: 'word1 '}])
}

interface Frame {
  id?: unknown
  result?: Record<string, unknown>
  error?: {message: string}
  params?: {type?: string}
}

/** Where the frames of a rehearsal go, and who waits for one of them. */
class Stage {
  readonly #waiting = new Set<(frame: Frame) => void>()
  readonly output = new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => {
      const frame: Frame = JSON.parse(text)
      for (const take of [...this.#waiting]) take(frame)
      done()
    },
  })

  next(matches: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve) => {
      const take = (frame: Frame) => {
        if (!matches(frame)) return
        this.#waiting.delete(take)
        resolve(frame)
      }
      this.#waiting.add(take)
    })
  }
}
