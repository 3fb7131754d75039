import {expect} from 'chai'
import fc from 'fast-check'
import {splitBlocks} from '../../../src/tui/text/blocks.js'

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
          done += split.done
          pending = split.rest
          fence = split.fence
        }
        expect(done + pending).to.equal(pieces.join(''))
      }),
    )
  })

  it('cuts after a paragraph', () => {
    expect(splitBlocks('one\ntwo\n\nthree', undefined)).to.deep.equal({
      done: 'one\ntwo\n\n',
      rest: 'three',
      fence: undefined,
    })
  })

  it('does not cut in a code block at an empty line', () => {
    const text = 'see\n\n```ts\na\n\nb\n'
    expect(splitBlocks(text, undefined)).to.deep.equal({done: 'see\n\n', rest: '```ts\na\n\nb\n', fence: undefined})
    expect(splitBlocks('````\n```\n\n````\n\nend', undefined).rest).to.equal('end')
  })

  it('cuts a long code block at a line and says which block goes on', () => {
    const code = `\`\`\`ts\n${'x'.repeat(50)}\n`.padEnd(2100, 'y\n')
    const split = splitBlocks(`${code}\nrest`, undefined)
    expect(split.fence).to.equal('```ts')
    expect(splitBlocks('more\n```\n\nafter', split.fence)).to.deep.include({done: 'more\n```\n\n', rest: 'after'})
  })

  it('never cuts a table', () => {
    const table = `| a | b |\n| - | - |\n${'| 1 | 2 |\n'.repeat(400)}`
    expect(splitBlocks(table, undefined).done).to.equal('')
  })
})
