import {expect} from 'chai'
import fc from 'fast-check'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {type Highlighter, loadHighlighter} from '../../../src/tui/text/highlight/highlighter.js'
import {type Lexer, loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {softWrapped, stripSgr, textWidth} from '../../../src/tui/text/wrap.js'
import {CodeColours} from '../../../src/tui/transcript/code-colours.js'
import {itemRows} from '../../../src/tui/transcript/draw-item.js'
import {type Item, type ItemBody, itemsOfMessages} from '../../../src/tui/transcript/items.js'
import {LiveReply} from '../../../src/tui/transcript/live-reply.js'
import {printable} from '../../../src/tui/transcript/printable.js'
import {freshChat} from '../../helpers/chat-state.js'
import {markdownDocuments} from '../../helpers/markdown/documents.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'

describe('a reply', () => {
  const style = createStyle({TERM: 'xterm'})
  let lexer: Lexer
  let highlighter: Highlighter | undefined

  before(async () => {
    lexer = await loadLexer()
    highlighter = await loadHighlighter()
  })

  /** As the printer has them. */
  const rowsOf = (items: readonly ItemBody[], width: number) =>
    items.flatMap((item, id) => {
      const options = {width, style, showReasoning: true, lexer, highlighter}
      return softWrapped(itemRows({...item, id} as Item, undefined, options).map(printable), width)
    })

  /** What is said is only told apart where the terminal shows a difference. */
  const seen = (rows: readonly string[]) => rows.map((row) => row.trimEnd())

  const liveOf = ({turn}: ChatState, width: number, colours: CodeColours) => {
    if (!turn) return []
    const live = new LiveReply({look: {style}, lexer: () => lexer, colours})
    return live.rows({text: turn.pendingText, before: turn.scan.before}, width, 100_000)
  }

  it('is one picture while it streams, when it is finished, and when it is resumed', async function () {
    this.timeout(300_000)
    const colours = new CodeColours(
      () => Promise.resolve(highlighter),
      () => {},
    )
    colours.isAwaited({text: '```ts\n'})
    await Promise.resolve()
    let prefixes = 0
    let rows = 0
    const numRuns = Number(process.env.RUNS ?? runs(1000, 50))
    fc.assert(
      fc.property(
        markdownDocuments,
        fc.infiniteStream(fc.oneof(fc.integer({min: 1, max: 9}), fc.integer({min: 1, max: 400}))),
        fc.integer({min: 20, max: 200}),
        (text, sizes, width) => {
          const whole = seen(rowsOf(itemsOfMessages([{role: 'assistant', text}]), width))
          rows += whole.length
          let state = freshChat()
          let printed: string[] = []
          let items = 0
          for (let at = 0; at < text.length; ) {
            const size = sizes.next().value ?? 1
            const delta = text.slice(at, at + size)
            at += size
            state = reduce(state, {type: 'deltas', reasoning: '', text: delta, now: 1})
            if (state.items.length === items) continue
            printed = [...printed, ...seen(rowsOf(state.items.slice(items), width))]
            items = state.items.length
            prefixes++
            expect(printed, 'printed').to.deep.equal(whole.slice(0, printed.length))
          }
          const live = seen(liveOf(state, width, colours))
          expect([...printed, ...live], 'live').to.deep.equal(whole)
          for (const row of [...whole, ...live]) expect(textWidth(stripSgr(row)), row).to.be.at.most(width)
          const done = {type: 'message.complete', sessionId: 's', payload: {text: null, status: 'complete'}} as const
          state = reduce(state, {type: 'event', event: done, now: 2})
          expect(seen(rowsOf(state.items, width)), 'finished').to.deep.equal(whole)
        },
      ),
      {numRuns, endOnFailure: true},
    )
    tellTried(numRuns, `documents × chunkings × widths, ${prefixes} prefixes, ${rows} rows`)
  })
})
