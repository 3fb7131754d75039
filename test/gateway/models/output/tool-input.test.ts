import {expect} from 'chai'
import fc from 'fast-check'
import type {OwnKind} from '../../../../src/gateway/models/catalog.js'
import {boundedInput, boundedValue} from '../../../../src/gateway/models/output/tool-input.js'
import {type Piece, startProviderServer, wireForms} from '../../../fixtures/provider-server.js'
import {collect, registry, request} from '../helpers.js'

describe('the arguments of a call', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)))
      : 0

  it('are left as they are up to a hundred levels, whatever stands in their strings', () => {
    const hard = fc.stringMatching(/^[[\]{}"\\a]{0,20}$/)
    const value = fc.letrec((tie) => ({
      any: fc.oneof({maxDepth: 6}, hard, fc.integer(), fc.array(tie('any')), fc.dictionary(hard, tie('any'))),
    })).any
    fc.assert(
      fc.property(value, fc.integer({min: 0, max: 130}), (inner, levels) => {
        let nested: unknown = inner
        for (let level = 0; level < levels; level++) nested = level % 2 === 0 ? [nested] : {'[{': nested}
        const json = JSON.stringify(nested)
        if (depthOf(nested) <= 100) expect(boundedInput(json)).to.equal(json)
        else expect(JSON.parse(boundedInput(json))).to.match(/nested deeper than 100 levels/)
      }),
    )
  })

  it('are bounded by the same depth where they come as a value', () => {
    for (let levels = 90; levels < 110; levels++) {
      let nested: unknown = 'x'
      for (let level = 0; level < levels; level++) nested = level % 2 === 0 ? [nested, 5] : {a: null, b: nested}
      expect(boundedValue(nested) === nested, String(levels)).to.equal(levels <= 100)
      expect(boundedInput(JSON.stringify(nested)) === JSON.stringify(nested), String(levels)).to.equal(levels <= 100)
    }
    let deep: unknown = 'x'
    for (let level = 0; level < 100_000; level++) deep = [deep]
    expect(boundedValue(deep)).to.match(/nested deeper/)
    for (const flat of [undefined, null, 5, 'x', {}, []]) expect(boundedValue(flat)).to.equal(flat)
  })

  for (const kind of Object.keys(wireForms) as OwnKind[]) {
    it(`${kind}: do not end the turn where a model nests them without an end`, async () => {
      const deep = `${'{"a":['.repeat(20_000)}${']}'.repeat(20_000)}`
      const form = wireForms[kind]
      const {open, end, tail} = form
      const marked = form.call('{"at": "it"}')
      const events = [...open, ...marked.first, ...marked.second, ...end('tools')].map((event) => JSON.stringify(event))
      // The arguments of the fixture are a value with Google and a text, in two pieces, with the others.
      const frames = events.map((event) =>
        event
          .replace('{"at":"it"}', deep)
          .replace(JSON.stringify('{"at": "it"}'), JSON.stringify(deep))
          .replace(JSON.stringify('{"at": "it"}'.slice(4)), JSON.stringify(deep.slice(4)))
          .replace(JSON.stringify('{"at": "it"}'.slice(0, 4)), JSON.stringify(deep.slice(0, 4))),
      )
      const pieces: Piece[] = [...frames.map((event) => ({raw: `data: ${event}\n\n`})), ...tail]
      const server = await startProviderServer([{pieces}])
      try {
        const models = registry({providers: {there: {kind, baseUrl: server.url, apiKey: 'k'}}})
        const tools = [{name: 'look', description: 'Looks', parameters: {type: 'object'}}]
        const got = await collect((await models.resolve('there/m')).stream(request('go', {tools})))
        expect(got.error).to.equal(undefined)
        const calls = got.events.filter((event) => event.type === 'tool-call')
        expect(calls.map(({call}) => call.args)).to.deep.equal([
          'left out, since they are nested deeper than 100 levels',
        ])
      } finally {
        await server.close()
      }
    })
  }

  it('are left as they are where they are no JSON', () => {
    for (const text of ['', '{"path": ', '"', '"\\', ']]]]', 'no json']) expect(boundedInput(text)).to.equal(text)
    expect(boundedInput('['.repeat(1_000_000))).to.match(/nested deeper/)
  })
})
