import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {liveScreen} from '../../../src/tui/screen/screen.js'
import {openPicker} from '../../../src/tui/state/picker.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../../src/tui/state/state.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {freshChat, liveView} from '../../helpers/chat-state.js'
import {tellTried} from '../../helpers/tried.js'

const style = createStyle({TERM: 'dumb'})
const start = freshChat()
const run = (...actions: ChatAction[]): ChatState => actions.reduce(reduce, start)
const draw = (state: ChatState, columns = 60, rows = 20) =>
  liveScreen(state, {
    columns,
    rows,
    style,
    crashLog: '/log',
    found: undefined,
    now: 5000,
    tick: 0,
  })
const type = (text: string): ChatAction => ({type: 'edit', action: {type: 'insert', text}})
const ask = (choices: string[] | null): ChatAction => ({
  type: 'event',
  event: {type: 'clarify.request', sessionId: undefined, payload: {question: 'Which?', choices, request_id: 'r'}},
  now: 0,
})
const approval = (command: string): ChatAction => ({
  type: 'event',
  event: {
    type: 'approval.request',
    sessionId: undefined,
    payload: {command, description: 'Run it', allow_permanent: false},
  },
  now: 0,
})
/** The first question takes the place of the composer. */
const open = (id = 0): ChatAction => ({type: 'asking', asking: {id, phase: 'open', typed: true, armed: true}})
const deltas = (text: string): ChatAction => ({type: 'deltas', reasoning: `${text} why`, text, now: 0})

const states: fc.Arbitrary<ChatState> = fc
  .array(
    fc.oneof(
      fc.string({unit: fc.constantFrom('a', ' ', '\n', '日', '😀', '/'), maxLength: 80}).chain((text) =>
        fc.constantFrom<ChatAction>(type(text), deltas(text), approval(text), {
          type: 'enqueue',
          prompt: {id: text, text, state: 'queued', shown: false},
        }),
      ),
      fc.constantFrom<ChatAction>(
        ask(['red', 'blue']),
        ask(null),
        {type: 'answered', now: 0},
        open(0),
        open(1),
        {type: 'pick', picker: openPicker('model', 'Models', [{value: 'a', label: 'a', detail: 'b'}])},
        {type: 'pick', picker: undefined},
        {type: 'search', search: {query: 'x', at: undefined, forward: false, failed: true}},
        {type: 'queue-at', id: 'one'},
        {type: 'search', search: undefined},
        {type: 'hint', text: 'Ctrl+C again leaves'},
        {type: 'view', view: {...liveView, phase: 'exhausted', session: undefined}},
        {type: 'view', view: {...liveView, session: undefined, problem: {code: 4007, message: 'session not found'}}},
      ),
    ),
    {maxLength: 8},
  )
  .map((actions) => run(...actions))

describe('liveScreen', () => {
  it('is always shorter and narrower than the terminal, with the cursor inside', () => {
    fc.assert(
      fc.property(states, fc.integer({min: 24, max: 100}), fc.integer({min: 10, max: 40}), (state, columns, rows) => {
        const screen = draw(state, columns, rows)
        expect(screen.rows.length, screen.rows.join('\n')).to.be.below(rows)
        for (const row of screen.rows) expect(stringWidth(row), row).to.be.at.most(columns)
        if (screen.cursor) {
          expect(screen.cursor.y).to.be.below(screen.rows.length)
          expect(screen.cursor.x).to.be.at.most(columns)
        }
      }),
    )
  })

  it('has room for a hint below a question that fills a small window', () => {
    const state = run(approval('a\nb\nc\nd\ne\nf'), open(), {type: 'hint', text: 'Ctrl+C again leaves'})
    expect(draw(state, 24, 10).rows).to.have.length.below(10)
    expect(draw(state, 24, 10).rows).to.include('Ctrl+C again leaves')
  })

  it('shows the end of what streams', () => {
    const screen = draw(run(deltas(Array.from({length: 500}, (_, index) => `w${index}`).join(' '))), 40, 12)
    expect(screen.rows.join('\n')).to.include('w499').and.not.to.include('w3 ')
  })

  it('does not show a password', () => {
    const asked = run(
      {type: 'event', event: {type: 'sudo.request', sessionId: undefined, payload: {request_id: 'r'}}, now: 0},
      open(),
      {type: 'question', action: {type: 'edit', action: {type: 'insert', text: 'hunter2'}}},
    )
    const text = draw(asked).rows.join('\n')
    expect(text).to.include('•••••••').and.not.to.include('hunter2')
  })

  it('offers no permanent approval where the gateway forbids it', () => {
    const text = draw(run(approval('rm -rf build'), open())).rows.join('\n')
    expect(text).to.include('  rm -rf build').and.to.include('3 Deny').and.not.to.include('Always')
  })

  it('says what is left when the gateway is down', () => {
    const lastExit = {
      generation: 4,
      pid: 1,
      code: 1,
      signal: null,
      expected: false,
      cause: 'exit-code:1',
      summary: 'exited with code 1: no luck',
      retriable: true,
      remedy: 'see the log',
      confidence: 'likely' as const,
      stderrTail: [],
    }
    const text = draw(
      run({type: 'view', view: {...liveView, phase: 'exhausted', session: undefined, lastExit}}),
      100,
    ).rows.join('\n')
    expect(text).to.match(/cause +exited with code 1: no luck \(exit-code:1, likely\)/)
    expect(text).to.match(/remedy +see the log/)
    expect(text).to.match(/log +\/log/)
    expect(text).to.include('/recover')
  })

  it('promises to keep only what is there and could be saved', () => {
    const dead: ChatAction = {type: 'view', view: {...liveView, phase: 'exhausted', session: undefined}}
    const missing = {code: 5030, message: 'the home is read-only'}
    const closed: ChatAction = {type: 'view', view: {...liveView, session: undefined, problem: missing}}
    for (const state of [dead, closed]) {
      const told = (...actions: ChatAction[]) => draw(run(state, ...actions), 200).rows.join('\n')
      expect(told()).to.not.match(/are kept|cannot be saved/)
      expect(told(type('typed'))).to.include('draft and queue are kept')
      expect(told(type('typed'), {type: 'input-saved', saved: false}))
        .to.include('cannot be saved')
        .and.not.include('are kept')
    }
  })

  it('leaves nothing behind when the program ends', () => {
    expect(draw(run(type('x'), {type: 'closing'})).rows).to.deep.equal([])
  })
})

describe('a screen that cannot be drawn', () => {
  it('says so and shows the draft, whatever part of the state is broken', () => {
    const whole = freshChat({...liveView, session: undefined})
    const options = {
      columns: 60,
      rows: 20,
      style: createStyle({TERM: 'dumb'}),
      crashLog: '',
      found: undefined,
    }
    let tried = 0
    for (const member of ['view', 'session', 'turn', 'prompts', 'questions', 'picker', 'search', 'activity'] as const) {
      for (const broken of [null, 7, 'x', {}, [null]]) {
        tried++
        const state = {...whole, [member]: broken, editor: {...whole.editor, text: 'my draft'}} as never
        const {rows, asked} = liveScreen(state, {...options, now: 0, tick: 0})
        expect(rows.length).to.be.within(1, 19)
        if (rows[0]?.startsWith('! the screen cannot be drawn')) {
          expect(rows[1]).to.equal('› my draft')
          expect(asked).to.equal(undefined)
        }
      }
    }
    tellTried(tried, 'broken members of the state')
  })
})
