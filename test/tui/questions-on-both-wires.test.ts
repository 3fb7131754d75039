import {expect} from 'chai'
import fc from 'fast-check'
import type {ServerRequest} from '../../src/protocol/requests.js'
import {runs} from '../helpers/sample.js'
import {tellTried} from '../helpers/tried.js'
import {SimulatedPerson} from './simulated-person.js'

const approval = {command: 'rm -rf build', description: 'Delete files'}
const clarify = {question: 'Which one?', choices: ['red', 'green']}

/** The same question on the wire before autumn 2026 and since. */
const pairs: {what: string; event: (person: SimulatedPerson) => void; request: ServerRequest}[] = [
  {
    what: 'approval',
    event: (person) => person.ask('approval.request', approval),
    request: {
      id: 'srq-1',
      method: 'approval',
      params: {...approval, request_id: 'a', choices: ['once', 'session', 'always', 'deny']},
    },
  },
  {
    what: 'clarify',
    event: (person) => person.ask('clarify.request', {...clarify, request_id: 'q'}),
    request: {
      id: 'srq-1',
      method: 'clarify',
      params: {questions: [{qid: 'q', ...clarify, multi_select: false}], answers: {}},
    },
  },
  {
    what: 'secret',
    event: (person) => person.ask('secret.request', {prompt: 'The key', env_var: 'KEY', request_id: 'q'}),
    request: {id: 'srq-1', method: 'secret', params: {prompt: 'The key', env_var: 'KEY'}},
  },
]

const key = fc.constantFrom('1', '2', '3', '4', 'x', ' ', '\n', 'up', 'down', 'escape', 'tab', 'backspace', 'wait')

function press(person: SimulatedPerson, name: string): void {
  if (name === 'wait') person.wait(3000)
  else if (name.length === 1) person.type(name)
  else person.press(name)
}

function request(person: SimulatedPerson, payload: ServerRequest): void {
  const event = {type: 'gateway.request' as const, sessionId: 'live', payload}
  person.chat.store.dispatch({type: 'event', event, now: 0})
}

/** Without the line of status: it tells of the home. */
const shown = (person: SimulatedPerson) => person.screen().rows.slice(0, -1)

/** What a person said, whichever way it went. */
function saidOnEvents({told}: SimulatedPerson): unknown[] {
  return told.map(({params}) => params.choice ?? params.answer ?? params.value)
}

function saidOnRequests({answered}: SimulatedPerson): unknown[] {
  return answered.map(({result}) => {
    const {choice, value, answers} = result as {choice?: string; value?: string; answers?: Record<string, string>}
    return choice ?? value ?? answers?.q ?? ''
  })
}

describe('questions on both wires', () => {
  for (const {what, event, request: asked} of pairs) {
    it(`look the same, and the same keys say the same once: ${what}`, () => {
      let tried = 0
      fc.assert(
        fc.property(fc.array(key, {maxLength: 12}), (keys) => {
          tried++
          const [before, since] = [new SimulatedPerson(), new SimulatedPerson()]
          try {
            for (const person of [before, since]) person.wait(5000)
            event(before)
            request(since, asked)
            for (const person of [before, since]) person.wait(3000)
            expect(shown(since)).to.deep.equal(shown(before))
            for (const name of keys) {
              for (const person of [before, since]) {
                press(person, name)
                person.wait(400)
              }
            }
            expect(saidOnRequests(since)).to.deep.equal(saidOnEvents(before))
            expect(since.answered.length).to.be.at.most(1)
            expect(since.chat.state.editor.text).to.equal(before.chat.state.editor.text)
          } finally {
            before.dispose()
            since.dispose()
          }
        }),
        {numRuns: runs(150, 30)},
      )
      tellTried(tried, `runs of keys at ${what}`)
    }).timeout(60_000)
  }

  it('are withdrawn one by one, and the words of an answer are kept', () => {
    const person = new SimulatedPerson()
    try {
      person.wait(5000)
      const questions = [1, 2, 3].map((number): ServerRequest => {
        const text = {qid: 'q', question: `Question ${number}`, choices: null, multi_select: false}
        return {id: `srq-${number}`, method: 'clarify', params: {questions: [text], answers: {}}}
      })
      for (const each of questions) request(person, each)
      person.wait(3000)
      person.type('x')
      const cancel = (id: string) => {
        const payload = {id, method: 'clarify', reason: 'timeout'}
        person.chat.store.dispatch({
          type: 'event',
          event: {type: 'request.cancel', sessionId: 'live', payload},
          now: 0,
        })
      }
      cancel('srq-2')
      expect(person.chat.state.questions.map(({asked}) => asked?.id)).to.deep.equal(['srq-1', 'srq-3'])
      cancel('srq-1')
      expect(person.chat.state.questions.map(({asked}) => asked?.id)).to.deep.equal(['srq-3'])
      expect(person.chat.state.editor.text).to.equal('x')
      cancel('srq-9')
      expect(person.chat.state.questions).to.have.length(1)
    } finally {
      person.dispose()
    }
  })
})
