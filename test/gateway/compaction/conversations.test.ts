import {createHash} from 'node:crypto'
import {expect} from 'chai'
import fc from 'fast-check'
import {type CompactionWork, compact} from '../../../src/gateway/compaction/compact.js'
import type {OwnKind} from '../../../src/gateway/models/catalog.js'
import {encodeSigned, type SignedPart} from '../../../src/gateway/models/signed-step.js'
import type {Model} from '../../../src/gateway/models/types.js'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {toModelMessages} from '../../../src/gateway/turn/history.js'
import {noUsage} from '../../../src/gateway/turn/usage.js'
import {Issued, providerRules} from '../../fixtures/provider-rules.js'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {runs} from '../../helpers/sample.js'
import {collect, registry, request} from '../models/helpers.js'

const models: Readonly<Record<OwnKind, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-5',
  google: 'gemini-3-pro-preview',
  openrouter: 'any',
  'openai-compatible': 'any',
}
const kinds = Object.keys(models) as OwnKind[]
const originOf = (kind: OwnKind) => `at-${kind}/${models[kind]}`
const key = '20260101_000000_abcdef'
const session = {key, title: null, model: null, cwd: null, source: 'tui'}

/** A step: words, calls with results of some size; a turn: how it ended, and its steps. */
const step = fc.record({
  reasons: fc.boolean(),
  text: fc.constantFrom('', 'some words'),
  results: fc.array(fc.constantFrom(10, 300, 3000, 20_000), {minLength: 1, maxLength: 3}),
})
const turn = fc.record({
  end: fc.constantFrom('complete', 'complete', 'complete', 'interrupted', 'error', 'failed'),
  prompt: fc.constantFrom(20, 200, 4000),
  reply: fc.constantFrom(20, 2000),
  steps: fc.array(step, {maxLength: 5}),
})
/** After that many of the turns it is compacted, for that reason; `window` in parts of what there is. */
const compaction = fc.record({
  reason: fc.constantFrom('asked' as const, 'full' as const, 'overflow' as const),
  part: fc.constantFrom(undefined, 0.3, 0.5, 0.8, 1),
  undo: fc.boolean(),
})
const conversation = fc.array(fc.record({turn, after: fc.option(compaction, {nil: undefined, freq: 2})}), {
  minLength: 2,
  maxLength: 8,
})
/** A turn that runs, with steps behind it. */
const atWork = fc.option(fc.array(step, {minLength: 1, maxLength: 6}), {nil: undefined, freq: 2})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never
type Compaction = typeof compaction extends fc.Arbitrary<infer T> ? T : never

/** Writes conversations as a gateway does. */
class Writer {
  readonly store: Store = openStore(':memory:')
  readonly issued = new Issued()
  readonly #kind: OwnKind
  #next = 0

  constructor(kind: OwnKind) {
    this.#kind = kind
  }

  begin(length: number): number {
    const prompt = `prompt${this.#next++} `.padEnd(length, 'p')
    return this.store.beginTurn({session, promptId: `p${this.#next}`, prompt}).turn.id
  }

  /** `first`: of its turn. Anthropic's models think there, and in later steps only if they are told that they may. */
  step(turnId: number, {reasons, text, results}: Step, first: boolean): void {
    const number = this.#next++
    const reasoning = reasons || first ? `thinking${number}` : ''
    const words = text === '' ? '' : `${text}${number}`
    const calls = results.map((_, at) => ({id: `call_${number}_${at}`, name: 'look', context: '', args: {number, at}}))
    const signed = encodeSigned({
      origin: originOf(this.#kind),
      reasons: true,
      parts: this.#parts(number, reasoning, words, calls.length),
    })
    this.store.journal(turnId, [
      ...(reasoning === '' ? [] : [{kind: 'reasoning', text: reasoning} as const]),
      ...(words === '' ? [] : [{kind: 'text', text: words} as const]),
      {kind: 'calls', calls},
      {kind: 'signed', step: signed},
      {kind: 'step-end'},
    ])
    for (const [at, length] of results.entries()) {
      const result = {path: `file${number}-${at}.txt`, content: `c${number}-${at} `.padEnd(length, 'x')}
      this.store.journal(turnId, [{kind: 'tool-end', id: `call_${number}_${at}`, result, durationS: 0}])
    }
  }

  steps(turnId: number, steps: readonly Step[]): void {
    for (const [at, one] of steps.entries()) this.step(turnId, one, at === 0)
  }

  #parts(number: number, reasoning: string, text: string, calls: number): SignedPart[] {
    const kind = this.#kind
    const sign = (what: string) => {
      const signature = createHash('sha256').update(`${number} ${what}`).digest('base64')
      this.issued.signatures.set(signature, what)
      return signature
    }
    const parts: SignedPart[] = []
    const length = reasoning.length
    if (kind === 'anthropic' && reasoning !== '') {
      parts.push({kind: 'reasoning', length, options: {anthropic: {signature: sign(reasoning)}}})
    } else if (kind === 'openai' && reasoning !== '') {
      const options = {openai: {itemId: `rs_${number}`, reasoningEncryptedContent: sign(reasoning)}}
      parts.push({kind: 'reasoning', length, options})
    } else if (reasoning !== '') parts.push({kind: 'reasoning', length})
    if (text !== '') parts.push({kind: 'text', length: text.length})
    for (let at = 0; at < calls; at++) {
      const isSigned = kind === 'google' && at === 0
      parts.push({kind: 'call', ...(isSigned ? {options: {google: {thoughtSignature: sign('call')}}} : {})})
    }
    return parts
  }

  end(turnId: number, end: string, length: number): void {
    if (end !== 'failed')
      this.store.journal(turnId, [{kind: 'text', text: `reply${this.#next++} `.padEnd(length, 'r')}])
    const status = end === 'complete' || end === 'interrupted' ? end : 'error'
    this.store.finishTurn(turnId, {status})
  }

  messages() {
    const {compaction, rows} = this.store.context(key)
    return toModelMessages(rows, compaction)
  }
}

/** A model that only writes summaries; it keeps what it was given. */
function summariser(): Model & {given: string[]} {
  const given: string[] = []
  return {
    id: 'test/summariser',
    provider: 'test',
    contextMax: undefined,
    given,
    async *stream({messages}) {
      given.push(messages.map((message) => (message.role === 'user' ? message.text : '')).join())
      yield {type: 'text', text: `SUMMARY${given.length}`}
      const usage = {input: 1, output: 1, cacheRead: 0, cacheWrite: 0, reasoning: 0}
      yield {type: 'finish', reason: 'stop', usage}
    },
  }
}

async function run(writer: Writer, model: Model, {reason, part, undo}: Compaction, turnId: number | null) {
  const {store} = writer
  const before = writer.messages()
  const shown = store.shownMessages(key)
  const size = JSON.stringify(before).length / 4
  const work: CompactionWork = {
    store,
    key,
    model,
    window: part === undefined ? undefined : Math.ceil(size * part),
    system: '',
    tools: [],
    scale: 1,
    reason,
    turnId,
    signal: new AbortController().signal,
    tell: () => {},
    assertOwned: () => {},
  }
  const row = await compact(work)
  expect(store.shownMessages(key), 'what is shown stays').to.deep.equal(shown)
  if (!row) {
    expect(writer.messages()).to.deep.equal(before)
    return undefined
  }
  expect(row.tokensAfter).to.be.below(row.tokensBefore)
  if (undo) {
    const small = writer.messages()
    expect(store.undoCompaction(key)).to.deep.equal(row)
    expect(writer.messages()).to.deep.equal(before)
    store.addCompaction(key, {...row, usage: {calls: 0, usage: noUsage}})
    expect(writer.messages()).to.deep.equal(small)
  }
  return row
}

/** Words by which each message is known, in order. */
const marks = (value: unknown) =>
  JSON.stringify(value).match(/(?:prompt|reply|some words|c(?=\d+-))\d+(?:-\d+)?/g) ?? []

describe('conversations that were compacted', () => {
  for (const kind of kinds) {
    it(`are such that ${kind} takes them, in order, with the newest whole`, async function () {
      this.timeout(120_000)
      const form = wireForms[kind]
      const pieces = [...eventsOf(...form.open, ...form.text('hello'), ...form.end('stop')), ...form.tail]
      const server = await startProviderServer([{pieces}])
      const provider = {kind, baseUrl: server.url, apiKey: 'k'}
      const registered = registry({providers: {[`at-${kind}`]: provider}, reasoningEffort: 'high'})
      const model = await registered.resolve(originOf(kind))
      let made = 0
      let midTurn = 0
      const some = () =>
        fc.assert(
          fc.asyncProperty(conversation, atWork, compaction, async (turns, work, last) => {
            const writer = new Writer(kind)
            const writes = summariser()
            const failed = new Set<number>()
            try {
              const check = async (turnId: number | null) => {
                const messages = writer.messages()
                if (messages.length === 0) return
                const {rows, compaction: held} = writer.store.context(key)
                const newer = writer.store.messages(key).filter(({id}) => id > (held?.covers ?? 0) || id < 0)
                expect(rows).to.include.deep.members(newer.filter(({turnId: of}) => !failed.has(Number(of))))
                const told = marks(messages)
                expect(told, 'each once, in order').to.deep.equal(
                  marks(rows.map(({text, tool}) => [text, tool?.result])),
                )
                const newest = rows.findLast(({role}) => role === 'user')?.text
                if (newest) expect(JSON.stringify(messages)).to.include(newest)
                const asked = turnId === null ? [...messages, {role: 'user' as const, text: 'go on'}] : messages
                const merged = asked.filter((one, at) => one.role !== 'user' || asked[at - 1]?.role !== 'user')
                const got = await collect(model.stream(request('', {messages: merged})))
                expect(got.error).to.equal(undefined)
                const body = server.requests.at(-1)?.body ?? {}
                expect(providerRules[kind](body, writer.issued), JSON.stringify(body)).to.equal(undefined)
                server.requests.length = 0
              }
              for (const {turn, after} of turns) {
                const id = writer.begin(turn.prompt)
                if (turn.end === 'failed') failed.add(id)
                else writer.steps(id, turn.steps)
                writer.end(id, turn.end, turn.reply)
                if (after && (await run(writer, writes, after, null))) made++
              }
              await check(null)
              if (!work) return
              const id = writer.begin(30)
              writer.steps(id, work)
              const row = await run(writer, writes, last, id)
              if (row) {
                made++
                midTurn++
                // The results that the model has not gone on from are whole, but where nothing else fits.
                const {rows} = writer.store.context(key)
                const step = rows.findLastIndex(({role}) => role === 'assistant')
                if (last.reason === 'asked') {
                  for (const {tool} of rows.slice(step + 1)) {
                    expect(JSON.stringify(writer.messages())).to.include(JSON.stringify(tool?.result))
                  }
                }
              }
              await check(id)
              // A branch is told the same.
              writer.end(id, 'complete', 20)
              for (const _ of writer.store.branchSession(key, {key: 'branch', title: null}));
              const branch = writer.store.context('branch')
              expect(toModelMessages(branch.rows, branch.compaction)).to.deep.equal(writer.messages())
            } finally {
              writer.store.close()
            }
          }),
          {numRuns: runs(600, 6)},
        )
      try {
        // Of six that are drawn none may be one of a turn at work: then others are.
        for (let round = 0; round < 10 && midTurn === 0; round++) await some()
      } finally {
        await server.close()
      }
      console.log(`        ${made} compactions, ${midTurn} of them in mid-turn`)
      expect(midTurn).to.be.above(0)
    })
  }
})
