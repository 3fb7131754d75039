import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../../src/errors.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import type {Patience, ToolSpec} from '../../../src/gateway/models/types.js'
import {
  eventsOf,
  type Piece,
  type ProviderServer,
  type ServedAnswer,
  startProviderServer,
  wireForms,
} from '../../fixtures/provider-server.js'
import {type Collected, collect, finishOf, registry, request, settings} from './helpers.js'

const tool: ToolSpec = {
  name: 'look',
  description: 'Looks',
  parameters: {type: 'object', properties: {at: {type: 'string'}}},
}
const args = '{"at":"it"}'

for (const kind of Object.keys(wireForms) as OwnKind[]) {
  const form = wireForms[kind]
  const head = eventsOf(...form.open, ...form.text('hello '), ...form.text('there'))
  const whole = [...head, ...eventsOf(...form.end('stop')), ...form.tail]
  const served = (pieces: readonly Piece[], more: Partial<ServedAnswer> = {}): ServedAnswer => ({pieces, ...more})

  describe(`a reply of the kind ${kind}`, () => {
    let server: ProviderServer | undefined

    afterEach(async () => {
      await server?.close()
      server = undefined
    })

    async function ask(answers: readonly ServedAnswer[], patience: Partial<Patience> = {}): Promise<Collected> {
      await server?.close()
      server = await startProviderServer(answers)
      const models = registry({
        providers: {there: {kind, baseUrl: server.url, apiKey: 'k'}},
        patience: {...settings().patience, ...patience},
      })
      return collect((await models.resolve('there/m')).stream(request('go', {tools: [tool]})))
    }

    const callsIn = ({events}: Collected) => events.filter((event) => event.type === 'tool-call')
    const textOf = ({text}: Collected) => text.replaceAll(/\s+/g, ' ')

    function expectError(got: Collected, problem: string, says: RegExp): void {
      expect(got.error).to.be.instanceOf(HermesError)
      expect(got.error).to.include({code: `provider/${problem}`})
      expect((got.error as HermesError).message).to.match(says)
      expect(finishOf(got)).to.equal(undefined)
    }

    it('is whole with its last event', async () => {
      const got = await ask([served(whole)])
      expect(got.error).to.equal(undefined)
      expect(textOf(got)).to.equal('hello there')
      expect(finishOf(got)).to.deep.include({type: 'finish', reason: 'stop'})
      expect(finishOf(got)?.usage).to.include({input: 3, output: 2})
    })

    it('is whole whatever the pieces are in which its bytes come', async () => {
      const bytes = Buffer.concat(
        whole.map((piece) =>
          Buffer.from(
            typeof piece === 'object' && 'event' in piece ? `data: ${JSON.stringify(piece.event)}\r\n\r\n` : '',
          ),
        ),
      )
      const tail = form.tail
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(bytes.length), {maxLength: 8}), async (cuts) => {
          const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
          const pieces = at.slice(1).map((end, index) => ({raw: bytes.subarray(at[index], end)}))
          const got = await ask([served([{raw: '\u{feff}: keep-alive\n\n'}, ...pieces, ...tail])])
          expect(got.error).to.equal(undefined)
          expect(textOf(got)).to.equal('hello there')
        }),
        {numRuns: 15},
      )
    })

    for (const how of ['closed in order', 'cut'] as const) {
      const end: Piece[] = how === 'cut' ? ['drop'] : []

      it(`is dropped where it is ${how} before, in and after its text, and asked for again only before`, async () => {
        const before = await ask([served([...eventsOf(...form.open), ...end]), served(whole)], {retries: 1})
        expect(before.error).to.equal(undefined)
        expect(textOf(before)).to.equal('hello there')
        expect(server?.requests).to.have.length(2)
        expect(before.events[0]).to.include({type: 'retry', attempt: 1, limit: 1, reason: 'connection dropped'})
        for (const pieces of [[...eventsOf(...form.open, ...form.text('hello'))], head]) {
          const got = await ask([served([...pieces, ...end]), served(whole)], {retries: 1})
          expectError(got, 'dropped', /dropped in mid-reply/)
          expect(textOf(got)).to.match(/^hello/)
          expect(server?.requests).to.have.length(1)
          expect((got.error as HermesError).suggestions[0]).to.include('/continue')
        }
      })

      it(`is dropped where it is ${how} in a call and behind it`, async () => {
        const {first, second} = form.call(args)
        for (const pieces of [first, [...first, ...second]]) {
          const got = await ask([served([...head, ...eventsOf(...pieces), ...end])])
          expectError(got, 'dropped', /mid-reply/)
        }
      })
    }

    it('hands its call over with its last event', async () => {
      const {first, second} = form.call(args)
      const got = await ask([
        served([...eventsOf(...form.open, ...first, ...second, ...form.end('tools')), ...form.tail]),
      ])
      expect(got.error).to.equal(undefined)
      expect(callsIn(got).map((event) => event.call)).to.have.length(1)
      expect(callsIn(got)[0]?.call).to.deep.include({name: 'look', args: {at: 'it'}})
      expect(finishOf(got)?.reason).to.equal('tool-calls')
    })

    for (const how of ['length', 'filter', 'refusal'] as const) {
      it(`says why it is not whole: ${how}`, async () => {
        const got = await ask([served([...head, ...eventsOf(...form.end(how)), ...form.tail])])
        expect(got.error).to.equal(undefined)
        const reasons = {
          length: ['length'],
          filter: ['content-filter', 'refusal'],
          refusal: ['refusal', 'content-filter'],
        }
        expect(finishOf(got)?.reason).to.be.oneOf(reasons[how])
      })
    }

    it("tells an error inside a 200 in the provider's own words, before the first word and after it", async () => {
      const said = 'the model needs 12 GB of memory'
      for (const pieces of [[], head]) {
        const got = await ask([served([...pieces, {event: form.error(said)}])])
        expect(got.error).to.be.instanceOf(HermesError)
        expect((got.error as HermesError).message).to.include(said)
      }
      for (const body of [{error: said}, {error: {message: said}}]) {
        const got = await ask([served([{raw: JSON.stringify(body)}], {headers: {'content-type': 'application/json'}})])
        expect((got.error as HermesError).message).to.include(said)
      }
    })

    it('is read where it comes as one JSON object', async () => {
      const got = await ask([served([{raw: JSON.stringify(form.whole('hello there'))}])])
      expect(got.error).to.equal(undefined)
      expect(got.text).to.equal('hello there')
      expect(finishOf(got)?.reason).to.equal('stop')
    })

    it('loses nothing by what a newer server adds', async () => {
      await fc.assert(
        fc.asyncProperty(fc.subarray(form.odd, {minLength: 1}), fc.nat(2), async (odd, place) => {
          const events = [form.open, form.text('hello '), form.text('there')]
          events.splice(place + (kind === 'anthropic' ? 1 : 0), 0, odd)
          const got = await ask([served([...eventsOf(...events.flat(), ...form.end('stop')), ...form.tail])])
          expect(got.error).to.equal(undefined)
          expect(textOf(got)).to.equal('hello there')
          expect(finishOf(got)?.reason).to.equal('stop')
        }),
        {numRuns: 12},
      )
    })

    it('keeps a character whole that comes in two pieces', async () => {
      const [high, low] = ['\ud83d', '\ude00']
      const pieces = eventsOf(...form.open, ...form.text(high), ...form.text(low), ...form.end('stop'))
      const got = await ask([served([...pieces, ...form.tail])])
      expect(got.error).to.equal(undefined)
      expect(got.events.every((event) => event.type !== 'text' || event.text.isWellFormed())).to.equal(true)
      if (kind !== 'anthropic') expect(got.text).to.equal('😀')
    })

    for (const status of [408, 409, 425, 429, 500, 502, 503, 529]) {
      it(`is asked for again after a ${status}, as often as is allowed`, async () => {
        const failed = served([{raw: JSON.stringify({error: {message: 'busy'}})}], {status})
        const got = await ask([failed, failed, served(whole)], {retries: 2})
        expect(got.error).to.equal(undefined)
        expect(textOf(got)).to.equal('hello there')
        const retries = got.events.flatMap((event) => (event.type === 'retry' ? [event.attempt] : []))
        expect(retries).to.deep.equal([1, 2])
        const given = await ask([failed], {retries: 1})
        expect(given.error).to.be.instanceOf(HermesError)
        expect(server?.requests).to.have.length(2)
      })
    }

    it('is not asked for again after a refusal that no wait cures', async () => {
      for (const status of [400, 401, 402, 403, 404, 422, 501]) {
        const got = await ask([served([{raw: '{"error":{"message":"no"}}'}], {status})], {retries: 3})
        expect(got.error).to.be.instanceOf(HermesError)
        expect(server?.requests, String(status)).to.have.length(1)
      }
    })

    it('is waited for as long as is allowed before it begins, and between its words', async () => {
      const before = await ask([served(['silence'])], {firstTokenMs: 40, tellSilenceMs: 10, retries: 3})
      expectError(before, 'timeout', /nothing came for 0.04 s/)
      expect(before.events).to.deep.equal([{type: 'silent', ms: 10}])
      // On a busy machine the time can be over before the request is there.
      expect(server?.requests.length).to.be.at.most(1)
      const between = await ask([served([...head, 'silence'])], {idleMs: 40})
      expectError(between, 'dropped', /fell silent in mid-reply/)
      expect(textOf(between)).to.equal('hello there')
    })

    // Comments are the same in all; what they keep alive takes its time.
    if (kind === 'openai-compatible') {
      it('is waited for on and on while keep-alives come, and the person is told that nothing else does', async () => {
        const alive: Piece = {keepAlives: 50, everyMs: 20}
        const limits = {firstTokenMs: 700, idleMs: 700, tellSilenceMs: 100}
        const got = await ask([served([alive, ...head, alive, ...whole.slice(head.length)])], limits)
        expect(got.error).to.equal(undefined)
        expect(textOf(got)).to.equal('hello there')
        expect(got.events.filter(({type}) => type === 'silent').length).to.be.at.least(2)
      })
    }
  })
}
