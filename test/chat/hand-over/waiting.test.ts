import {EventEmitter} from 'node:events'
import {expect} from 'chai'
import fc from 'fast-check'
import {recordWaiting} from '../../../src/chat/hand-over/waiting.js'
import type {LifecycleDetails} from '../../../src/lifecycle/events.js'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import type {SupervisorEvents} from '../../../src/supervisor/types.js'

const opened = (more: Partial<SessionOpened> = {}) => ({
  session_id: 'live',
  message_count: 0,
  messages: [],
  info: {} as never,
  ...more,
})

/** What a gateway that asks says, by the wire and the id of the question. */
const wires: Record<string, (id: string) => GatewayEvent> = {
  approval: (id) => ({
    type: 'approval.request',
    sessionId: 'live',
    payload: {command: 'rm x', description: '', request_id: id},
  }),
  clarify: (id) => ({
    type: 'clarify.request',
    sessionId: 'live',
    payload: {question: 'Which?', choices: null, request_id: id},
  }),
  sudo: (id) => ({type: 'gateway.request', sessionId: 'live', payload: {id, method: 'sudo', params: {command: 'x'}}}),
}

describe('a question that waits', () => {
  const view = {generation: 2, pid: 7, session: {liveId: 'live', key: 'key'}}

  function listen() {
    const emitter = new EventEmitter()
    const told: LifecycleDetails[] = []
    const on = (name: string, listener: (...args: never[]) => void) => {
      emitter.on(name, listener as () => void)
      return () => emitter.off(name, listener as () => void)
    }
    const end = recordWaiting({supervisor: {view, on} as never, record: (details) => told.push(details)})
    const emit = <E extends 'session' | 'event'>(name: E, ...args: Parameters<SupervisorEvents[E]>) =>
      emitter.emit(name, ...args)
    return {told, emit, end}
  }

  it('is told once for each, in order, by every wire, with its kind and without its text', () => {
    const asked = fc.array(fc.tuple(fc.constantFrom(...Object.keys(wires)), fc.integer({min: 0, max: 5})))
    fc.assert(
      fc.property(asked, (questions) => {
        const {told, emit} = listen()
        emit('session', opened(), 'created')
        const ids = questions.map(([kind, number]) => [kind, `${kind}${number}`] as const)
        for (const [kind, id] of ids) emit('event', wires[kind]?.(id) as GatewayEvent)
        const first = ids.filter(([, id], index) => ids.findIndex(([, other]) => other === id) === index)
        expect(told).to.deep.equal(
          first.map(([question]) => ({
            type: 'waiting',
            generation: 2,
            pid: 7,
            sessionKey: 'key',
            question,
            attended: true,
          })),
        )
      }),
    )
  })

  it('is not told again to who comes back to it, nor after a death; the next one is', () => {
    for (const [kind, ask] of Object.entries(wires)) {
      for (const how of ['resumed', 'recovered'] as const) {
        const {told, emit} = listen()
        const waits = kind === 'sudo' ? {open_requests: [{id: 'q1', method: kind, params: {}}]} : {}
        emit('session', opened({status: 'waiting', ...waits}), how)
        emit('event', ask('q1'))
        expect(told, `${kind} ${how}`).to.deep.equal([])
        emit('event', ask('q2'))
        expect(told).to.have.length(1)
      }
    }
  })

  it('is told of a session that works when it is opened', () => {
    const {told, emit, end} = listen()
    emit('session', opened({status: 'working'}), 'resumed')
    emit('event', {type: 'message.start', sessionId: 'live', payload: {} as never})
    emit('event', wires.approval?.('q1') as GatewayEvent)
    expect(told).to.have.length(1)
    end()
    emit('event', wires.approval?.('q2') as GatewayEvent)
    expect(told).to.have.length(1)
  })
})
