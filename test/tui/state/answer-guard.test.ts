import {expect} from 'chai'
import fc from 'fast-check'
import type {ApprovalRequest} from '../../../src/protocol/events.js'
import {DEAD_MS, DRAFT_QUIET_MS, MANUAL_MS, QUIET_MS} from '../../../src/tui/state/answer-guard.js'
import {runs} from '../../helpers/sample.js'
import {SimulatedPerson} from '../simulated-person.js'

let asked = 0
const approval = (more: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  command: 'rm -rf build',
  description: 'Run a shell command',
  request_id: `q${asked++}`,
  offers: [
    {scope: 'session', rule: 'bash(rm -rf build)', covers: 'exactly this command'},
    {scope: 'always', rule: 'bash(rm *)', covers: 'rm with any arguments'},
  ],
  ...more,
})

/** Letters and digits without blanks, sorted: two texts of the same keys are equal. */
const keysOf = (text: string) => [...text.replace(/\s/g, '')].sort().join('')

const withPerson = (act: (person: SimulatedPerson) => void) => {
  const person = new SimulatedPerson()
  try {
    act(person)
  } finally {
    person.dispose()
  }
}

/** Milliseconds between two keys of somebody who types at a pace of 30 ms to 2 s a key, in bursts and with rests. */
const pauses = (pace: number) =>
  fc.oneof(
    {weight: 6, arbitrary: fc.integer({min: Math.ceil(pace * 0.6), max: Math.min(2000, Math.ceil(pace * 1.4))})},
    {weight: 2, arbitrary: fc.integer({min: 15, max: 60})},
    {weight: 1, arbitrary: fc.integer({min: 30, max: 2000})},
  )

const sentence = fc
  .tuple(
    fc.constantFrom(...'abnoxy'),
    fc.string({unit: fc.constantFrom(...'abenot1234 12 3,.'), maxLength: 14}),
    fc.constantFrom('\n', '\n', ''),
  )
  .map((parts) => parts.join(''))

interface Typing {
  keys: {after: number; character: string}[]
  /** Before which key a question comes. */
  questions: number[]
}

const typing: fc.Arbitrary<Typing> = fc.integer({min: 30, max: 2000}).chain((pace) =>
  fc.array(sentence, {minLength: 1, maxLength: 4}).chain((sentences) => {
    const text = sentences.join('')
    return fc.record({
      keys: fc
        .array(pauses(pace), {minLength: text.length, maxLength: text.length})
        .map((times) => times.map((after, index) => ({after, character: text[index] ?? ''}))),
      questions: fc.array(fc.integer({min: 1, max: text.length - 1 || 1}), {minLength: 1, maxLength: 3}),
    })
  }),
)

describe('the guard of answers', () => {
  it('takes no key of a sentence for an answer, and loses none', () => {
    let keys = 0
    let questions = 0
    let reasons = 0
    let opened = 0
    fc.assert(
      fc.property(typing, fc.boolean(), (stream, destructive) =>
        withPerson((person) => {
          let typed = ''
          const gives = new Map<string, boolean>()
          stream.keys.forEach(({after, character}, index) => {
            const due = stream.questions.filter((at) => at === index)
            person.wait(after / 2)
            for (const _ of due) person.ask('approval.request', approval({destructive}))
            questions += due.length
            person.wait(after / 2)
            const before = person.told.length
            const wasWriting = person.chat.state.questions[0]?.writing ?? false
            if (person.open) opened++
            person.type(character)
            typed += character
            keys++
            for (const {params} of person.told.slice(before)) {
              gives.set(String(params.request_id), true)
              // Words that were typed into the open field, and nothing but a no.
              expect(params, JSON.stringify({typed, stream})).to.include({choice: 'deny'})
              expect(wasWriting && character === '\n', typed).to.equal(true)
              expect(params.reason).to.be.a('string').and.not.equal('')
              reasons++
            }
          })
          expect(keysOf(person.kept())).to.equal(keysOf(typed))
        }),
      ),
      {numRuns: runs(1500, 250), seed: 20261129},
    )
    console.log(
      `      ${keys} keys, ${questions} questions, ${opened} keys at an open one, ${reasons} sent as a reason`,
    )
  }).timeout(120_000)

  it('takes a digit for an answer after a pause, whatever was typed before', () => {
    let tried = 0
    const before = fc.string({unit: fc.constantFrom(...'abc 123\n'), maxLength: 10})
    fc.assert(
      fc.property(
        before,
        fc.integer({min: 30, max: 900}),
        fc.integer({min: 1000, max: 5000}),
        fc.constantFrom('1', '2', '3', '4'),
        fc.boolean(),
        (text, pace, pause, digit, destructive) =>
          withPerson((person) => {
            tried++
            for (const character of text) {
              person.type(character)
              person.wait(pace)
            }
            const request = approval({destructive})
            person.ask('approval.request', request)
            while (!person.open) person.wait(20)
            person.wait(pause)
            person.type(digit)
            const rule = {'1': '', '4': '', '2': 'bash(rm -rf build)', '3': 'bash(rm *)'}[digit]
            expect(person.told.map(({params}) => params)).to.deep.equal([
              {
                session_id: 'live',
                choice: {'1': 'once', '2': 'session', '3': 'always', '4': 'deny'}[digit],
                request_id: request.request_id,
                ...(rule ? {rule} : {}),
              },
            ])
            expect(keysOf(person.kept())).to.equal(keysOf(text))
          }),
      ),
      {numRuns: runs(400, 60)},
    )
    console.log(`      ${tried} answers`)
  }).timeout(60_000)

  it('never takes a key that is held for an answer', () => {
    let tried = 0
    fc.assert(
      fc.property(
        fc.constantFrom('1', '2', '\n', 'x'),
        fc.integer({min: -3000, max: 480}),
        fc.integer({min: 250, max: 990}),
        fc.integer({min: 15, max: 60}),
        fc.integer({min: 1, max: 120}),
        fc.boolean(),
        (character, pressedAt, delay, rate, times, told) =>
          withPerson((person) => {
            tried++
            person.wait(5000)
            if (pressedAt >= 0) person.ask('approval.request', approval())
            person.wait(Math.max(1, Math.abs(pressedAt)))
            person.type(character)
            if (pressedAt < 0) {
              person.wait(1)
              person.ask('approval.request', approval())
            }
            person.wait(delay)
            for (let index = 0; index < times; index++) {
              if (character === '\n') person.press('return', undefined, told ? {repeat: true} : {})
              else person.press('text', character, told ? {repeat: true} : {})
              person.wait(rate)
            }
            expect(person.told).to.deep.equal([])
          }),
      ),
      {numRuns: runs(300, 50)},
    )
    console.log(`      ${tried} keys held`)
  }).timeout(60_000)

  it('takes no key within half a second of another look: size, a longer queue, the same one changed, a window that was left', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('resize', 'again', 'queued', 'focus'),
        fc.integer({min: 0, max: DEAD_MS - 1}),
        fc.constantFrom('1', '2', '\n'),
        (what, after, character) =>
          withPerson((person) => {
            const request = approval()
            person.wait(5000)
            person.ask('approval.request', request)
            person.wait(3000)
            if (what === 'resize') person.resize(100, 30)
            if (what === 'again') person.ask('approval.request', {...request, command: 'rm -rf /'})
            if (what === 'focus') person.chat.asking.focused()
            if (what === 'queued') person.ask('approval.request', approval())
            person.wait(after)
            person.type(character)
            expect(person.told).to.deep.equal([])
          }),
      ),
    )
  })

  it('never lets a paste answer', () => {
    fc.assert(
      fc.property(fc.constantFrom('1', '2\n', 'yes\n', '1\n1\n'), fc.integer({min: 0, max: 4000}), (text, after) =>
        withPerson((person) => {
          person.wait(5000)
          person.ask('approval.request', approval())
          person.wait(after)
          person.paste(text)
          // The same without bracketed paste: one chunk.
          for (const character of text) {
            if (text.length < 2) break
            if (character === '\n') person.press('return', undefined, {burst: true})
            else person.press('text', character, {burst: true})
          }
          expect(person.told).to.deep.equal([])
          expect(keysOf(person.kept())).to.equal(keysOf(text.length < 2 ? text : text + text))
        }),
      ),
    )
  })

  it('gives no letter that was meant for the composer to a password, and no letter of a password to the draft', () => {
    let tried = 0
    fc.assert(
      fc.property(
        fc.array(fc.record({after: fc.integer({min: 20, max: 2400}), character: fc.constantFrom(...'abc12')}), {
          minLength: 1,
          maxLength: 25,
        }),
        fc.nat(24),
        (keys, at) =>
          withPerson((person) => {
            let composed = ''
            let early = ''
            let secret = ''
            keys.forEach(({after, character}, index) => {
              person.wait(after)
              if (index === at) person.ask('sudo.request', {request_id: 'sudo'})
              const before = person.chat.state.questions[0]?.editor.text
              const open = person.open
              person.type(character)
              tried++
              if (!open) composed += character
              else if (person.chat.state.questions[0]?.editor.text === before) early += character
              else secret += character
            })
            expect(person.chat.state.editor.text).to.equal(composed)
            expect(person.chat.state.questions[0]?.editor.text ?? '').to.equal(secret)
            if (early) expect(secret + composed).to.have.length(keys.length - early.length)
            person.press('escape')
            expect(person.chat.state.editor.text).to.equal(composed)
          }),
      ),
      {numRuns: runs(300, 50)},
    )
    console.log(`      ${tried} keys`)
  }).timeout(60_000)

  it('opens at once when nobody types, a second after the last key, later with a sentence that is begun', () => {
    withPerson((person) => {
      person.wait(5000)
      person.ask('approval.request', approval())
      expect(person.open).to.equal(true)
    })
    withPerson((person) => {
      person.press('up')
      person.ask('approval.request', approval())
      person.wait(QUIET_MS - 20)
      expect(person.open).to.equal(false)
      person.wait(40)
      expect(person.open).to.equal(true)
    })
    withPerson((person) => {
      person.type('a')
      person.ask('approval.request', approval())
      person.wait(DRAFT_QUIET_MS - 20)
      expect(person.open).to.equal(false)
      person.wait(40)
      expect(person.open).to.equal(true)
      expect(person.chat.state.editor.text).to.equal('a')
    })
  })

  it('leaves it to Ctrl+O when somebody typed on for ten seconds', () => {
    withPerson((person) => {
      person.type('a')
      person.ask('approval.request', approval())
      for (let time = 0; time <= MANUAL_MS; time += 400) {
        person.wait(400)
        person.type('b')
      }
      person.wait(60_000, 500)
      expect(person.open).to.equal(false)
      expect(person.screen().rows.join('\n')).to.include('Ctrl+O opens it').and.not.to.include('when you pause')
      person.press('o', undefined, {ctrl: true})
      expect(person.open).to.equal(true)
      person.type('1')
      expect(person.told).to.deep.equal([])
      person.wait(3000)
      person.type('1')
      expect(person.told.map(({params}) => params.choice)).to.deep.equal(['once'])
    })
  })

  it('answers with Esc and Ctrl+C at once', () => {
    for (const ctrl of [false, true]) {
      withPerson((person) => {
        person.type('a')
        person.ask('approval.request', approval())
        person.press(ctrl ? 'c' : 'escape', undefined, {ctrl})
        expect(person.told.map(({params}) => params.choice)).to.deep.equal(['deny'])
        expect(person.chat.state.editor.text).to.equal('a')
        expect(person.chat.state.turn?.interrupting).to.equal(ctrl)
      })
    }
  })

  it('asks one after the other, oldest first, each for itself', () => {
    withPerson((person) => {
      person.wait(5000)
      const requests = [approval(), approval(), approval()]
      for (const request of requests) person.ask('approval.request', request)
      for (const digit of ['1', '4', '2']) {
        person.wait(1000)
        person.type(digit)
      }
      expect(person.told.map(({params}) => [params.request_id, params.choice])).to.deep.equal([
        [requests[0]?.request_id, 'once'],
        [requests[1]?.request_id, 'deny'],
        [requests[2]?.request_id, 'session'],
      ])
    })
  })
})
