import {expect} from 'chai'
import fc from 'fast-check'
import {loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import type {Item} from '../../../src/tui/transcript/items.js'
import {Printer} from '../../../src/tui/transcript/printer.js'
import {sizeOf, trimmed} from '../../../src/tui/transcript/trim.js'
import {tellTried} from '../../helpers/tried.js'

const anyItems = fc
  .array(
    fc.record({
      kind: fc.constantFrom('user', 'assistant', 'notice'),
      size: fc.oneof({weight: 9, arbitrary: fc.nat({max: 200})}, fc.nat({max: 60_000})),
    }),
    {maxLength: 900, size: 'max'},
  )
  .map((kinds) =>
    kinds.map(({kind, size}, id) => ({id, kind, text: 'x'.repeat(size), first: true, tone: 'info'}) as Item),
  )

describe('trimmed', () => {
  it('is bounded, holds all that is not printed, and the last prompt', () => {
    const numRuns = 60
    fc.assert(
      fc.property(anyItems, fc.nat({max: 1000}), (items, printed) => {
        const kept = trimmed(items, printed)
        expect(kept.filter(({id}) => id >= printed)).to.deep.equal(items.filter(({id}) => id >= printed))
        expect(kept.findLast(({kind}) => kind === 'user')).to.equal(items.findLast(({kind}) => kind === 'user'))
        expect(kept.at(-1)).to.equal(items.at(-1))
        const old = kept.filter(({id}) => id < printed)
        expect(old.length).to.be.at.most(602)
        expect(old.reduce((sum, item) => sum + sizeOf(item), 0)).to.be.at.most(3_200_000)
        if (items.length <= 600 && items.reduce((sum, item) => sum + sizeOf(item), 0) < 3_000_000) {
          expect(kept, 'nothing to spare').to.equal(items)
        }
      }),
      {numRuns},
    )
    tellTried(numRuns, 'transcripts')
  })

  it('leaves what is printed as it is: each item once, in order, however it is trimmed meanwhile', async () => {
    const lexer = await loadLexer()
    const style = createStyle({TERM: 'dumb'})
    const numRuns = 30
    fc.assert(
      fc.property(fc.array(fc.integer({min: 1, max: 400}), {minLength: 3, maxLength: 8}), (batches) => {
        const printer = new Printer({look: {style}, width: () => 80})
        printer.lexer = lexer
        let items: readonly Item[] = []
        let made = 0
        const texts: string[] = []
        let list = printer.list
        let shown = 0
        for (const size of batches) {
          const more = Array.from({length: size}, () => ({id: made, kind: 'user' as const, text: `prompt-${made++}.`}))
          items = [...items, ...more]
          while (printer.behind(items)) {
            const blocks = printer.blocks(items, true)
            // As the static part does: a list of its own is drawn from its beginning.
            if (printer.list !== list) shown = 0
            list = printer.list
            texts.push(...blocks.slice(shown).map((block) => block.text))
            shown = blocks.length
            expect(shown).to.be.at.most(201)
            printer.drawn()
          }
          items = trimmed(items, printer.next)
        }
        const numbers = [...texts.join('\n').matchAll(/prompt-(\d+)\./g)].map(([, digits]) => Number(digits))
        expect(numbers).to.deep.equal(Array.from({length: made}, (_, index) => index))
      }),
      {numRuns},
    )
    tellTried(numRuns, 'runs')
  })
})
