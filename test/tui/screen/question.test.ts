import {expect} from 'chai'
import {createPatch} from 'diff'
import fc from 'fast-check'
import stringWidth from 'string-width'
import type {ApprovalRequest} from '../../../src/protocol/events.js'
import type {LiveScreen} from '../../../src/tui/screen/part.js'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../../src/tui/state/state.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {stripSgr} from '../../../src/tui/text/wrap.js'
import {freshChat} from '../../helpers/chat-state.js'
import {hostileText} from '../../helpers/hidden-text.js'
import {runs} from '../../helpers/sample.js'
import {decodeVisible, linesOfRows} from '../../helpers/visible-text.js'

const start = freshChat()
const colored = createStyle({TERM: 'xterm'})
const plain = createStyle({TERM: 'dumb'})
const open = (id = 0, more: object = {}): ChatAction => ({
  type: 'asking',
  asking: {id, phase: 'open', typed: false, armed: true, ...more},
})
const event = (payload: ApprovalRequest): ChatAction => ({
  type: 'event',
  event: {type: 'approval.request', sessionId: undefined, payload},
  now: 0,
})
const offers: ApprovalRequest['offers'] = [
  {scope: 'session', rule: 'bash(npm test)', covers: 'exactly this command'},
  {scope: 'session', rule: 'bash(npm test *)', covers: 'npm test with any arguments'},
  {scope: 'always', rule: 'bash(npm test *)', covers: 'npm test with any arguments'},
]
const asked = (payload: Partial<ApprovalRequest>, ...more: ChatAction[]): ChatState =>
  [
    event({command: 'npm test', description: 'Run a shell command', request_id: 'r', offers, ...payload}),
    open(),
    ...more,
  ].reduce(reduce, start)
const draw = (state: ChatState, columns = 80, rows = 24, style = plain): LiveScreen =>
  liveScreen(state, {columns, rows, style, crashLog: '/log', found: undefined, now: 0, tick: 0})
const scroll = (top: number): ChatAction => ({type: 'question', action: {type: 'scroll', top}})

/** All rows that the window of the subject shows, read from top to bottom page by page; without the facts above it. */
function pagedRows(state: ChatState, columns: number, rows: number): string[] {
  const shown: string[] = []
  for (let top = 0; ; ) {
    const screen = draw(reduce(state, scroll(top)), columns, rows, colored)
    const {asked: window} = screen
    if (!window) throw new Error('no question')
    const clean = screen.rows.map(stripSgr)
    const end = clean.findLastIndex((row) => row.startsWith('──'))
    const page = clean.slice(end - window.page, end)
    shown.push(...page.slice(shown.length - window.top))
    if (window.top + window.page >= window.total) break
    top = window.top + window.page
  }
  const facts = shown.findIndex((row) => row.startsWith('# '))
  return facts === -1 ? shown : shown.slice(facts)
}

const sizes = fc.tuple(fc.integer({min: 40, max: 160}), fc.integer({min: 15, max: 50}))

describe('the approval screen', () => {
  it('shows all of any command, nothing of it to the terminal, and takes no two for the same', () => {
    let tried = 0
    fc.assert(
      fc.property(hostileText, sizes, (command, [columns, rows]) => {
        tried++
        const state = asked({command})
        const screen = draw(state, columns, rows, colored)
        expect(screen.rows.length).to.be.below(rows)
        for (const row of screen.rows) {
          expect(stringWidth(row), row).to.be.at.most(columns)
          // Colours are ours; what the gateway sent must not be one.
          expect(stripSgr(row)).not.to.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
        }
        const subject = pagedRows(state, columns, rows).filter((row) => !row.startsWith('▲'))
        // The warning goes into the window of a small screen.
        const lines = linesOfRows(subject)
        const text = lines.slice(-command.split('\n').length).map(decodeVisible).join('\n')
        expect(text).to.equal(command)
        if (state.questions[0]?.subject?.hidden.length) expect(screen.asked?.selected).to.equal(undefined)
      }),
      {numRuns: runs(1500, 300)},
    )
    console.log(`      ${tried} commands`)
  }).timeout(60_000)

  it('shows all of any diff, signs and hidden characters too', () => {
    let tried = 0
    fc.assert(
      fc.property(hostileText, hostileText, sizes, (before, after, [columns, rows]) => {
        tried++
        const diff = createPatch('demo.ts', before.toWellFormed(), after.toWellFormed())
        const state = asked({kind: 'edit', command: '/w/demo.ts', diff})
        const lines = linesOfRows(pagedRows(state, columns, rows).filter((row) => !row.startsWith('▲')))
        const wanted = diff.replace(/\n$/, '').split('\n')
        expect(lines.slice(-wanted.length).map(decodeVisible)).to.deep.equal(wanted)
      }),
      {numRuns: runs(500, 100)},
    )
    console.log(`      ${tried} diffs`)
  }).timeout(60_000)

  for (const [columns, rows] of [
    [40, 15],
    [80, 24],
    [160, 50],
  ] as const) {
    it(`has every way to answer on ${columns}x${rows}, with 61 lines to read`, () => {
      const command = Array.from({length: 61}, (_, index) => `echo line ${index + 1}`).join('\n')
      const screen = draw(asked({command, dangers: ['deletes files'], destructive: true}), columns, rows)
      const text = screen.rows.join('\n')
      for (const way of ['1 Allow once', '2 ', '3 ', '4 Always', '5 Deny (Esc)', 'type what to do instead'])
        expect(text).to.include(way)
      expect(text).to.include('▲ deletes files').and.to.include('echo line 1')
      if (rows < 50) expect(text).to.match(/lines 1–\d+ of 61 · PgDn for more/)
      expect(screen.asked?.selected).to.equal(undefined)
      const end = draw(reduce(asked({command}), scroll(1000)), columns, rows).rows.join('\n')
      expect(end).to.include('echo line 61')
      if (rows < 50) expect(end).to.include('of 61 · the end')
    })
  }

  it('says what each answer covers, where it runs, and why it asks', () => {
    const text = draw(asked({cwd: '/w/docs', why: 'a rule asks: bash(npm *)'})).rows.join('\n')
    expect(text).to.include('2 Allow for this session: exactly this command')
    expect(text).to.include('3 Allow for this session: npm test with any arguments')
    expect(text).to.include('4 Always in this project: npm test with any arguments')
    expect(text)
      .to.match(/in +\/w\/docs/)
      .and.to.match(/why +a rule asks: bash\(npm \*\)/)
    expect(draw(asked({cwd: '/w'})).rows.join('\n')).not.to.match(/in +\/w/)
  })

  it('shows the real path of a file, and marks what hides in it', () => {
    const diff = createPatch('x', 'a\n', 'b\n')
    const text = draw(asked({kind: 'edit', command: '/home/me/.bash_login\u202e', diff})).rows.join('\n')
    expect(text).to.match(/file +\/home\/me\/\.bash_login⟦U\+202E⟧/)
    expect(text).to.include('▲ contains hidden characters: RIGHT-TO-LEFT OVERRIDE')
  })

  it('lets Enter alone take a yes only for what is harmless, wholly seen, and came while nobody typed', () => {
    const selected = (state: ChatState, rows = 24) => draw(state, 80, rows).asked?.selected
    const long = Array.from({length: 61}, (_, index) => `echo ${index}`).join('\n')
    expect(selected(asked({}))).to.equal(0)
    expect(selected(asked({destructive: true}))).to.equal(undefined)
    expect(selected(asked({dangers: ['deletes files']}))).to.equal(undefined)
    expect(selected(asked({command: 'ls \x1b'}))).to.equal(undefined)
    expect(selected(asked({offers: undefined as never}))).to.equal(undefined)
    expect(selected(asked({command: long}))).to.equal(undefined)
    expect(selected(asked({command: long}, scroll(1000)))).to.equal(0)
    expect(selected(asked({}, open(0, {typed: true})))).to.equal(undefined)
    expect(selected(asked({}, {type: 'edit', action: {type: 'insert', text: 'x'}}))).to.equal(undefined)
    expect(selected(asked({destructive: true}, {type: 'question', action: {type: 'select', index: 1}}))).to.equal(1)
  })

  it('tells one look from another by size, content and queue, not by what the person does', () => {
    const shows = (state: ChatState, columns = 80) => draw(state, columns).asked?.shows
    const one = asked({})
    expect(shows(reduce(one, scroll(3)))).to.equal(shows(one))
    expect(shows(one, 79)).not.to.equal(shows(one))
    expect(shows(reduce(one, event({command: 'ls', description: 'x', request_id: 's'})))).not.to.equal(shows(one))
  })

  it('announces in one line what it will ask, control characters marked, above a composer that goes on', () => {
    const state = asked({command: 'ls \x1b]; rm x'}, open(0, {phase: 'announced'}), {
      type: 'edit',
      action: {type: 'insert', text: 'my draft'},
    })
    const {rows, cursor, asked: window} = draw(state)
    expect(rows.join('\n')).to.include(
      '? Run a shell command: ls ⟦\\x1b⟧]; rm x · opens when you pause, or Ctrl+O\n› my draft',
    )
    expect(cursor).to.deep.equal({x: 10, y: rows.indexOf('› my draft')})
    expect(window).to.equal(undefined)
  })

  it('survives members of any type', () => {
    const junk = fc.anything({withNullPrototype: false})
    fc.assert(
      fc.property(
        fc.record({
          description: junk,
          pattern_key: junk,
          request_id: junk,
          kind: junk,
          diff: junk,
          cwd: junk,
          dangers: junk,
          destructive: junk,
          why: junk,
          offers: fc.oneof(junk, fc.array(fc.oneof(junk, fc.record({scope: junk, rule: junk, covers: junk})))),
        }),
        (members) => {
          const state = [event({command: 'ls', ...members} as ApprovalRequest), open()].reduce(reduce, start)
          expect(draw(state).rows.join('\n')).to.include('1 Allow once')
        },
      ),
    )
  })
})

describe('a question in words', () => {
  const clarify = (question: string, choices: string[]): ChatState =>
    [
      {
        type: 'event',
        event: {type: 'clarify.request', sessionId: undefined, payload: {question, choices, request_id: 'r'}},
        now: 0,
      } as ChatAction,
      open(),
    ].reduce(reduce, start)

  /** The words of the question, read page by page, without the white space at which they were wrapped. */
  function pagedWords(state: ChatState, columns: number, rows: number): string {
    const shown: string[] = []
    for (let top = 0; ; ) {
      const screen = draw(reduce(state, scroll(top)), columns, rows, colored)
      const {asked: window} = screen
      if (!window) throw new Error('no question')
      expect(screen.rows.length).to.be.at.most(rows)
      for (const row of screen.rows) expect(stripSgr(row)).not.to.match(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      const clean = screen.rows.map(stripSgr)
      const rule = clean.findIndex((row) => /^── lines \d/.test(row))
      const from = rule === -1 ? clean.findIndex((row) => row.startsWith('? ')) : rule - window.page
      shown.push(...clean.slice(from, from + window.page).slice(shown.length - window.top))
      if (window.top + window.page >= window.total) break
      top = window.top + window.page
    }
    const warning = shown.findIndex((row) => row.startsWith('▲'))
    const words = shown.slice(0, warning === -1 ? undefined : warning).map((row) => row.slice(2))
    // What was left out may be a blank inside of a mark.
    const marked = words
      .join('')
      .replace(/⇥ {0,3}/g, '')
      .replace(/⟦(\d+)spaces⟧/g, '⟦$1 spaces⟧')
    return decodeVisible(marked).replace(/\s/g, '')
  }

  it('is shown as a whole, with what hides in it and in its choices', () => {
    let tried = 0
    const choices = fc.array(hostileText, {maxLength: 6})
    fc.assert(
      fc.property(hostileText, choices, sizes, fc.nat(40), (question, listed, [columns, rows], breaks) => {
        tried++
        const text = `Q${question}${'\n'.repeat(breaks)}.`
        expect(pagedWords(clarify(text, listed), columns, rows)).to.equal(text.replace(/\s/g, ''))
      }),
      {numRuns: runs(500, 100)},
    )
    console.log(`      ${tried} questions`)
  }).timeout(60_000)

  it('is not answered by Enter alone before its end was seen', () => {
    const state = clarify(`Keep it?${'\n'.repeat(40)}Or delete everything?`, ['yes', 'no'])
    const first = draw(state)
    expect(first.rows.join('\n')).to.match(/lines 1–\d+ of 41 · PgDn for more/)
    expect(first.asked?.selected).to.equal(undefined)
    const last = draw(reduce(state, scroll(1000)))
    expect(last.rows.join('\n')).to.include('Or delete everything?')
    expect(last.asked?.selected).to.equal(0)
    expect(draw(clarify('Keep it?', ['yes', 'no'])).asked?.selected).to.equal(0)
  })
})
