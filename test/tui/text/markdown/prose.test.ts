import {expect} from 'chai'
import fc from 'fast-check'
import {PROSE_COLUMNS} from '../../../../src/tui/text/markdown/render.js'
import {stripSgr, textWidth} from '../../../../src/tui/text/wrap.js'
import {type DrawnOptions, type Libraries, loadLibraries, plainReply, replyRows} from '../../../helpers/drawn-chat.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

describe('prose', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (text: string, options: DrawnOptions = {}) => plainReply(libraries, text, options)

  it('goes on over a soft break, and begins a row at a hard one', () => {
    expect(drawn('one\ntwo\n   three')).to.deep.equal(['one two three'])
    expect(drawn('one  \ntwo\\\nthree')).to.deep.equal(['one', 'two', 'three'])
    expect(drawn('- one\n  two\n\n> one\n> two')).to.deep.equal(['• one two', '', '│ one two'])
    expect(drawn('**one\ntwo** `a\nb` [c\nd](https://x)')).to.deep.equal(['one two a b c d (https://x)'])
  })

  it('puts no blank into a script that has none', () => {
    expect(drawn('日本語の\n文章です。\nand words\n日本')).to.deep.equal(['日本語の文章です。 and words 日本'])
  })

  it('has a tab stop each fourth column, in text and in code', () => {
    expect(drawn('a\tbc\tdefg\th')).to.deep.equal(['a   bc  defg    h'])
    expect(drawn('```\n\ta\n12\t3\n日\t|\n```')).to.deep.equal(['──', '    a', '12  3', '日  |'])
    expect(drawn('- x\ty')).to.deep.equal(['• x   y'])
    expect(drawn('    a\tb')).to.deep.equal(['──', 'a   b'])
  })

  it('is at most 100 columns wide, in whatever it stands, and uses what there is', () => {
    const words = 'some words and more of them '.repeat(30).trim()
    const within = ['', '- ', '1. ', '> ', '> - ', '- > 1. ', '[^1]: ', '# ', '- [ ] ', '<div>']
    for (const mark of within) {
      const widths = drawn(`${mark}${words}`, {columns: 180}).map((row) => textWidth(row.trimEnd()))
      expect(Math.max(...widths), mark).to.be.within(PROSE_COLUMNS - 6, PROSE_COLUMNS)
    }
    tellTried(within.length, 'places of prose')
  })

  it('never breaks a word where its style changes', () => {
    const part = fc
      .tuple(fc.constantFrom('', '**', '*', '`', '~~'), fc.stringMatching(/^[a-z]{1,4}$/))
      .map(([mark, text]) => ({text, written: `${mark}${text}${mark}`}))
    const word = fc.array(part, {minLength: 1, maxLength: 4})
    const numRuns = runs(300, 40)
    fc.assert(
      // A word of 4 parts with their marks has 32 letters, should all of those mean themselves.
      fc.property(fc.array(word, {minLength: 4, maxLength: 30}), fc.integer({min: 33, max: 60}), (words, columns) => {
        const text = words.map((parts) => parts.map(({written}) => written).join('')).join(' ')
        const spans = text.replace(/[*~`]+/g, '')
        const rows = drawn(text, {columns})
        // Where marks are next to each other they may mean themselves.
        const shown = rows.join(' ').replace(/[*~`]+/g, '')
        expect(shown.split(/\s+/)).to.deep.equal(spans.split(/\s+/))
      }),
      {numRuns},
    )
    tellTried(numRuns, 'words of several styles × widths')
  })

  it('never breaks an address: one that is longer than a row is left to the terminal', () => {
    const numRuns = runs(200, 40)
    fc.assert(
      fc.property(
        fc.integer({min: 1, max: 200}),
        fc.integer({min: 24, max: 100}),
        fc.constantFrom('', 'see ', 'words before it and ', '- ', '> - ', '1. x ', '# ', '[a] ', '**'),
        fc.constantFrom('', '.', ' and words behind it', '**', ')'),
        (length, columns, before, behind) => {
          const address = `https://example.org/${'path/'.repeat(length / 5)}end`
          const rows = drawn(`${before}${address}${behind}`, {columns})
          const whole = rows.filter((row) => row.includes(address))
          expect(whole, rows.join('\n')).to.have.length(1)
          for (const row of rows) if (!row.includes(address)) expect(textWidth(row)).to.be.at.most(columns)
        },
      ),
      {numRuns},
    )
    tellTried(numRuns, 'addresses × places × widths')
  })

  it('never breaks an address in a table, nor that of a link', () => {
    const address = `https://example.org/${'a'.repeat(30)}`
    const words = 'words that have to give way to it because there is little room'
    for (const columns of [200, 100, 80, 60, 40, 20]) {
      const table = drawn(`| address | what |\n|---|---|\n| ${address} | ${words} |\n| x | ${words} |`, {columns})
      expect(table.join('\n'), `${columns} columns`).to.include(address)
      expect(drawn(`A [label](${address}) here`, {columns}).join('\n')).to.include(`(${address})`)
      expect(drawn(`[x]\n\n[x]: ${address}`, {columns}).join('\n')).to.include(address)
    }
  })

  it('breaks a word that is longer than a row, and keeps its style', () => {
    const rows = replyRows(libraries, `**${'x'.repeat(50)}**`, {columns: 20})
    expect(rows.map(stripSgr)).to.deep.equal(['x'.repeat(20), 'x'.repeat(20), 'x'.repeat(10)])
    for (const row of rows) expect(row).to.equal(`\x1b[1m${stripSgr(row)}\x1b[22m`)
  })
})
