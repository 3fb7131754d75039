import {errorCodes, wellFormed} from '../../protocol/frames.js'
import type {CompressionSummary} from '../../protocol/methods.js'
import {compactionLine, shortCount} from '../compaction/told.js'
import type {Gateway} from '../gateway.js'
import type {ModelMessage} from '../models/types.js'
import {RpcError} from '../rpc-error.js'
import {sessionInfo, sessionModelId, sessionUsage} from '../session/info.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {assertNotElsewhere} from '../session/ownership/ownership.js'
import {assertIdle, tellUntold} from '../session/session-turns.js'
import {toldLines, toWireMessages} from '../session/wire-messages.js'
import type {CompactionRow, Store} from '../store/types.js'
import {free, type MethodTable} from './method.js'

const MAX_FOCUS_CHARS = 4000

/** Not in order: it takes as long as a model does, and an interrupt has to get past it. */
export const sessionCompressMethods: MethodTable<'session.compress'> = {
  'session.compress': free(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const store = await gateway.services.store()
    assertIdle(session, ' — interrupt the turn first')
    if (!session.stored) throw new RpcError(errorCodes.refused, 'nothing to compact: nothing was said yet')
    tellUntold(gateway, store, session)
    assertNotElsewhere(gateway, store, session.key)
    const focus = wellFormed(params.focus_topic ?? '')
      .trim()
      .slice(0, MAX_FOCUS_CHARS)
    const abort = new AbortController()
    session.compaction = abort
    try {
      const result = params.undo
        ? await undone(gateway, session, store)
        : await compacted(gateway, session, store, {focus: focus || undefined, signal: abort.signal})
      const info = await sessionInfo(gateway, session)
      const after = () => gateway.emit(session.id, 'session.info', {...info})
      return {result: {...result, usage: await sessionUsage(gateway, session), info}, after}
    } catch (error) {
      if (!abort.signal.aborted) throw error
      throw new RpcError(errorCodes.refused, 'the compaction was interrupted: nothing was changed')
    } finally {
      if (session.compaction === abort) session.compaction = undefined
      gateway.emit(session.id, 'status.update', {kind: 'status', text: 'ready'})
    }
  }),
}

interface Answer {
  status: 'compressed' | 'undone'
  removed: number
  before_messages: number
  after_messages: number
  before_tokens: number
  after_tokens: number
  summary: CompressionSummary
  /** Undefined where nothing was changed. */
  messages: Record<string, unknown>[] | undefined
}

async function compacted(
  gateway: Gateway,
  session: LiveSession,
  store: Store,
  {focus, signal}: {focus: string | undefined; signal: AbortSignal},
): Promise<Answer> {
  const [{compact}, {windowOf}, {toModelMessages}, {requestFrame}] = await Promise.all([
    import('../compaction/compact.js'),
    import('../compaction/room.js'),
    import('../turn/history.js'),
    import('../turn/prepare.js'),
  ])
  const {key} = session
  const told = () => {
    const {compaction, rows} = store.context(key)
    return toModelMessages(rows, compaction)
  }
  const {model, system, tools} = await requestFrame(gateway, session)
  const before = told()
  await model.learned
  const window = windowOf(gateway.services.namedWindows, model)
  const row = await compact({
    store,
    key,
    model,
    window,
    system,
    tools,
    scale: session.scale.value,
    reason: 'asked',
    focus,
    turnId: null,
    signal,
    tell: (text) => gateway.emit(session.id, 'status.update', {kind: 'compacting', text}),
    assertOwned: () => assertNotElsewhere(gateway, store, key),
  })
  if (!row) {
    const headline =
      'nothing to compact: all that was said is as new as the last exchange, or a summary would be no shorter'
    const summary = {noop: true, headline, token_line: '', note: ''}
    return answer('compressed', {before, after: before}, {tokensBefore: 0, tokensAfter: 0}, summary)
  }
  session.history = undefined
  session.context = {model: model.id, used: row.tokensAfter, max: window}
  store.setContext(key, session.context)
  const line = compactionLine(row)
  gateway.tellWatchers(session.id, 'status.update', {kind: 'compacted', text: line})
  const summary = {noop: false, headline: line, token_line: '', note: ''}
  return answer('compressed', {before, after: told()}, row, summary, shown(store, key))
}

async function undone(gateway: Gateway, session: LiveSession, store: Store): Promise<Answer> {
  const {toModelMessages} = await import('../turn/history.js')
  const {key} = session
  const told = () => {
    const {compaction, rows} = store.context(key)
    return toModelMessages(rows, compaction)
  }
  const before = told()
  const row = store.atomically(() => {
    assertNotElsewhere(gateway, store, key)
    return store.undoCompaction(key)
  })
  if (!row) throw new RpcError(errorCodes.refused, 'nothing to take back: this session is not compacted')
  session.history = undefined
  const model = await sessionModelId(gateway, session)
  session.context = {model, used: row.tokensBefore, max: session.context?.max}
  store.setContext(key, session.context)
  const percent = (await gateway.services.config()).values['context.compactPercent']
  const max = session.context.max
  const full = max !== undefined && percent > 0 && (row.tokensBefore / max) * 100 > percent
  const headline = `the compaction is taken back: ${shortCount(row.tokensBefore)} tokens are told in full again`
  const note = full
    ? `that is more than ${percent} % of the window: the next prompt compacts it again, unless context.compactPercent allows more`
    : ''
  gateway.tellWatchers(session.id, 'status.update', {kind: 'compacted', text: headline})
  const sizes = {tokensBefore: row.tokensAfter, tokensAfter: row.tokensBefore}
  const summary = {noop: false, headline, token_line: '', note}
  return answer('undone', {before, after: told()}, sizes, summary, shown(store, key))
}

function answer(
  status: Answer['status'],
  {before, after}: {before: readonly ModelMessage[]; after: readonly ModelMessage[]},
  {tokensBefore, tokensAfter}: Pick<CompactionRow, 'tokensBefore' | 'tokensAfter'>,
  summary: CompressionSummary,
  messages?: Record<string, unknown>[],
): Answer {
  return {
    status,
    removed: Math.max(0, before.length - after.length),
    before_messages: before.length,
    after_messages: after.length,
    before_tokens: tokensBefore,
    after_tokens: tokensAfter,
    summary,
    messages,
  }
}

/** All messages of one answer, characters: the newest of them. */
const MAX_MESSAGES_CHARS = 4 * 1024 * 1024

/**
 * What the session shows, which is all that was said. The reference answers with what its model is told from now on; its
 * screen draws it in place of what stood there, and lines without `text` not at all.
 */
function shown(store: Store, key: string): Record<string, unknown>[] {
  const contents: Record<string, unknown>[] = []
  let left = MAX_MESSAGES_CHARS
  for (const message of toWireMessages(store.shownMessages(key), toldLines(store, key)).reverse()) {
    const content = message.role === 'tool' ? (message.context ?? '') : (message.text ?? '')
    left -= content.length
    if (left < 0) break
    contents.push({...message, content})
  }
  return contents.reverse()
}
