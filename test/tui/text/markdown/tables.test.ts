import {expect} from 'chai'
import fc from 'fast-check'
import {textWidth} from '../../../../src/tui/text/wrap.js'
import {type Libraries, loadLibraries, plainReply, replyRows} from '../../../helpers/drawn-chat.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const withoutBlanks = (row: string) =>
  row
    .replaceAll('\x1b[1m', '<b>')
    .replaceAll('\x1b[22m', '</b>')
    .replace(/<b>\s+<\/b>|\s/g, '')

describe('tables', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string, columns = 80) => plainReply(libraries, text, {columns})

  it('align their columns as they say', () => {
    expect(
      drawn('| left | centre | right |\n|:-----|:------:|------:|\n| a | b | c |\n| longer | b | 100 |'),
    ).to.deep.equal([
      'left   │ centre │ right',
      '───────┼────────┼──────',
      'a      │   b    │     c',
      'longer │   b    │   100',
    ])
  })

  it('break rows in their cells, and tell their rows apart then', () => {
    expect(drawn('| a | b |\n|---|--:|\n| words that wrap here | 1 |\n| x | 2 |', 20)).to.deep.equal([
      'a                │ b',
      '─────────────────┼──',
      'words that wrap  │ 1',
      'here             │',
      '┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈',
      'x                │ 2',
    ])
  })

  it('keep styles in each row of a cell', () => {
    const rows = replyRows(libraries, '| a |\n|---|\n| **bold words that wrap twice** |', {columns: 20})
    const cells = rows.slice(2)
    expect(cells).to.have.length(2)
    for (const row of cells) expect(withoutBlanks(row)).to.match(/^(?:<b>[a-z]+<\/b>)+$/)
  })

  it('have cells of all kinds: pipes, code, links, breaks, marks, emoji, wide letters', () => {
    expect(
      drawn('| a | b |\n|---|---|\n| x\\|y | `c\\|d` |\n| 日本 | 😀 **b**<br>c |\n| [l](https://x) | ~~d~~ |'),
    ).to.deep.equal([
      'a             │ b',
      '──────────────┼─────',
      'x|y           │ c|d',
      '┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈',
      '日本          │ 😀 b',
      '              │ c',
      '┈┈┈┈┈┈┈┈┈┈┈┈┈┈┼┈┈┈┈┈',
      'l (https://x) │ d',
    ])
  })

  it('have as many cells in each row as in their head', () => {
    expect(drawn('| a | b |\n|---|---|\n| 1 |\n| 1 | 2 | 3 |')).to.deep.equal(['a │ b', '──┼──', '1 │', '1 │ 2'])
  })

  it('list their cells where there is no room for them side by side', () => {
    const head = '| one | two | three | four |\n|---|---|---|---|\n'
    expect(drawn(`${head}| first cell | second | third | 4 |\n| a | b | c | d |`, 20)).to.deep.equal([
      'one: first cell',
      'two: second',
      'three: third',
      'four: 4',
      '',
      'one: a',
      'two: b',
      'three: c',
      'four: d',
    ])
  })

  it('are never wider than the screen, have their bars below one another, and lose no word, at any width', function () {
    this.timeout(60_000)
    const word = fc.constantFrom(
      'a',
      'words',
      'longerwords',
      '日本語',
      '😀',
      '**bold**',
      '`code`',
      'x\\|y',
      '👩‍👩‍👧',
      '⚠️',
    )
    const cell = fc.array(word, {maxLength: 6}).map((words) => words.join(' '))
    const table = fc.integer({min: 1, max: 4}).chain((columns) => {
      const row = fc.array(cell, {minLength: columns, maxLength: columns})
      return fc.tuple(row, fc.array(row, {minLength: 1, maxLength: 4}))
    })
    const numRuns = runs(100, 50)
    fc.assert(
      fc.property(table, fc.integer({min: 20, max: 120}), ([head, body], columns) => {
        const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
        const text = [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
        const rows = drawn(text, columns)
        for (const row of rows) expect(textWidth(row), row).to.be.at.most(columns)
        const bars = rows.map((row) => {
          const at: number[] = []
          for (const {index} of row.matchAll(/ [│] ?|[─┈]┼/g)) at.push(textWidth(row.slice(0, index)))
          return at.join()
        })
        if (rows.some((row) => row.includes('┼'))) expect(new Set(bars).size, rows.join('\n')).to.equal(1)
        const letters = (shown: string) => shown.replace(/[^\p{L}\p{Extended_Pictographic}]/gu, '').length
        const wanted = body.flat().reduce((sum, each) => sum + letters(each.replace(/[*`\\]/g, '')), 0)
        expect(letters(rows.join('')), text).to.be.at.least(wanted)
      }),
      {numRuns},
    )
    tellTried(numRuns, 'tables × widths')
  })
})
