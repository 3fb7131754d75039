import {expect} from 'chai'
import fc from 'fast-check'
import type {KeyState} from '../../../src/keys/table.js'
import type {Chat} from '../../../src/tui/chat.js'
import {openPicker} from '../../../src/tui/state/picker.js'
import type {ChatAction} from '../../../src/tui/state/state.js'
import {keyStateOf} from '../../../src/tui/terminal/key-state.js'
import {Keyboard} from '../../../src/tui/terminal/keyboard.js'
import {told} from '../../helpers/chat-state.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {pressed} from '../../keys/press.js'
import {ChatSetup, ready, until} from '../chat-setup.js'

/** What is on the screen, from the top down. */
const topmost: Readonly<Record<KeyState, number>> = {
  question: 0,
  answer: 0,
  list: 1,
  search: 2,
  queue: 3,
  announced: 4,
  turn: 5,
  down: 6,
  empty: 7,
  composer: 7,
  menu: 8,
  sessions: 8,
  pager: 8,
}

describe('keys in every state', () => {
  let setup: ChatSetup

  beforeEach(() => {
    setup = new ChatSetup()
  })

  afterEach(() => setup.dispose())

  it('close with Esc the topmost thing alone, and offer earlier prompts only where nothing is typed and nothing runs', async function () {
    this.timeout(60_000)
    const chat = setup.start()
    await until(chat, ready(chat))
    let rewinds = 0
    let now = 0
    chat.rewind = () => rewinds++
    chat.interrupt = () => stop(chat)
    const services = {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}}
    const keyboard = new Keyboard(chat, services, () => now)
    const things: Record<string, ChatAction[]> = {
      list: [{type: 'pick', picker: openPicker('model', 'Models', [{value: 'a', label: 'a', detail: ''}])}],
      search: [{type: 'search', search: {query: '', at: undefined, forward: false, failed: false}}],
      queue: [
        {type: 'enqueue', prompt: {id: 'q', text: 'queued', state: 'queued', shown: false}},
        {type: 'queue-at', id: 'q'},
      ],
      turn: [{type: 'continuing', now: 0}],
      asked: [
        told({type: 'clarify.request', payload: {request_id: 'r', question: 'Which?', choices: ['red', 'blue']}}),
      ],
      draft: [{type: 'edit', action: {type: 'set', text: 'typed'}}],
      'no draft': [{type: 'edit', action: {type: 'set', text: ''}}],
    }
    const seen = new Set<KeyState>()
    let steps = 0
    const step = fc.constantFrom(...Object.keys(things), 'open', 'esc', 'esc', 'esc')
    const property = fc.property(fc.array(step, {maxLength: 12}), (all) => {
      clear(chat)
      now += 10_000
      let last = ''
      for (const each of all) {
        steps++
        now += 10
        if (each !== 'esc') {
          if (each === 'open') chat.asking.open()
          else chat.store.dispatch(...(things[each] ?? []))
          // Esc and Esc are together only where they follow each other.
          now += 10_000
          last = ''
          continue
        }
        const before = chat.state
        const state = keyStateOf(before)
        seen.add(state)
        const asked = rewinds
        keyboard.press(pressed('escape'))
        const after = chat.state
        const gone = [
          before.questions.length > after.questions.length || (state === 'answer' && keyStateOf(after) === 'question'),
          before.picker !== undefined && after.picker === undefined,
          before.search !== undefined && after.search === undefined,
          before.queueAt !== undefined && after.queueAt === undefined,
          before.turn?.interrupting === false && after.turn?.interrupting !== false,
        ]
        const count = gone.filter(Boolean).length
        expect(count, `${state}: ${gone}`).to.be.at.most(1)
        if (topmost[state] < 5) expect(count, state).to.equal(1)
        if (state === 'turn' && before.turn?.interrupting === false) expect(count, state).to.equal(1)
        expect(after.editor.text, state).to.equal(before.editor.text)
        expect(after.prompts).to.deep.equal(before.prompts)
        const second = state === 'empty' && last === 'esc at empty'
        expect(rewinds - asked, `${state} after ${last}`).to.equal(second ? 1 : 0)
        last = state === 'empty' && !second ? 'esc at empty' : ''
      }
    })
    const wanted = ['list', 'search', 'queue', 'announced', 'turn', 'empty', 'composer', 'question'] as const
    // Of the few that are drawn none may open a question: then more are.
    for (let round = 0; round < 10 && wanted.some((state) => !seen.has(state)); round++)
      fc.assert(property, {numRuns: runs(400, 80)})
    expect([...seen]).to.include.members([...wanted])
    tellTried(steps, `steps in ${seen.size} states`)
  })

  it('type whatever comes as text, also names of keys', async () => {
    const chat = setup.start()
    await until(chat, ready(chat))
    const keyboard = new Keyboard(chat, {columns: () => 80, redraw: () => {}, suspend: () => {}, unfold: () => {}})
    const words = fc.constantFrom(
      'up',
      'down',
      'enter',
      'escape',
      'ctrl+c',
      'ctrl+x ctrl+e',
      'a',
      'K',
      ' ',
      '日本',
      'tab',
    )
    fc.assert(
      fc.property(fc.array(words, {minLength: 1, maxLength: 4}), (all) => {
        chat.store.dispatch({type: 'edit', action: {type: 'load', text: ''}})
        for (const text of all) keyboard.press({name: 'text', text, ctrl: false, alt: false, shift: false})
        expect(chat.state.editor.text).to.equal(all.join(''))
      }),
    )
  })
})

/** As the gateway would say later. */
function stop(chat: Chat): boolean {
  if (!chat.state.turn) return false
  chat.store.dispatch({type: 'interrupting'})
  return true
}

function clear(chat: Chat): void {
  const none: ChatAction[] = [
    {type: 'turn-failed'},
    {type: 'pick', picker: undefined},
    {type: 'search', search: undefined},
    {type: 'clear-queue'},
    {type: 'edit', action: {type: 'load', text: ''}},
    {type: 'asking', asking: undefined},
  ]
  chat.store.dispatch(...none)
}
