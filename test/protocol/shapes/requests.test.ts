import {expect} from 'chai'
import {refusedRequests} from '../../../src/protocol/requests.js'
import {readRequest, requestMembers} from '../../../src/protocol/shapes/requests.js'
import {type Members, readObject} from '../../../src/protocol/shapes/shape.js'
import {tellTried} from '../../helpers/tried.js'
import {wrongValues} from '../../helpers/wrong-values.js'

const methods = Object.keys(requestMembers) as (keyof typeof requestMembers)[]

/** A request that has all that it must have. */
const proper = {command: 'c', question: 'q', questions: [{qid: 'a', question: 'q'}]}

describe('parameters of what a gateway asks', () => {
  it('are what they should be or absent, whatever comes in their place; or it is told what is missing', () => {
    let tried = 0
    for (const method of methods) {
      const members: Members<object> = requestMembers[method]
      for (const name of Object.keys(members)) {
        for (const [what, wrong] of wrongValues) {
          tried++
          const read = readRequest('srq-1', method, {...proper, [name]: wrong})
          if (read.kind === 'improper') {
            expect(read.member, what).to.equal(name)
            expect(members).to.have.nested.property(`${name}.kind`, 'must')
            continue
          }
          if (read.kind === 'unknown') expect.fail(`${method} is not known`)
          const {params} = read.request
          expect(
            readObject(members, params as unknown as Record<string, unknown>),
            `${method}.${name}: ${what}`,
          ).to.have.property('odd').that.is.empty
        }
      }
    }
    tellTried(tried, 'requests × members × wrong values')
    expect(tried).to.be.above(300)
  })

  it('may be no object at all', () => {
    for (const [, wrong] of wrongValues) {
      for (const method of methods) expect(readRequest(1, method, wrong).kind).to.be.oneOf(['asked', 'improper'])
    }
  })

  it('of a window, and those that nobody knows, are nothing that a person is asked', () => {
    for (const method of [...Object.keys(refusedRequests), 'toString', 'constructor', '__proto__', 'future.ask', '']) {
      expect(readRequest('srq-1', method, proper).kind, method).to.equal('unknown')
    }
  })
})
