import {expect} from 'chai'
import type {HermesError} from '../../../src/errors.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import {
  eventsOf,
  type Piece,
  type ProviderServer,
  startProviderServer,
  wireForms,
} from '../../fixtures/provider-server.js'
import {type Collected, collect, finishOf, registry, request} from './helpers.js'

const choice = (finish_reason: string | null, more: object = {}) => ({
  choices: [{index: 0, delta: {}, finish_reason, ...more}],
})

describe('the end of a reply', () => {
  let server: ProviderServer | undefined

  afterEach(async () => {
    await server?.close()
    server = undefined
  })

  async function ask(
    kind: OwnKind,
    pieces: readonly Piece[],
    headers: Record<string, string> = {},
  ): Promise<Collected> {
    server = await startProviderServer([{pieces, headers}])
    const models = registry({providers: {there: {kind, baseUrl: server.url, apiKey: 'k'}}})
    const got = await collect((await models.resolve('there/m')).stream(request('go')))
    await server.close()
    return got
  }

  for (const kind of ['openai-compatible', 'openrouter'] as const) {
    const {text} = wireForms[kind]
    const done: Piece = {raw: 'data: [DONE]\n\n'}

    it(`${kind}: [DONE] is the last word also where no reason came before it, and nothing behind it is taken`, async () => {
      const got = await ask(kind, [...eventsOf(...text('all')), done, ...eventsOf(...text(' and more'))])
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal('all')
      expect(finishOf(got)?.reason).to.equal('stop')
    })

    it(`${kind}: a reason is the last word also without [DONE]`, async () => {
      const got = await ask(kind, eventsOf(...text('all'), choice('stop')))
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal('all')
    })

    for (const reason of ['error', 'abort']) {
      it(`${kind}: "${reason}" is a failure`, async () => {
        const got = await ask(kind, [...eventsOf(...text('half'), choice(reason)), done])
        expect(got.text).to.equal('half')
        expect((got.error as HermesError).message).to.include(`"${reason}"`)
      })
    }

    it(`${kind}: an error in a choice is told in its own words`, async () => {
      const error = {code: 502, message: 'Provider returned error', metadata: {raw: 'upstream exploded'}}
      const got = await ask(kind, [...eventsOf(choice('error', {error})), done])
      expect((got.error as HermesError).message).to.match(/502.*Provider returned error: upstream exploded/)
    })

    it(`${kind}: words of other servers for the same reasons are known, others are told as they are`, async () => {
      for (const [said, reason] of [
        ['eos', 'stop'],
        ['end_turn', 'stop'],
        ['max_tokens', 'length'],
        ['safety', 'content-filter'],
        ['tired', 'other'],
      ] as const) {
        const got = await ask(kind, [...eventsOf(...text('x'), choice(said)), done])
        expect(finishOf(got), said).to.include({reason})
      }
    })

    it(`${kind}: arguments that come as an object are the same call`, async () => {
      const call = {index: '0', id: 7, function: {name: 'look', arguments: {at: 'it'}}}
      const delta = {tool_calls: [call]}
      const got = await ask(kind, [...eventsOf(choice(null, {delta}), choice('tool_calls')), done])
      expect(got.error).to.equal(undefined)
      const calls = got.events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))
      expect(calls).to.have.length(1)
      expect(calls[0]).to.deep.include({name: 'look', args: {at: 'it'}})
    })
  }

  it('Google: a call that it could not read, a blocked prompt, a filter', async () => {
    const ends: [event: object, reason: string][] = [
      [{candidates: [{finishReason: 'MALFORMED_FUNCTION_CALL'}]}, 'malformed-call'],
      [{candidates: [{finishReason: 'UNEXPECTED_TOOL_CALL'}]}, 'malformed-call'],
      [{promptFeedback: {blockReason: 'SAFETY'}}, 'content-filter'],
      [{candidates: [{finishReason: 'RECITATION'}]}, 'content-filter'],
    ]
    for (const [event, reason] of ends) {
      const got = await ask('google', eventsOf(event))
      expect(got.error, reason).to.equal(undefined)
      expect(finishOf(got)?.reason).to.equal(reason)
    }
  })

  it('Anthropic: an overload inside a 200 counts as one', async () => {
    const got = await ask(
      'anthropic',
      eventsOf({type: 'error', error: {type: 'overloaded_error', message: 'Overloaded'}}),
    )
    expect(got.error).to.include({code: 'provider/overloaded'})
  })

  it('is a failure where what came is no reply', async () => {
    for (const kind of Object.keys(wireForms) as OwnKind[]) {
      const page = await ask(kind, [{raw: '<html><body>Welcome</body></html>'}], {'content-type': 'text/html'})
      expect(page.error, kind).to.include({code: 'provider/failed'})
      expect((page.error as HermesError).message).to.include('not a reply of a model')
      const json = await ask(kind, [{raw: '[1, "two"]'}], {'content-type': 'application/json'})
      expect(json.error, kind).to.include({code: 'provider/failed'})
    }
  })

  it('is noted where something of the reply was skipped, once for each kind of thing', async () => {
    const {open, text, end, odd} = wireForms.anthropic
    const got = await ask('anthropic', eventsOf(...open, ...odd, ...odd, ...text('fine'), ...end('stop')))
    const notes = got.events.flatMap((event) => (event.type === 'note' ? [event.text] : []))
    expect(notes).to.deep.equal([
      'skipped in a reply of there/m: an event of type "newer_event"',
      'skipped in a reply of there/m: a block of type "newer_block"',
      'skipped in a reply of there/m: a delta of type "newer_delta"',
    ])
  })
})
