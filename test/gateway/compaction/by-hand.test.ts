import {expect} from 'chai'
import type {SessionOpened, WireMessage} from '../../../src/protocol/methods.js'
import type {CountedRequest, CountingServer} from '../../fixtures/counting-server.js'
import {CountedGateways, filler} from './counted-gateway.js'

interface Compressed extends Record<string, unknown> {
  status: string
  removed: number
  before_messages: number
  after_messages: number
  before_tokens: number
  after_tokens: number
  summary: {noop: boolean; headline: string; token_line: string; note: string}
  messages?: Record<string, unknown>[]
}

describe('session.compress', () => {
  const gateways = new CountedGateways()
  let server: CountingServer
  let hold: Promise<void> | undefined
  let held = Promise.withResolvers<void>()

  beforeEach(async () => {
    held = Promise.withResolvers<void>()
    hold = undefined
    server = await gateways.serve({
      kind: 'anthropic',
      window: 100_000,
      reply: ({summary}, number) => ({text: summary ? `SUMMARY${number} of it` : `reply ${number}`}),
      gate: async ({summary}, event) => {
        if (!summary || event !== 3 || !hold) return
        held.resolve()
        await hold
      },
    })
  })

  const last = () => JSON.stringify((server.requests.at(-1) as CountedRequest).body)
  const isSummary = (told: string | undefined) => Boolean(told?.startsWith('compacted: '))

  async function talked(turns = 4) {
    const gateway = await gateways.start()
    const {sid, key} = await gateway.create()
    for (let turn = 1; turn <= turns; turn++) await gateway.turn(sid, `prompt${turn} ${filler(100)}`)
    return {gateway, sid, key}
  }

  it('makes a summary with the focus; the newest exchange, the key and all that is shown stay', async () => {
    const {gateway, sid, key} = await talked()
    const history = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    const from = gateway.frames.length
    const answer = await gateway.call<Compressed>('session.compress', {session_id: sid, focus_topic: 'the ports'})
    expect(answer).to.include({status: 'compressed'})
    expect(answer.summary).to.deep.include({noop: false, token_line: '', note: ''})
    expect(answer.summary.headline).to.match(/^compacted: [\d.k]+ → [\d.k]+ tokens, 6 messages are a summary now/)
    expect(answer.after_tokens).to.be.below(answer.before_tokens)
    expect(answer.removed)
      .to.equal(answer.before_messages - answer.after_messages)
      .and.to.be.above(0)
    // The reference's screen draws them in place of what stood there.
    const line = {role: 'system', text: answer.summary.headline}
    expect(answer.messages).to.deep.equal([...history.messages, line].map((row) => ({...row, content: row.text})))
    expect(answer.info).to.include({session_key: key})
    expect(last()).to.include('the ports').and.to.include('prompt1')
    const kinds = gateway.frames.slice(from).flatMap(({params}) => params?.payload?.kind ?? [])
    expect(kinds).to.deep.equal(['compacting', 'compacting', 'status'])

    await gateway.turn(sid, 'prompt5')
    expect(last()).to.include('SUMMARY').and.include('prompt4').and.include('prompt5').and.not.include('prompt3')
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages.slice(0, 8)).to.deep.equal(history.messages)
    expect(messages[8]).to.deep.equal({role: 'system', text: answer.summary.headline})
    expect(await gateway.call('session.search', {query: 'prompt1'}))
      .to.have.property('hits')
      .with.length(1)
  })

  it('costs what its model costs, as each step does', async () => {
    const prices = ', modelOptions: {m: {inputPrice: 1000, outputPrice: 2000}}'
    server = await gateways.serve({kind: 'anthropic', window: 100_000, reply: () => ({text: 'said'})}, '', prices)
    const {gateway, sid} = await talked()
    await gateway.call('session.compress', {session_id: sid})
    const usage = await gateway.call('session.usage', {session_id: sid})
    expect(usage).to.include({calls: server.requests.length}).and.not.have.property('unpriced_calls')
    expect(usage.cost_usd).to.be.closeTo((Number(usage.input) + 2 * Number(usage.output)) / 1000, 1e-9)
    expect(await gateway.call('session.cost', {session_id: sid})).to.include({
      calls: server.requests.length,
      unpriced_calls: 0,
      cost_usd: usage.cost_usd,
    })
  })

  it('is taken back, and compacts again what is a summary already', async () => {
    const {gateway, sid, key} = await talked()
    await gateway.call('session.compress', {session_id: sid})
    await gateway.turn(sid, `prompt5 ${filler(100)}`)
    await gateway.turn(sid, `prompt6 ${filler(100)}`)
    await gateway.call('session.compress', {session_id: sid})
    // The second one is of the first and of what came since.
    expect(last())
      .to.match(/SUMMARY\d+ of it/)
      .and.include('prompt4')
      .and.not.include('prompt1')
    const undone = await gateway.call<Compressed>('session.compress', {session_id: sid, undo: true})
    expect(undone).to.include({status: 'undone'})
    expect(undone.summary.headline).to.match(/taken back: [\d.k]+ tokens are told in full again/)
    await gateway.turn(sid, 'prompt7')
    expect(last()).to.include('SUMMARY').and.include('prompt4').and.include('prompt5').and.not.include('prompt3')
    await gateway.call('session.compress', {session_id: sid, undo: true})
    const refused = await gateway.refused('session.compress', {session_id: sid, undo: true})
    expect(refused.message).to.include('nothing to take back')
    await gateway.kill()
    const next = await gateways.start()
    const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(
      opened.messages.some(({text}) => isSummary(text)),
      'what was taken back is not told',
    ).to.equal(false)
    await next.turn(String(opened.session_id), 'prompt8')
    expect(last()).to.include('prompt1').and.not.include('SUMMARY')
  })

  it('ends on an interrupt with nothing changed; a prompt meanwhile is refused as busy', async () => {
    const {gateway, sid} = await talked()
    hold = new Promise(() => {})
    const request = gateway.request('session.compress', {session_id: sid})
    await held.promise
    expect(await gateway.refused('prompt.submit', {session_id: sid, text: 'now'})).to.include({code: 4009})
    expect(await gateway.refused('session.compress', {session_id: sid})).to.include({code: 4009})
    await gateway.call('session.interrupt', {session_id: sid})
    expect((await request).error?.message).to.include('nothing was changed')
    hold = undefined
    expect(await gateway.turn(sid, 'prompt5')).to.include({status: 'complete'})
    expect(last()).to.include('prompt1').and.not.include('SUMMARY')
  })

  it('counts what the summary cost', async () => {
    const {gateway, sid} = await talked()
    const before = await gateway.call<Record<string, number>>('session.usage', {session_id: sid})
    await gateway.call('session.compress', {session_id: sid})
    const after = await gateway.call<Record<string, number>>('session.usage', {session_id: sid})
    expect(after.calls).to.equal(Number(before.calls) + 1)
    expect(after.input).to.equal(Number(before.input) + Number(server.requests.at(-1)?.tokens))
  })

  it('says so where there is nothing to compact', async () => {
    const {gateway, sid} = await talked(1)
    const {summary, messages} = await gateway.call<Compressed>('session.compress', {session_id: sid})
    expect(summary).to.include({noop: true})
    expect(messages).to.equal(undefined)
    expect(summary.headline).to.include('nothing to compact')
    const blank = await gateway.create()
    expect((await gateway.refused('session.compress', {session_id: blank.sid})).message).to.include('nothing was said')
  })

  it('is undone with the turn that it is of, and goes along with a branch', async () => {
    const {gateway, sid} = await talked()
    await gateway.call('session.compress', {session_id: sid})
    const branch = await gateway.call<SessionOpened>('session.branch', {session_id: sid})
    await gateway.turn(String(branch.session_id), 'prompt5')
    expect(last()).to.include('SUMMARY').and.include('prompt4').and.not.include('prompt3')
    // The newest exchange is not of the summary, the one before it is.
    for (const told of [true, false]) {
      await gateway.call('session.undo', {session_id: sid})
      await gateway.turn(sid, 'another')
      expect(last().includes('SUMMARY'), last().slice(0, 300)).to.equal(told)
      await gateway.call('session.undo', {session_id: sid})
    }
    expect(last()).to.include('prompt2').and.not.include('prompt3')
  })
})
