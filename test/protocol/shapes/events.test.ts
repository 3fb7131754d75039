import {expect} from 'chai'
import {missedEvents, sessionOpened} from '../../../src/protocol/shapes/answers.js'
import {eventMembers} from '../../../src/protocol/shapes/events.js'
import {type Members, may, must, readObject, text} from '../../../src/protocol/shapes/shape.js'
import {gatewayEvent} from '../../../src/supervisor/wire/gateway-event.js'
import {properPayload} from '../../helpers/chat-state.js'
import {tellTried} from '../../helpers/tried.js'
import {wrongValues} from '../../helpers/wrong-values.js'

const types = Object.keys(eventMembers) as (keyof typeof eventMembers)[]

describe('members of events', () => {
  it('are what they should be or absent, whatever comes in their place; or the event is malformed', () => {
    let tried = 0
    for (const type of types) {
      const members: Members<object> = eventMembers[type]
      for (const name of Object.keys(members)) {
        for (const [what, wrong] of wrongValues) {
          tried++
          const source = properPayload(type, {[name]: wrong})
          const read = gatewayEvent(type, 's', source)
          if (!read) expect.fail(`${type} is not known`)
          if ('malformed' in read) {
            expect(read.malformed, what).to.equal(`${type} without a proper ${name}`)
            expect(members, type).to.have.nested.property(`${name}.kind`, 'must')
            continue
          }
          // What was read is proper: reading it again finds nothing odd and changes nothing.
          const value = (read.event.payload ?? {}) as Record<string, unknown>
          const again = readObject(members, value)
          expect(again, `${type}.${name}: ${what}`).to.have.property('odd').that.is.empty
          if ('value' in again) expect(Object.keys(again.value as object)).to.deep.equal(Object.keys(value))
        }
      }
    }
    tellTried(tried, 'events × members × wrong values')
    expect(tried).to.be.above(1000)
  })

  it('that are odd are named, and a null is no oddity', () => {
    const complete = {text: 'x', status: 'complete'}
    expect(gatewayEvent('message.complete', 's', {...complete, warning: {a: 1}})).to.deep.include({
      odd: 'message.complete with an improper warning, taken as absent',
    })
    expect(gatewayEvent('message.complete', 's', {...complete, warning: null, usage: null})).to.not.have.property('odd')
  })

  it('end a turn although the word for its end is unknown', () => {
    const read = gatewayEvent('message.complete', 's', {text: null, status: 'cancelled'})
    expect(read).to.have.nested.property('event.payload.status', 'error')
  })

  it('tell what a gateway can, by a list and by a map', () => {
    const can = (capabilities: unknown) => {
      const read = gatewayEvent('gateway.ready', undefined, {skin: {}, capabilities})
      return read && 'event' in read && read.event.type === 'gateway.ready' ? read.event.payload.capabilities : 'none'
    }
    expect(can(['prompt_id', 7])).to.deep.equal(['prompt_id'])
    expect(can({client_turn_id: true, turn_recovery: false, event_replay: 'yes', x: 1})).to.deep.equal([
      'client_turn_id',
    ])
    expect(can('all')).to.equal(undefined)
  })

  it('cannot be forgotten in the table', () => {
    // @ts-expect-error: `b` is not in the table.
    const forgotten: Members<{a: string; b?: number}> = {a: must(text)}
    // @ts-expect-error: `b` is no text.
    const mistaken: Members<{a: string; b?: number}> = {a: must(text), b: may(text)}
    expect([forgotten, mistaken]).to.have.lengthOf(2)
  })
})

describe('members of the answer that opens a session', () => {
  const names =
    'stored_session_id session_key resumed message_count messages info running status started_at inflight interrupted ' +
    'open_requests auto_continue'
  const nested: Record<string, unknown> = {
    info: 'model provider cwd branch running tools skills usage version title session_key'.split(' '),
    inflight: 'user assistant streaming reasoning'.split(' '),
    interrupted: 'prompt_id user assistant reasoning tools deaths'.split(' '),
    auto_continue: ['attempt', 'interrupted_at'],
  }

  it('are what they should be, whatever comes in their place', () => {
    let tried = 0
    const opens = (answer: Record<string, unknown>) => {
      tried++
      const opened = sessionOpened(answer)
      expect(opened, 'opened').to.have.property('session_id', 's')
      // Reading it again changes nothing: it is proper.
      expect(sessionOpened(opened)).to.deep.equal(opened)
      return opened
    }
    for (const [what, wrong] of wrongValues) {
      if (what.startsWith('deep')) continue
      for (const name of names.split(' ')) {
        const opened = opens({session_id: 's', [name]: wrong})
        for (const key of [opened?.session_key, opened?.stored_session_id, opened?.resumed, opened?.info.session_key]) {
          if (key !== undefined) expect(key).to.be.a('string')
        }
        for (const member of (nested[name] ?? []) as string[]) opens({session_id: 's', [name]: {[member]: wrong}})
      }
      for (const member of 'text reasoning name context tool_id result prompt_id status'.split(' ')) {
        opens({session_id: 's', messages: [{role: 'tool', [member]: wrong}]})
      }
      opens({session_id: 's', messages: [wrong, {role: 'user', text: 'x'}]})
      opens({
        session_id: 's',
        open_requests: [wrong, {id: wrong, method: wrong}, {id: 'q', method: 'sudo', params: wrong}],
      })
      opens({session_id: 's', interrupted: {tools: [wrong, {tool_id: wrong, status: wrong}]}})
    }
    tellTried(tried, 'answers × members × wrong values')
    expect(tried).to.be.above(500)
  })
})

describe('what a client missed', () => {
  it('is read member by member, and nothing of it is trusted that is not proper', () => {
    const events = [{type: 'message.delta', seq: 4, payload: {text: 'x'}}]
    const whole = {events, truncated: false, epoch: 'e', open_requests: []}
    expect(missedEvents(whole)).to.deep.equal(whole)
    for (const [what, wrong] of wrongValues) {
      for (const name of ['events', 'truncated', 'epoch', 'open_requests']) {
        const read = missedEvents({...whole, [name]: wrong})
        expect(read?.truncated, `${name}: ${what}`).to.equal(name === 'truncated' && wrong !== false)
        expect(read?.events, what).to.be.an('array')
        expect(read?.open_requests, what).to.be.an('array')
      }
    }
    expect(missedEvents({})).to.deep.include({truncated: true})
  })
})
