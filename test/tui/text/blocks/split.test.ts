import {expect} from 'chai'
import fc from 'fast-check'
import {beginning, blocksOf, type Scan, splitBlocks} from '../../../../src/tui/text/blocks/split.js'
import {markdownDocuments} from '../../../helpers/markdown/documents.js'
import {tellTried} from '../../../helpers/tried.js'

const texts = (text: string) => blocksOf(text).map((piece) => piece.text)

/** All pieces of a text that arrives in parts. */
function streamed(parts: readonly string[]): string[] {
  let pending = ''
  let scan: Scan = beginning
  const done: string[] = []
  for (const part of parts) {
    const split = splitBlocks(pending + part, scan)
    done.push(...split.done.map(({text}) => text))
    pending = split.rest
    scan = split.scan
  }
  return pending === '' ? done : [...done, pending]
}

describe('splitBlocks', () => {
  it('loses and adds nothing, and cuts in the same places, however the text arrives', () => {
    const numRuns = 300
    fc.assert(
      fc.property(markdownDocuments, fc.integer({min: 1, max: 60}), (text, size) => {
        const parts = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
        const pieces = streamed(parts)
        expect(pieces.join('')).to.equal(text)
        expect(pieces).to.deep.equal(texts(text))
      }),
      {numRuns},
    )
    tellTried(numRuns, 'documents × chunkings')
  })

  it('cuts after a paragraph, and before and after code', () => {
    expect(texts('one\ntwo\n\nthree\n```ts\na\n\nb\n```\nend')).to.deep.equal([
      'one\ntwo\n\n',
      'three\n',
      '```ts\na\n\nb\n```\n',
      'end',
    ])
  })

  it('does not cut in a list, where a child or a paragraph of an item follows an empty line', () => {
    const list = '1.  a\n\n    ```sh\n    x\n    ```\n\n    - b\n'
    expect(texts(`${list}\nafter`)).to.deep.equal([`${list}\n`, 'after'])
  })

  it('cuts a text of any length into pieces of bounded length', () => {
    for (const unit of ['x', 'word ', '\n', '| a |\n', '```\n', '😀', '- ', '- a\n', '> a\n']) {
      const pieces = texts(unit.repeat(100_000))
      expect(pieces.join('')).to.equal(unit.repeat(100_000))
      for (const piece of pieces) expect(piece.length).to.be.within(1, 32_000)
    }
  })
})
