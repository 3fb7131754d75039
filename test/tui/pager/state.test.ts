import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {documentOf, type Fold} from '../../../src/tui/pager/document.js'
import {pagerRows} from '../../../src/tui/pager/draw.js'
import {pagerKeys} from '../../../src/tui/pager/keys.js'
import {rowAt, rowsOf} from '../../../src/tui/pager/rows.js'
import {matchesOf} from '../../../src/tui/pager/search.js'
import {laidOut, openDocument, type PagerKey, type PagerState, pressed, searched} from '../../../src/tui/pager/state.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {toolItem} from '../../../src/tui/transcript/items.js'
import {tellTried} from '../../helpers/tried.js'

const colored = createStyle({TERM: 'xterm'})

const unit = fc.constantFrom(
  'a',
  'B',
  'word ',
  ' ',
  '\n',
  '\t',
  '\r',
  '日本',
  '😀',
  'é',
  '\x1b]0;x\x07',
  '\x1b[2J',
  '\u202e',
  '\x9b',
  '\x00',
)
const anyText = fc.string({unit, maxLength: 400})
const anySize = fc.record({width: fc.integer({min: 1, max: 100}), height: fc.integer({min: 1, max: 40})})
const keyInput = fc.constantFrom(
  ...[
    'q',
    'j',
    'k',
    ' ',
    'b',
    'g',
    'G',
    '/',
    'n',
    'N',
    'a',
    'B',
    '日',
    '[',
    ']',
    '\r',
    '\x7f',
    '\x1b[A',
    '\x1b[B',
    '\x1b[5~',
  ],
  ...['\x1b[6~', '\x1b[C', '\x1b[D', '\x1b[27u', '\x04', '\x15', '\x0c', '\x1bx', '\x1b[200~', '\x1b[?1;2c'],
)

const foldOf = (output: string): Fold =>
  ({
    id: 1,
    ...toolItem({id: 't', name: 'terminal', context: 'ls', status: 'complete', result: {output, exit_code: 0}}),
  }) as Fold

function inRange(state: PagerState): void {
  const {rows, top, height, match, matches} = state
  expect(top).to.be.at.least(0)
  expect(top).to.be.at.most(Math.max(0, rows.length - height))
  if (match !== undefined) expect(match).to.be.within(0, matches.length - 1)
}

function fits(state: PagerState, notice?: string): void {
  const rows = pagerRows(state, {place: {at: 2, of: 3}, notice, remark: undefined}, colored)
  expect(rows).to.have.lengthOf(state.height + (notice === undefined ? 2 : 3))
  for (const row of rows) {
    expect(stringWidth(row), JSON.stringify(row)).to.be.at.most(Math.max(state.width, 2))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: nothing but colours may reach the terminal.
    expect(row.replace(/\x1b\[[0-9;]*m/g, '')).to.not.match(/[\x00-\x1f\x7f-\x9f\u202e]/)
  }
}

describe('the pager', () => {
  it('is headed by the line of the tool, in which what hides or deceives is marked and our own signs are not', () => {
    const titleOf = (path: string) =>
      documentOf({
        id: 1,
        ...toolItem({
          id: 't',
          name: 'read_file',
          context: path,
          status: 'complete',
          args: {path},
          result: {path, content: 'hi', total_lines: 1},
        }),
      } as Fold).title
    expect(titleOf('src/a.ts')).to.equal('Read src/a.ts · 1 line')
    expect(titleOf('a\u202eb·c')).to.equal('Read a⟦U+202E⟧b⟦U+00B7⟧c · 1 line')
  })

  it('is never out of range and always fits, for any text, any size and any keys', () => {
    const numRuns = 400
    const step = fc.oneof(
      {weight: 6, arbitrary: keyInput.map((input) => ({input}))},
      {weight: 1, arbitrary: anySize.map((size) => ({size}))},
      {weight: 1, arbitrary: anyText.map((more) => ({more}))},
    )
    fc.assert(
      fc.property(anyText, anySize, fc.array(step, {maxLength: 30}), (text, size, steps) => {
        let state = openDocument(documentOf(foldOf(text)), size)
        let now = size
        for (const each of steps) {
          if ('input' in each) {
            for (const key of pagerKeys(each.input)) state = pressed(state, key).state
          } else if ('size' in each) {
            now = each.size
            state = laidOut(state, now)
          } else state = laidOut(state, now, documentOf(foldOf(text + each.more)))
          inRange(state)
        }
        fits(state)
        fits(state, '? waits for you')
      }),
      {numRuns},
    )
    tellTried(numRuns, 'texts × sizes × keys')
  })

  it('shows all of a text, row by row', () => {
    fc.assert(
      fc.property(anyText, anySize, (text, {width}) => {
        const {lines} = documentOf(foldOf(text))
        for (const prose of [false, true]) {
          const rows = rowsOf(lines, width, prose)
          const shown = lines.map((_, line) =>
            rows.flatMap((row) => (row.line === line ? [lines[line]?.text.slice(row.start, row.end)] : [])).join(''),
          )
          expect(shown).to.deep.equal(lines.map((line) => line.text))
          for (const [index, row] of rows.entries()) {
            expect(rowAt(rows, row.line, row.start)).to.equal(index)
            const wide = stringWidth(lines[row.line]?.text.slice(row.start, row.end) ?? '')
            expect(wide).to.be.at.most(Math.max(2, width))
          }
        }
      }),
      {examples: [['word a😀', {width: 2, height: 1}]]},
    )
  })

  it('finds whatever is there, and brings it on the screen', () => {
    const numRuns = 400
    fc.assert(
      fc.property(anyText, anySize, fc.nat(), fc.integer({min: 1, max: 8}), (text, size, from, length) => {
        const document = documentOf(foldOf(text))
        const line = document.lines[from % Math.max(1, document.lines.length)]?.text ?? ''
        const characters = Array.from(line)
        const at = characters.length === 0 ? 0 : from % characters.length
        const query = characters.slice(at, at + length).join('')
        if (query === '') return
        const state = searched(openDocument(document, size), query)
        expect(state.matches.length, query).to.be.at.least(1)
        for (const match of state.matches) {
          const found = document.lines[match.line]?.text.slice(match.start, match.end)
          expect(found?.toLowerCase()).to.equal(query.toLowerCase())
        }
        let next = state
        for (let n = 0; n < Math.min(5, state.matches.length); n++) {
          const {line: row, start} = next.matches[next.match ?? -1] ?? expect.fail('no match')
          const place = rowAt(next.rows, row, start)
          expect(place).to.be.within(next.top, next.top + next.height - 1)
          next = pressed(next, {name: 'text', text: 'n'}).state
        }
      }),
      {numRuns},
    )
    tellTried(numRuns, 'searches')
  })

  it('takes each sign of a search for itself', () => {
    const signs = Array.from({length: 0x7f - 0x20}, (_, code) => String.fromCharCode(0x20 + code))
    for (const sign of signs) {
      for (const query of [sign, `a${sign}b`, sign + sign, `${sign}A`]) {
        if (query.trim() === '') continue
        expect(matchesOf([{text: `x ${query} y`}, {text: 'aab'}], query).length, query).to.be.at.least(1)
      }
    }
    expect(matchesOf([{text: 'npm run build-all'}], 'd-a')).to.deep.equal([{line: 0, start: 12, end: 15}])
    tellTried(signs.length, 'signs')
  })

  it('takes upper and lower case for the same unless the text has an upper one', () => {
    const lines = [{text: 'Error and error and ERROR'}, {text: 'a.c abc'}]
    expect(matchesOf(lines, 'error')).to.have.lengthOf(3)
    expect(matchesOf(lines, 'Error')).to.have.lengthOf(1)
    expect(matchesOf(lines, 'a.c'), 'no expression').to.have.lengthOf(1)
  })

  it('goes from match to match round the ends, and back', () => {
    const press = (state: PagerState, ...keys: PagerKey[]) => keys.reduce((now, key) => pressed(now, key).state, state)
    const text = (letters: string): PagerKey[] => Array.from(letters, (letter) => ({name: 'text', text: letter}))
    const lines = Array.from({length: 100}, (_, n) => (n % 40 === 30 ? 'needle' : `line ${n}`)).join('\n')
    const found = press(openDocument(documentOf(foldOf(lines)), {width: 40, height: 10}), ...text('/needle'), {
      name: 'return',
    })
    expect(found.match).to.equal(0)
    expect(press(found, ...text('n')).match).to.equal(1)
    expect(press(found, ...text('nn')).match).to.equal(0)
    expect(press(found, ...text('N')).match).to.equal(1)
    expect(press(found, ...text('/none'), {name: 'return'}).matches).to.have.lengthOf(0)
    expect(press(found, ...text('/x'), {name: 'escape'}).query, 'Esc leaves the search alone').to.equal('needle')
    expect(pressed(found, {name: 'escape'}).wish).to.equal('close')
  })

  it('stays at its place when the window changes', () => {
    const lines = Array.from({length: 300}, (_, n) => `${n} ${'x'.repeat(n % 90)}`).join('\n')
    fc.assert(
      fc.property(fc.nat({max: 299}), anySize, anySize, (line, one, other) => {
        const opened = openDocument(documentOf(foldOf(lines)), one)
        const moved = {
          ...opened,
          top: Math.min(rowAt(opened.rows, line, 0), Math.max(0, opened.rows.length - one.height)),
        }
        const first = moved.rows[moved.top]?.line ?? 0
        const next = laidOut(moved, other)
        const last = next.rows[Math.min(next.rows.length, next.top + other.height) - 1]?.line ?? 0
        expect(first).to.be.within(next.rows[next.top]?.line ?? 0, last)
      }),
    )
  })
})

describe('pagerKeys', () => {
  it('reads keys of any chunk, and nothing of what is no key', () => {
    expect(pagerKeys('jj\x1b[6~/')).to.deep.equal([
      {name: 'text', text: 'j'},
      {name: 'text', text: 'j'},
      {name: 'pagedown'},
      {name: 'text', text: '/'},
    ])
    expect(pagerKeys('\x1b')).to.deep.equal([{name: 'escape'}])
    expect(pagerKeys('\x1b[?62;4c\x1b[200~a\x1b[201~')).to.deep.equal([{name: 'text', text: 'a'}])
    fc.assert(
      fc.property(fc.string({unit: 'binary'}), (input) => {
        for (const key of pagerKeys(input)) if (key.name === 'text') expect(key.text).to.have.length.within(1, 2)
      }),
    )
  })
})
