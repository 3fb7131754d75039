import {expect} from 'chai'
import fc from 'fast-check'
import {refusedRequests} from '../../../src/protocol/requests.js'
import {readFrame} from '../../../src/supervisor/wire/frame-reader.js'
import {ServerRequests} from '../../../src/supervisor/wire/server-requests.js'

const sudo = (id: string | number) => ({id, method: 'sudo', params: {command: 'apt update'}})

describe('requests of a gateway', () => {
  it('are read from their frames, with any id that an answer can go under', () => {
    const read = (frame: object) => readFrame(Buffer.from(JSON.stringify(frame)))
    for (const id of ['srq-0a1b2c3d4e5f', 7, 0]) {
      expect(read({jsonrpc: '2.0', ...sudo(id)})).to.deep.equal({kind: 'request', ...sudo(id)})
    }
    for (const id of [null, undefined, {}, [], true, '']) {
      expect(read({method: 'sudo', id, params: {}})?.kind, JSON.stringify(id)).to.equal('malformed')
    }
  })

  it('that a terminal cannot answer are refused at once, as the wire says it', () => {
    for (const method of [...Object.keys(refusedRequests), 'future.ask']) {
      const received = new ServerRequests().receive('srq-1', method, {session_id: 's'})
      expect(received, method).to.have.nested.property('frame.error.code', -32601)
      expect(received, method).to.have.nested.property('frame.id', 'srq-1')
    }
    expect(new ServerRequests().receive(3, 'clarify', {})).to.have.nested.property('frame.error.code', -32602)
  })

  it('are asked again of who opens the session, and answered by a method where their frame never came', () => {
    const requests = new ServerRequests()
    requests.receive('a', 'sudo', {})
    expect(requests.reopen([sudo('a'), sudo('b')]).map(({kind}) => kind)).to.deep.equal(['ask', 'ask'])
    expect(requests.answer('a', {value: 'x'})).to.deep.equal({
      response: {jsonrpc: '2.0', id: 'a', result: {value: 'x'}},
    })
    expect(requests.answer('b', {value: 'y'})).to.deep.equal({
      call: {method: 'request.answer', params: {id: 'b', result: {value: 'y'}}},
    })
    // What was answered is settled, though the gateway may not have read it yet.
    expect(requests.reopen([sudo('a'), sudo('b')])).to.deep.equal([])
    expect(requests.reopen([{id: 't', method: 'tour', params: {}}])).to.have.nested.property(
      '[0].frame.error.code',
      -32601,
    )
  })

  it('are answered once at most, and never after they were withdrawn, in any order of what happens', () => {
    const id = fc.constantFrom<string | number>('a', 'b', 1, '1')
    const act = fc.record({id, what: fc.constantFrom('receive', 'again', 'answer', 'withdraw', 'reopen')})
    fc.assert(
      fc.property(fc.array(act, {maxLength: 60}), (acts) => {
        const requests = new ServerRequests()
        const answered = new Set<string | number>()
        const gone = new Set<string | number>()
        const asked = new Set<string | number>()
        for (const {id, what} of acts) {
          if (what === 'receive' || what === 'again') {
            const received = requests.receive(id, 'sudo', {})
            expect(received.kind === 'ask').to.equal(!asked.has(id) && !gone.has(id))
            if (received.kind === 'ask') asked.add(id)
          } else if (what === 'reopen') {
            for (const each of requests.reopen([sudo(id)])) {
              expect(each.kind).to.equal('ask')
              expect(gone.has(id)).to.equal(false)
              asked.add(id)
            }
          } else if (what === 'answer') {
            const way = requests.answer(id, {value: 'v'})
            expect(way !== undefined).to.equal(asked.has(id) && !gone.has(id))
            if (!way) continue
            expect(answered.has(id)).to.equal(false)
            answered.add(id)
            gone.add(id)
          } else {
            expect(requests.withdraw(id)).to.equal(asked.has(id) && !gone.has(id))
            gone.add(id)
          }
        }
      }),
    )
  })
})
