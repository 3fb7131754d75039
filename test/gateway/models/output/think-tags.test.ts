import {expect} from 'chai'
import fc from 'fast-check'
import type {ModelOptions} from '../../../../src/config/schema.js'
import {type Piece, ThinkTags} from '../../../../src/gateway/models/output/think-tags.js'
import {eventsOf, type ProviderServer, startProviderServer, wireForms} from '../../../fixtures/provider-server.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {collect, finishOf, messagesOf, registry, request} from '../helpers.js'

function parted(pieces: readonly string[], mode: 'leading' | 'open' = 'leading'): Record<Piece['kind'], string> {
  const tags = new ThinkTags(mode)
  const all = [...pieces.flatMap((piece) => tags.push(piece)), ...tags.end()]
  expect(all.every(({text}) => text !== '')).to.equal(true)
  const joined = (kind: Piece['kind']) => all.map((one) => (one.kind === kind ? one.text : '')).join('')
  return {text: joined('text'), reasoning: joined('reasoning')}
}

/** The text cut at any places, also between the letters of a tag. */
const cuts = (text: string) =>
  fc.array(fc.nat({max: text.length}), {maxLength: 8}).map((places) => {
    const sorted = [0, ...places, text.length].sort((a, b) => a - b)
    return sorted.slice(1).map((end, index) => text.slice(sorted[index], end))
  })

const rows: [whole: string, mode: 'leading' | 'open', reasoning: string, text: string][] = [
  ['<think>why</think>answer', 'leading', 'why', 'answer'],
  ['\n <think>\nwhy\n</think>\n\nanswer\n', 'leading', 'why\n', 'answer\n'],
  ['<think></think>answer', 'leading', '', 'answer'],
  ['<think>\n\n</think>\n\nanswer', 'leading', '', 'answer'],
  ['<think>a < b </thin </think>answer </think>', 'leading', 'a < b </thin ', 'answer </think>'],
  ['<think>never closed </thi', 'leading', 'never closed </thi', ''],
  ['<think>a</think>b<think>c</think>d', 'leading', 'a', 'b<think>c</think>d'],
  ['```xml\n<think>a</think>\n```', 'leading', '', '```xml\n<think>a</think>\n```'],
  ['The tag `<think>` begins it.', 'leading', '', 'The tag `<think>` begins it.'],
  ['<thinking>x</thinking>', 'leading', '', '<thinking>x</thinking>'],
  ['<thi', 'leading', '', '<thi'],
  ['  ', 'leading', '', '  '],
  ['a</think>b', 'leading', '', 'a</think>b'],
  ['why</think>answer', 'open', 'why', 'answer'],
  ['<think>why</think>answer', 'open', 'why', 'answer'],
  ['<th', 'open', '<th', ''],
]

describe('reasoning in tags', () => {
  it('is what a reply begins with, wherever its pieces are cut', () => {
    let tried = 0
    for (const [whole, mode, reasoning, text] of rows) {
      const property = fc.property(cuts(whole), (pieces) => {
        tried++
        expect(parted(pieces, mode), JSON.stringify(pieces)).to.deep.equal({text, reasoning})
      })
      fc.assert(property, {numRuns: runs(100, 20)})
      expect(parted([...whole], mode), 'letter by letter').to.deep.equal({text, reasoning})
    }
    tellTried(tried, 'cut replies')
  })

  it('loses nothing of any text but tags and the blanks around them', () => {
    const part = fc.oneof(fc.constantFrom('<think>', '</think>', '<', '</', 'think>', ' ', '\n', '`'), fc.string())
    let tried = 0
    const property = fc.property(
      fc.array(part).map((list) => list.join('')),
      fc.infiniteStream(fc.nat(6)),
      (whole, steps) => {
        const pieces: string[] = []
        for (let at = 0; at < whole.length; ) {
          const {value: step = 1} = steps.next()
          pieces.push(whole.slice(at, at + step))
          at += step
        }
        const got = parted(pieces)
        expect(got).to.deep.equal(parted([whole]))
        const bare = (text: string) => text.replaceAll(/<\/?think>|\s/g, '')
        // Not of both together: `<` before a tag and `think>` after it are no tag.
        expect(bare(got.reasoning) + bare(got.text)).to.equal(bare(whole))
        tried++
      },
    )
    fc.assert(property, {numRuns: runs(1000, 200)})
    tellTried(tried, 'texts')
  })

  describe('of a model', () => {
    const {open, text, end, tail, call} = wireForms['openai-compatible']
    let server: ProviderServer | undefined
    afterEach(() => server?.close())

    async function ask(options: Readonly<Record<string, ModelOptions>>, words: string[]) {
      const pieces = [...eventsOf(...open, ...words.flatMap(text), ...end('stop')), ...tail]
      server = await startProviderServer([{pieces}])
      const models = registry({providers: {mine: {baseUrl: server.url, modelOptions: options}}})
      return collect((await models.resolve('mine/m')).stream(request('go')))
    }

    it('is told apart from its answer, and stored and sent back as reasoning', async () => {
      const got = await ask({}, ['<thi', 'nk>be', 'cause</th', 'ink>\n', 'so'])
      expect(got).to.include({error: undefined, reasoning: 'because', text: 'so'})
      expect(finishOf(got)?.reason).to.equal('stop')
      const signed = got.events.find((event) => event.type === 'signed')?.step
      expect(signed?.parts).to.deep.equal([
        {kind: 'reasoning', length: 7},
        {kind: 'text', length: 2},
      ])
    })

    it('is text where that is set, for the model or for all of the provider', async () => {
      for (const name of ['m', '*']) {
        const got = await ask({[name]: {thinkTags: 'off'}}, ['<think>a</think>b'])
        expect(got).to.include({reasoning: '', text: '<think>a</think>b'})
        await server?.close()
      }
      const got = await ask({'*': {thinkTags: 'off'}, m: {thinkTags: 'open'}}, ['a</think>b'])
      expect(got).to.include({reasoning: 'a', text: 'b'})
    })

    it('stands before its calls, and goes back with their results', async () => {
      const {first, second} = call('{"a":1}')
      const pieces = [
        ...eventsOf(...open, ...text('<think>look'), ...text('</think>'), ...first, ...second, ...end('tools')),
        ...tail,
      ]
      server = await startProviderServer([{pieces}])
      const model = await registry({providers: {mine: {baseUrl: server.url}}}).resolve('mine/m')
      const tools = [{name: 'look', description: 'Looks', parameters: {type: 'object'}}]
      const got = await collect(model.stream(request('go', {tools})))
      expect(got).to.include({error: undefined, reasoning: 'look', text: ''})
      const messages = [{role: 'user' as const, text: 'go'}, ...messagesOf(got)]
      await collect(model.stream(request('', {messages, tools})))
      const sent = server.requests[1]?.body.messages as Record<string, unknown>[]
      expect(sent[2]).to.deep.include({role: 'assistant', reasoning_content: 'look'})
    })
  })
})
