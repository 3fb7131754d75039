import {expect} from 'chai'
import fc from 'fast-check'
import {createStyle} from '../../../../src/tui/text/style.js'
import {toolRows} from '../../../../src/tui/transcript/draw-tool.js'
import {toolItem} from '../../../../src/tui/transcript/items.js'
import {boundedText} from '../../../../src/tui/transcript/tool-lines/bounded-text.js'
import {readable} from '../../../../src/tui/transcript/tool-lines/readable.js'
import {tellTried} from '../../../helpers/tried.js'
import {deep} from '../../../helpers/wrong-values.js'

describe('readable', () => {
  it('is lines for people', () => {
    const value = {to: 'a@b', sent: true, parts: [{name: 'x', size: 3}, 'plain'], none: [], text: 'one\ntwo'}
    expect(readable(value, 1000).split('\n')).to.deep.equal([
      'to: a@b',
      'sent: yes',
      'parts:',
      '  -',
      '    name: x',
      '    size: 3',
      '  - plain',
      'none: none',
      'text:',
      '  one',
      '  two',
    ])
    expect(readable('text', 10)).to.equal('text')
  })

  it('holds every text and number of any value, and no more than it may', () => {
    const numRuns = 300
    fc.assert(
      fc.property(fc.jsonValue({maxDepth: 5}), fc.integer({min: 1, max: 5000}), (value, limit) => {
        expect(readable(value, limit).length).to.be.at.most(2 * limit + 200)
        const whole = readable(value, 100_000)
        const visit = (part: unknown): void => {
          if (typeof part === 'string') for (const line of part.split('\n')) expect(whole).to.include(line)
          else if (typeof part === 'number') expect(whole).to.include(String(part))
          else if (typeof part === 'object' && part !== null) for (const member of Object.values(part)) visit(member)
        }
        visit(value)
      }),
      {numRuns},
    )
    tellTried(numRuns, 'values')
    expect(readable(deep(500_000), 1000).length).to.be.below(200)
    expect(readable(Array(1_000_000).fill(1), 100).length).to.be.below(200)
  })
})

describe('boundedText', () => {
  it('keeps beginning and end, and says how much is left out', () => {
    fc.assert(
      fc.property(fc.string({unit: 'grapheme', maxLength: 300}), fc.integer({min: 2, max: 400}), (text, limit) => {
        const {text: kept, cut} = boundedText(text, limit)
        expect(cut).to.equal(Math.max(0, text.length - limit))
        if (cut === 0) expect(kept).to.equal(text)
        else expect(kept).to.include(`… ${cut} characters are left out here …`)
        expect(kept.isWellFormed() || !text.isWellFormed()).to.equal(true)
      }),
    )
  })
})

describe('the line of a tool that nobody knows', () => {
  it('is a line for people whatever it was told and whatever came of it, and never JSON', () => {
    const style = createStyle({TERM: 'dumb'})
    const numRuns = 300
    const word = fc.string({unit: fc.constantFrom('a', 'b', '_', ' '), minLength: 1, maxLength: 12})
    const value = fc.letrec((tie) => ({
      any: fc.oneof({maxDepth: 3}, word, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('record')),
      list: fc.array(tie('any'), {maxLength: 4}),
      record: fc.dictionary(word, tie('any'), {maxKeys: 4}),
    })).any
    fc.assert(
      fc.property(
        word,
        value,
        value,
        fc.boolean(),
        fc.integer({min: 20, max: 100}),
        (name, args, result, text, width) => {
          const told = text ? JSON.stringify(result) : result
          const item = toolItem({id: '1', name, context: 'ctx', status: 'complete', args, result: told})
          const rows = item.kind === 'tool' ? toolRows(item.tool, width, style) : []
          expect(rows[0]).to.match(/^● (Called|Could not call) /)
          for (const row of rows) {
            expect(row).to.not.match(/[{}[\]"]/)
            expect(row.length).to.be.at.most(width)
          }
        },
      ),
      {numRuns},
    )
    tellTried(numRuns, 'calls')
  })
})
