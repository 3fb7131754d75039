import {expect} from 'chai'
import fc from 'fast-check'
import {parseRequest} from '../../../src/gateway/server/parse-request.js'

const parse = (bytes: Buffer) => parseRequest({kind: 'line', bytes})

describe('parseRequest', () => {
  it('takes any bytes: a request, a blank line or a refusal, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 60}), (bytes) => {
        expect(parse(Buffer.from(bytes)).kind).to.be.oneOf(['request', 'blank', 'refused'])
      }),
    )
  })

  it('takes any JSON, and refuses what is no request with an answer that can be written', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const parsed = parse(Buffer.from(JSON.stringify(value)))
        if (parsed.kind !== 'refused') return
        expect(JSON.parse(JSON.stringify(parsed.answer)).error.code).to.be.oneOf([-32600, -32602])
      }),
    )
  })

  it('gives back id, method and params of every good request', () => {
    const id = fc.oneof(fc.string(), fc.integer(), fc.constant(null))
    const params = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(id, fc.string({minLength: 1}), params, (one, method, given) => {
        const parsed = parse(Buffer.from(JSON.stringify({id: one, method, params: given})))
        expect(parsed).to.deep.equal({
          kind: 'request',
          request: {id: one, method, params: JSON.parse(JSON.stringify(given))},
        })
      }),
    )
  })
})
