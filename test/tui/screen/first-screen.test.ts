import {homedir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {firstScreen} from '../../../src/tui/screen/first-screen.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {initialState} from '../../../src/tui/state/state.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {liveView} from '../../helpers/chat-state.js'

const style = createStyle({TERM: 'xterm-256color', FORCE_COLOR: '3'})
const notBegun = {...liveView, phase: 'idle', session: undefined, pid: undefined} as const

/** Letters, blanks and what is wide, joined or made of several; in chunks, as a terminal gives them. */
const chunks = fc.array(
  fc.oneof(
    fc.string({unit: 'grapheme', maxLength: 20}).map((text) => text.replace(/\p{Control}/gu, '')),
    fc.constantFrom('!', '!!', '/help', ' ', '漢字', 'e\u0301', '👩‍👩‍👧', '\u0301', 'x'.repeat(300)),
  ),
  {maxLength: 6},
)
const folders = fc.constantFrom(undefined, '/some/where', homedir(), path.join(homedir(), 'a folder'), '/a/\u202eb')

describe('the first screen', () => {
  it('is the one that the whole chat draws of the same draft before its gateway is there', () => {
    fc.assert(
      fc.property(
        chunks,
        folders,
        fc.integer({min: 1, max: 120}),
        fc.integer({min: 1, max: 40}),
        (texts, cwd, columns, rows) => {
          const begun = initialState({view: notBegun, showReasoning: false, ...(cwd !== undefined && {cwd})})
          const state = texts.reduce(
            (before, text) => reduce(before, {type: 'edit', action: {type: 'insert', text}}),
            begun,
          )
          const whole = liveScreen(state, {columns, rows, style, crashLog: '', found: undefined, now: 0, tick: 0})
          const first = firstScreen({typed: texts.join(''), cwd, columns, rows, style})
          expect(first.rows).to.deep.equal(whole.rows)
          expect(first.cursor).to.deep.equal(whole.cursor)
        },
      ),
    )
  })

  it('shows the draft where it cannot be drawn', () => {
    const broken = {
      ...style,
      edge: () => {
        throw new Error('no line')
      },
    }
    const {rows, cursor} = firstScreen({typed: 'hello', cwd: undefined, columns: 60, rows: 20, style: broken})
    expect(rows).to.deep.equal(['! the screen cannot be drawn: no line', '› hello', 'Ctrl+C twice leaves'])
    expect(cursor).to.equal(undefined)
  })
})
