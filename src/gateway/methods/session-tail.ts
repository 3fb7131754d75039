import {errorCodes} from '../../protocol/frames.js'
import type {SessionInfo, SessionOpened} from '../../protocol/methods.js'
import {RpcError} from '../rpc-error.js'
import {isElsewhere} from '../session/ownership/ownership.js'
import {settledRowsOf, shownText, toldLines, toWireMessages} from '../session/wire-messages.js'
import type {SessionRow} from '../store/types.js'
import {type MethodTable, ordered} from './method.js'

/** What another process does in a session, as far as the store has it. Nothing is opened, and nobody is asked. */
export const sessionTailMethods: MethodTable<'session.tail'> = {
  'session.tail': ordered(async (gateway, {session_id: name, limit}) => {
    const store = await gateway.services.store()
    const row = store.findSession(name)
    if (!row) throw new RpcError(errorCodes.storedSessionNotFound, 'session not found')
    const {key} = row
    // In this order: what is written meanwhile is told the next time. No transaction is in the way of who writes.
    const elsewhere = isElsewhere(gateway, store, key)
    const last = store.lastTurn(key)
    const rows = store.shownMessages(key, limit)
    const count = store.messageCount(key)
    const turn = last?.status === 'running' ? last : undefined
    const replies = rows.filter(({turnId, role}) => turnId === turn?.id && role === 'assistant')
    const opened: SessionOpened = {
      session_id: key,
      session_key: key,
      message_count: count,
      messages: toWireMessages(turn ? settledRowsOf(rows, turn, new Set()) : rows, toldLines(store, key)),
      info: infoOf(row),
      running: turn !== undefined,
      status: turn && store.turnWaits(turn.id) ? 'waiting' : turn ? 'working' : 'idle',
      inflight: turn
        ? {
            prompt_id: turn.promptId,
            user: turn.prompt,
            ...shownText(replies),
            streaming: true,
          }
        : null,
      interrupted: null,
    }
    return {result: {...opened, elsewhere}}
  }),
}

function infoOf({key, title, model, cwd}: SessionRow): SessionInfo {
  const place = {cwd: cwd ?? '', branch: '', session_key: key, title: title ?? ''}
  return {model: model ?? '', tools: {}, skills: {}, desktop_contract: 2, profile_name: 'default', lazy: true, ...place}
}
