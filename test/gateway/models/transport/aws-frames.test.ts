import {Readable} from 'node:stream'
import {expect} from 'chai'
import fc from 'fast-check'
import {encodeFrame, type Frame, FrameReader} from '../../../../src/gateway/models/transport/aws-frames.js'
import {ReplyWatch} from '../../../../src/gateway/models/transport/reply-watch.js'
import {tidyFrames} from '../../../../src/gateway/models/transport/tidy-frames.js'
import {bedrockWire} from '../../../../src/gateway/models/wire/bedrock.js'
import {ProviderSaid} from '../../../../src/gateway/models/wire/types.js'
import {bedrockException, bedrockFrame, bedrockReply} from '../../../fixtures/bedrock-server.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'

const headers = fc.dictionary(fc.string({minLength: 1, maxLength: 20}), fc.string({maxLength: 40}), {maxKeys: 5})
const sent = fc.array(fc.tuple(headers, fc.uint8Array({maxLength: 300})), {minLength: 1, maxLength: 6})

function piecesOf(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

function read(pieces: readonly Buffer[]): Frame[] {
  const reader = new FrameReader()
  return pieces.flatMap((piece) => [...reader.push(piece)])
}

async function tidied(pieces: readonly Buffer[]) {
  const watch = new ReplyWatch()
  const passed: Buffer[] = []
  for await (const frames of tidyFrames(Readable.from(pieces), bedrockWire(), watch, () => {})) passed.push(frames)
  const events = read(passed).map(({headers: head, payload}) => ({
    [head[':event-type'] ?? '']: JSON.parse(String(payload)),
  }))
  return {watch, events, text: events.map(({contentBlockDelta: d}) => d?.delta?.text ?? '').join('')}
}

describe('frames of AWS', () => {
  it('are read as they were written, in pieces of any size', () => {
    let tried = 0
    fc.assert(
      fc.property(sent, fc.array(fc.integer({min: 1, max: 97}), {minLength: 1}), (frames, sizes) => {
        tried++
        const bytes = Buffer.concat(frames.map(([head, payload]) => encodeFrame(head, payload)))
        const found = read(piecesOf(bytes, sizes)).map((frame) => [{...frame.headers}, [...frame.payload]])
        expect(found).to.deep.equal(frames.map(([head, payload]) => [{...head}, [...payload]]))
      }),
      {numRuns: runs(2000, 200)},
    )
    tellTried(tried, 'series of frames')
  })

  it('are refused where a byte is another', () => {
    fc.assert(
      fc.property(
        headers,
        fc.uint8Array({maxLength: 60}),
        fc.nat(),
        fc.integer({min: 1, max: 255}),
        (head, payload, at, by) => {
          const bytes = encodeFrame(head, payload)
          const place = at % bytes.length
          bytes[place] = (bytes[place] ?? 0) ^ by
          expect(() => read([bytes])).to.throw('damaged')
        },
      ),
      {numRuns: runs(2000, 300)},
    )
  })
})

describe('a reply in frames', () => {
  const whole = Buffer.concat(bedrockReply('hello'))

  it('is over with its last word, and cut off wherever it ends before', async () => {
    const end = whole.length - (bedrockReply('').at(-1)?.length ?? 0)
    for (let at = 0; at <= whole.length; at++) {
      const {watch, text} = await tidied([whole.subarray(0, at)])
      // Behind the word that says why, usage alone is missing.
      expect(watch.ended, `${at}`).to.equal(at >= end)
      if (at < end) expect(watch.failure?.name).to.equal('ReplyCut')
      expect(['', 'hello']).to.include(text)
    }
  })

  it('passes whole frames only, of any mixture of known and unknown ones', async () => {
    const odd = [
      bedrockFrame('newerEvent', {a: 1}),
      bedrockFrame('contentBlockStart', {contentBlockIndex: 5, start: {newer: {}}}),
      bedrockFrame('contentBlockDelta', {contentBlockIndex: 5, delta: {newer: 'x'}}),
      bedrockFrame('contentBlockDelta', {contentBlockIndex: 5, delta: null}),
      bedrockFrame('contentBlockDelta', {contentBlockIndex: 5, delta: {toolUse: {input: null}}}),
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...odd)), fc.integer({min: 1, max: 50}), async (more, size) => {
        const [begin = whole, ...rest] = bedrockReply('hello')
        const {watch, text} = await tidied(piecesOf(Buffer.concat([begin, ...more, ...rest]), [size]))
        expect(watch.failure).to.equal(undefined)
        expect([watch.ended, text]).to.deep.equal([true, 'hello'])
      }),
      {numRuns: runs(500, 60)},
    )
  })

  it('ends with what an exception says', async () => {
    const statuses = {
      throttlingException: 429,
      serviceUnavailableException: 503,
      validationException: 400,
      oddException: undefined,
    }
    for (const [type, status] of Object.entries(statuses)) {
      for (const name of [type, type.charAt(0).toUpperCase() + type.slice(1)]) {
        const {watch} = await tidied([bedrockFrame('messageStart', {}), bedrockException(name, 'no more')])
        expect(watch.failure).to.be.instanceOf(ProviderSaid)
        expect((watch.failure as ProviderSaid).statusCode).to.equal(status)
        expect((watch.failure as ProviderSaid).responseBody).to.contain('no more')
      }
    }
    const error = encodeFrame({':message-type': 'error', ':error-code': 'c', ':error-message': 'gone'}, Buffer.alloc(0))
    expect(((await tidied([error])).watch.failure as ProviderSaid).responseBody).to.contain('gone')
  })

  it('may be one whole answer, and is none where it is a page or nothing', async () => {
    const answer = {
      output: {
        message: {
          content: [
            {reasoningContent: {reasoningText: {text: 'hm', signature: 's'}}},
            {text: 'hello'},
            {toolUse: {toolUseId: 't', name: 'look', input: {a: 1}}},
          ],
        },
      },
      stopReason: 'tool_use',
      usage: {inputTokens: 1, outputTokens: 1},
    }
    const {watch, text, events} = await tidied([Buffer.from(JSON.stringify(answer))])
    expect([watch.ended, watch.failure, text]).to.deep.equal([true, undefined, 'hello'])
    expect(JSON.stringify(events)).to.contain('"toolUseId":"t"').and.contain('"signature":"s"')
    const kinds = ['<html>a gateway between</html>', 'data: {"not":"these frames"}\n\n'].map((page) =>
      tidied([Buffer.from(page)]),
    )
    for (const {watch: of} of await Promise.all(kinds)) expect(of.failure?.name).to.equal('NoReply')
    expect((await tidied([])).watch.failure?.name).to.equal('ReplyCut')
  })
})
