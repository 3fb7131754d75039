import {createHash} from 'node:crypto'
import {expect} from 'chai'
import fc from 'fast-check'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import type {SignedPart, SignedStep} from '../../../src/gateway/models/signed-step.js'
import type {ModelMessage, ToolCall} from '../../../src/gateway/models/types.js'
import {Issued, providerRules} from '../../fixtures/provider-rules.js'
import {eventsOf, type ProviderServer, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {runs} from '../../helpers/sample.js'
import {collect, registry, request} from './helpers.js'

const models: Readonly<Record<OwnKind, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-5',
  google: 'gemini-3-pro-preview',
  openrouter: 'any',
  'openai-compatible': 'any',
}
const kinds = Object.keys(models) as OwnKind[]
const originOf = (kind: OwnKind) => `at-${kind}/${models[kind]}`

/** Ids as the models of others write them: with dots and colons, counted from 0 in each step, long. */
const foreignId = fc.constantFrom('functions.look:0', 'call_0', 'call_0', 'a b/ü', 'x'.repeat(70), '')
const words = fc.constantFrom('', '\n\n', ' ', 'some words', 'half \ud83d\ude00')
/** How a step was left: as its provider ended it, begun before and gone on with, without what it signed, too late for it. */
const fate = fc.constantFrom('whole', 'whole', 'whole', 'gone on with', 'unsigned')
const step = fc.record({
  kind: fc.constantFrom(...kinds),
  model: fc.constantFrom('', '', '', '-other'),
  reasoning: fc.constantFrom('', 'thinking of it'),
  text: words,
  ids: fc.array(foreignId, {maxLength: 3}),
  fate,
})
const turns = fc.array(fc.array(step, {maxLength: 4}), {minLength: 1, maxLength: 4})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A step as its provider sent it and this program stored it. */
function stored({kind, model, reasoning, text, ids, fate}: Step, number: number, issued: Issued): ModelMessage[] {
  const sign = (what: string) => {
    const signature = createHash('sha256').update(`${number} ${what}`).digest('base64')
    issued.signatures.set(signature, what)
    return signature
  }
  // Providers that count ids make them of their own form, once each.
  const toolCalls = ids.map((id, index): ToolCall => {
    const own = kind === 'openai-compatible' || kind === 'openrouter' ? id.slice(0, 40) : `own_${number}_${index}`
    return {id: own, name: 'look', args: {at: index}}
  })
  const parts: SignedPart[] = []
  const reasons = (options?: Record<string, Record<string, unknown>>) =>
    parts.push({kind: 'reasoning', length: reasoning.length, ...(options ? {options} : {})})
  if (kind === 'anthropic') {
    reasons({anthropic: reasoning === '' ? {redactedData: sign('')} : {signature: sign(reasoning)}})
  } else if (kind === 'openai') {
    reasons({openai: {itemId: `rs_${number}`, reasoningEncryptedContent: sign(reasoning)}})
  } else if (reasoning !== '') reasons()
  if (text !== '') parts.push({kind: 'text', length: text.length})
  for (const index of ids.keys()) {
    const signed = kind === 'google' && index === 0
    parts.push({kind: 'call', ...(signed ? {options: {google: {thoughtSignature: sign('call')}}} : {})})
  }
  const signed: SignedStep = {origin: originOf(kind) + model, reasons: true, parts}
  const begun = fate === 'gone on with' ? 'begun, and ' : ''
  return [
    {
      role: 'assistant',
      text: begun + text,
      reasoning: begun + reasoning,
      ...(toolCalls.length > 0 ? {toolCalls} : {}),
      ...(fate === 'unsigned' ? {} : {signed}),
    },
    ...toolCalls.map(({id, name}): ModelMessage => ({role: 'tool', toolCallId: id, name, result: {seen: true}})),
  ]
}

describe('a conversation that went over many providers', () => {
  for (const kind of kinds) {
    it(`is one that ${kind} takes`, async function () {
      this.timeout(120_000)
      const form = wireForms[kind]
      const pieces = [...eventsOf(...form.open, ...form.text('hello'), ...form.end('stop')), ...form.tail]
      const server: ProviderServer = await startProviderServer([{pieces}])
      const registered = registry({
        providers: {[`at-${kind}`]: {kind, baseUrl: server.url, apiKey: 'k'}},
        reasoningEffort: 'high',
      })
      const model = await registered.resolve(originOf(kind))
      let sent = 0
      let own = 0
      try {
        await fc.assert(
          fc.asyncProperty(turns, fc.boolean(), async (planned, atWork) => {
            const issued = new Issued()
            let number = 0
            const messages = planned.flatMap((steps, index): ModelMessage[] => {
              const last = index === planned.length - 1
              // A turn ends with words, but the one at work, which ends with results.
              const kept = last && atWork ? steps.filter(({ids}) => ids.length > 0) : steps
              const said = kept.flatMap((one) => stored(one, number++, issued))
              const closed: ModelMessage[] = last ? [] : [{role: 'assistant', text: 'So.'}]
              return [{role: 'user', text: 'go'}, ...said, ...closed]
            })
            if (messages.at(-1)?.role === 'assistant') messages.push({role: 'user', text: 'go on'})
            const got = await collect(model.stream(request('', {messages})))
            expect(got.error).to.equal(undefined)
            const body = server.requests.at(-1)?.body ?? {}
            expect(providerRules[kind](body, issued), JSON.stringify(body)).to.equal(undefined)
            sent++
            if ([...issued.signatures.keys()].some((signature) => JSON.stringify(body).includes(signature))) own++
            server.requests.length = 0
          }),
          {numRuns: runs(150, 20)},
        )
      } finally {
        await server.close()
      }
      console.log(`        ${sent} conversations, ${own} with signatures of its own`)
    })
  }
})
