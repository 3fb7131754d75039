import {expect} from 'chai'
import fc from 'fast-check'
import {Attention, type AttentionSettings} from '../../../src/tui/attention/attention.js'
import {type Means, meansOf} from '../../../src/tui/attention/means.js'
import {message, titled} from '../../../src/tui/attention/sequences.js'
import type {Question} from '../../../src/tui/state/question.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {beginTurn} from '../../../src/tui/state/turn.js'
import {freshChat, liveView} from '../../helpers/chat-state.js'
import {hostileText} from '../../helpers/hidden-text.js'

const all: Means = {title: true, notice: 'message', progress: true}
const on: AttentionSettings = {title: true, notify: 'auto', afterMs: 10_000, progress: true}

function attended(means: Means = all, settings: Partial<AttentionSettings> = {}) {
  let now = 0
  const written: string[] = []
  const modes: Record<string, boolean> = {}
  const attention = new Attention({
    means,
    settings: {...on, ...settings},
    write: (text) => written.push(text),
    held: {set: (next) => Object.assign(modes, next)},
    now: () => now,
  })
  return {
    attention,
    written,
    modes,
    pass(ms: number) {
      now += ms
    },
    all: () => written.join(''),
  }
}

const idle = freshChat()
const busy: ChatState = {...idle, turn: beginTurn({promptId: 'p', user: 'u'}, 0)}
const asking: ChatState = {...busy, questions: [{id: 1, title: 'Run a command'} as Question]}
const down: ChatState = {...idle, view: {...liveView, phase: 'exhausted'}}
const recovering: ChatState = {...idle, view: {...liveView, phase: 'backoff', recovering: true}}

describe('attention', () => {
  it('puts the title back and clears the progress at the end, whatever happened before', () => {
    const states = fc.array(fc.constantFrom(idle, busy, asking, down, recovering, 'pause' as const, 'forget' as const))
    fc.assert(
      fc.property(states, (steps) => {
        const {attention, modes, all: text} = attended()
        for (const step of steps) {
          if (step === 'pause') attention.pause()()
          else if (step === 'forget') attention.forget()
          else attention.update(step)
        }
        attention.stop()
        // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences.
        const pushed = [...text().matchAll(/\x1b\[2([23]);2t/g)].map(([, which]) => (which === '2' ? 1 : -1) as number)
        expect(pushed.reduce((sum, one) => sum + one, 0)).to.equal(0)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences.
        const progress = [...text().matchAll(/\x1b\]9;4;(\d)/g)].at(-1)?.[1] ?? '0'
        if (!steps.includes('forget')) expect(progress).to.equal('0')
        if (steps.length > 0) expect(Object.values(modes)).to.not.include(true)
      }),
    )
  })

  it('lets no text end its sequence or begin another', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const sequence of [titled(text), message(text)]) {
          // biome-ignore lint/suspicious/noControlCharactersInRegex: sequences.
          expect(sequence).to.match(/^\x1b\][29];[^\x00-\x1f\x7f-\x9f]*\x1b\\$/)
        }
      }),
    )
  })

  it('signs the end of a long turn while the window is not in front, and of no other', () => {
    fc.assert(
      fc.property(fc.integer({min: 0, max: 60_000}), fc.option(fc.boolean(), {nil: undefined}), (ms, inFront) => {
        const {attention, pass, written} = attended(all, {title: false, progress: false})
        if (inFront !== undefined) attention.focus(inFront)
        attention.update(busy)
        pass(ms)
        attention.update(idle)
        const away = inFront === undefined ? ms >= 10_000 : !inFront
        expect(written.length).to.equal(ms >= 10_000 && away ? 1 : 0)
      }),
    )
  })

  it('signs a question once, and neither what the person stopped nor a turn that is brought back', () => {
    const {attention, pass, written} = attended(all, {title: false, progress: false})
    attention.focus(false)
    attention.update(asking)
    attention.update({...asking})
    expect(written).to.have.length(1)
    pass(20_000)
    attention.update({...busy, turn: {...beginTurn({promptId: 'p', user: 'u'}, 0), interrupting: true}})
    attention.update(idle)
    expect(written).to.have.length(1)
    attention.update(busy)
    pass(20_000)
    attention.update(recovering)
    expect(written).to.have.length(1)
    attention.update(down)
    expect(written).to.have.length(2)
  })

  it('is quiet where it is turned off, and where the terminal has nothing to draw attention with', () => {
    for (const [means, settings] of [
      [all, {title: false, notify: 'off', progress: false}],
      [meansOf({TERM: 'dumb'}), {}],
      [meansOf({TERM: 'linux'}), {}],
      [meansOf({}), {}],
    ] as const) {
      const {attention, pass, written} = attended(means, settings)
      attention.focus(false)
      for (const state of [idle, busy, asking, down]) {
        attention.update(state)
        pass(60_000)
      }
      attention.update(idle)
      attention.stop()
      expect(written).to.deep.equal([])
    }
  })

  it('knows terminals by what they set', () => {
    const bell = {title: true, notice: 'bell', progress: false}
    expect(meansOf({TERM: 'xterm-256color'})).to.deep.equal(bell)
    expect(meansOf({TERM: 'tmux-256color', TMUX: '/tmp/x', TERM_PROGRAM: 'ghostty'})).to.deep.equal(bell)
    expect(meansOf({TERM: 'screen'})).to.deep.equal(bell)
    expect(meansOf({TERM: 'xterm-ghostty'})).to.deep.equal(all)
    expect(meansOf({TERM: 'xterm-kitty'})).to.deep.equal({...all, progress: false})
    expect(meansOf({TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm'})).to.deep.equal({...all, progress: false})
    expect(meansOf({TERM: 'xterm-256color', WT_SESSION: 'x'})).to.deep.equal({...bell, progress: true})
    expect(meansOf({WT_SESSION: 'x'})).to.deep.equal({...bell, progress: true})
  })
})
