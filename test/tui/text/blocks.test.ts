import {expect} from 'chai'
import fc from 'fast-check'
import {blocksOf, type Split, splitBlocks} from '../../../src/tui/text/blocks.js'
import {tellTried} from '../../helpers/tried.js'

const joined = ({done}: Split) => done.map(({text}) => text).join('')

const markdown = fc
  .array(fc.constantFrom('word ', 'a', '\n', '\n\n', '```ts\n', '```\n', '~~~\n', '| a | b |\n', '  ', '````\n'), {
    maxLength: 60,
  })
  .map((parts) => parts.join(''))

describe('splitBlocks', () => {
  it('loses and adds nothing, however the text arrives', () => {
    fc.assert(
      fc.property(fc.array(markdown, {maxLength: 8}), (pieces) => {
        let pending = ''
        let fence: string | undefined
        let done = ''
        for (const piece of pieces) {
          const split = splitBlocks(pending + piece, fence)
          done += joined(split)
          pending = split.rest
          fence = split.fence
        }
        expect(done + pending).to.equal(pieces.join(''))
      }),
    )
  })

  it('cuts after a paragraph', () => {
    expect(splitBlocks('one\ntwo\n\nthree', undefined)).to.deep.equal({
      done: [{text: 'one\ntwo\n\n', fence: undefined}],
      rest: 'three',
      fence: undefined,
    })
  })

  it('does not cut in a code block at an empty line', () => {
    const text = 'see\n\n```ts\na\n\nb\n'
    const done = [{text: 'see\n\n', fence: undefined}]
    expect(splitBlocks(text, undefined)).to.deep.equal({done, rest: '```ts\na\n\nb\n', fence: undefined})
    expect(splitBlocks('````\n```\n\n````\n\nend', undefined).rest).to.equal('end')
  })

  it('cuts a long code block at a line and says which block goes on', () => {
    const code = `\`\`\`ts\n${'x'.repeat(50)}\n`.padEnd(2100, 'y\n')
    const split = splitBlocks(`${code}\nrest`, undefined)
    expect(split.fence).to.equal('```ts')
    const done = [{text: 'more\n```\n\n', fence: '```ts'}]
    expect(splitBlocks('more\n```\n\nafter', split.fence)).to.deep.include({done, rest: 'after'})
  })

  it('does not cut a table, unless it is longer than can be drawn', () => {
    const table = (rows: number) => `| a | b |\n| - | - |\n${'| 1 | 2 |\n'.repeat(rows)}`
    expect(splitBlocks(table(400), undefined).done).to.deep.equal([])
    const long = splitBlocks(table(10_000), undefined)
    expect(long.done).to.have.lengthOf(3)
    for (const {text} of long.done) expect(text).to.match(/\|\n$/)
  })

  it('gives pieces of bounded length, whatever the text is and however it arrives', () => {
    const unit = fc.constantFrom('x', 'word ', '\n', '\n\n', '| a |\n', '```\n', '😀', '- ')
    const repeated = fc.tuple(unit, fc.integer({min: 1, max: 40_000})).map(([text, times]) => text.repeat(times))
    const numRuns = 60
    fc.assert(
      fc.property(fc.array(repeated, {minLength: 1, maxLength: 4}), (parts) => {
        let pending = ''
        let fence: string | undefined
        let all = ''
        for (const part of parts) {
          const split = splitBlocks(pending + part, fence)
          for (const piece of split.done) {
            expect(piece.text.length).to.be.within(1, 34_000)
            expect(piece.text.isWellFormed(), 'well formed').to.equal(true)
          }
          expect(split.rest.length).to.be.at.most(32_000)
          all += joined(split)
          pending = split.rest
          fence = split.fence
        }
        expect(all + pending === parts.join(''), 'nothing lost').to.equal(true)
        const pieces = blocksOf(parts.join(''))
        expect(pieces.map(({text}) => text).join('') === parts.join('')).to.equal(true)
        for (const {text} of pieces) expect(text.length).to.be.at.most(34_000)
      }),
      {numRuns},
    )
    tellTried(numRuns, 'repetitions of up to 160 000 pieces')
  })
})
