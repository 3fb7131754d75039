import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import type {SessionOpened, WireMessage} from '../../../src/protocol/methods.js'
import type {CountedRequest, CountingKind, CountingOptions, CountingServer} from '../../fixtures/counting-server.js'
import {someOf} from '../../helpers/sample.js'
import type {GatewayProcess} from '../gateway-process.js'
import {CountedGateways, filler} from './counted-gateway.js'

const kinds: readonly CountingKind[] = ['openai-compatible', 'anthropic']
const bodyOf = (request: CountedRequest) => JSON.stringify(request.body)

describe('a conversation that does not fit', () => {
  const gateways = new CountedGateways()
  const serve = (options: CountingOptions, settings?: string) => gateways.serve(options, settings)
  const start = () => gateways.start()
  const kindsOf = (gateway: GatewayProcess) =>
    gateway.frames.flatMap(({params}) => (params?.type === 'status.update' ? [String(params.payload?.kind)] : []))
  const breaches = (server: CountingServer) => server.requests.flatMap(({breach}) => breach ?? [])

  for (const kind of kinds) {
    for (const names of someOf([true, false], 1)) {
      it(`${kind}: is compacted when it is refused${names ? '' : ' without a word on the window'}, and the turn goes on`, async () => {
        const server = await serve({
          kind,
          names,
          window: 9000,
          reply: ({summary}, number) => ({text: summary ? `SUMMARY${number} of it` : `reply ${number}`}),
        })
        const gateway = await start()
        const {sid, key} = await gateway.create()
        for (let turn = 0; turn < 6; turn++) {
          const {status, text} = await gateway.turn(sid, `prompt${turn} ${filler(900)}`)
          expect(status, String(text)).to.equal('complete')
        }
        expect(server.requests.some(({refused}) => refused)).to.equal(true)
        expect(server.requests.some(({summary}) => summary)).to.equal(true)
        expect(breaches(server)).to.deep.equal([])
        expect(kindsOf(gateway)).to.include.members(['compacting', 'compacted'])
        const last = server.requests.findLast(({summary}) => !summary)
        expect(bodyOf(last as CountedRequest))
          .to.match(/SUMMARY\d+ of it/)
          .and.to.include('prompt5')
          .and.not.to.include('prompt0 ')
        // The person sees all of it, and where it was compacted.
        const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
        const prompts = messages.filter(({role}) => role === 'user').map(({text}) => text?.split(' ')[0])
        expect(prompts).to.deep.equal(['prompt0', 'prompt1', 'prompt2', 'prompt3', 'prompt4', 'prompt5'])
        const lines = messages.filter(({role}) => role === 'system')
        expect(lines[0]?.text).to.match(
          /^compacted: [\d.]+k → [\d.]+k tokens, \d+ messages are a summary now · \/compact undo$/,
        )
        // And so does who opens it in another process.
        await gateway.kill()
        const next = await start()
        const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
        expect(opened.messages).to.deep.equal(messages)
        expect(await next.turn(String(opened.session_id), 'prompt6 short')).to.include({status: 'complete'})
        expect(breaches(server)).to.deep.equal([])
      })
    }

    it(`${kind}: is compacted in mid-turn, without a call that lacks its result, and the prompt stays`, async () => {
      await writeFile(
        path.join(gateways.scratch.project, 'big.txt'),
        filler(1500, 'content').replaceAll(/(?:content ){10}/g, '$&\n'),
      )
      const reads = 10
      const server = await serve({
        kind,
        window: 14_000,
        reply: ({summary, body}) => {
          if (summary) return {text: 'SUMMARY of the steps'}
          const done = JSON.stringify(body)
            .match(/step\d+ of the work/g)
            ?.map((step) => Number(/\d+/.exec(step)?.[0])) ?? [-1]
          const step = Math.max(seen, ...done) + 1
          seen = step
          return step < reads
            ? {text: `step${step} of the work`, calls: [{name: 'read_file', args: {path: 'big.txt', offset: step + 1}}]}
            : {text: 'all is done'}
        },
      })
      let seen = -1
      const gateway = await start()
      const {sid} = await gateway.create()
      const end = await gateway.turn(sid, 'the prompt that is kept')
      expect(end).to.include({status: 'complete', text: 'all is done'})
      expect(breaches(server)).to.deep.equal([])
      expect(kindsOf(gateway)).to.include('compacted')
      for (const request of server.requests.filter(({summary}) => !summary)) {
        expect(bodyOf(request)).to.include('the prompt that is kept')
      }
      expect(await gateway.turn(sid, 'one more')).to.include({status: 'complete'})
      expect(breaches(server)).to.deep.equal([])
    })

    it(`${kind}: what cannot be made smaller is said with a remedy, and not tried for ever`, async () => {
      const server = await serve({kind, window: 6000, reply: () => ({text: 'hardly'})})
      const gateway = await start()
      const {sid} = await gateway.create()
      await gateway.turn(sid, 'hello')
      const end = await gateway.turn(sid, filler(6000))
      expect(end.status).to.equal('error')
      expect(String(end.warning))
        .to.match(/too long/)
        .and.match(/\/undo/)
        .and.match(/\/model/)
      expect(server.requests.length).to.be.below(8)
      // It leaves the context by itself.
      expect(await gateway.turn(sid, 'and now?')).to.include({status: 'complete'})
      expect(bodyOf(server.requests.at(-1) as CountedRequest))
        .to.include('and now?')
        .and.not.include('padding')
      expect(bodyOf(server.requests.at(-1) as CountedRequest)).to.not.include('No reply')
      const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
      expect(
        messages.some(({text}) => text?.includes('padding')),
        'it stays on screen',
      ).to.equal(true)
    })
  }

  it('is compacted before it is refused, once its window is known', async () => {
    const server = await serve({
      kind: 'openai-compatible',
      window: 9000,
      reply: ({summary}, number) => ({text: summary ? `SUMMARY${number}` : `reply ${number}`}),
    })
    const gateway = await start()
    const {sid, key} = await gateway.create()
    for (let turn = 0; turn < 20; turn++) await gateway.turn(sid, `prompt${turn} ${filler(900)}`)
    expect(server.requests.filter(({refused}) => refused)).to.have.length(1)
    expect(server.requests.filter(({summary}) => summary).length).to.be.above(2)
    expect(breaches(server)).to.deep.equal([])
    const {context_max: max, context_used: used} = (await gateway.call('session.usage', {session_id: sid})) as Record<
      string,
      number
    >
    expect(max).to.equal(9000)
    expect(used).to.be.below(9000)
    const {output} = await gateway.call('slash.exec', {session_id: sid, command: '/context'})
    expect(output).to.match(/^Context\n {2}[\d.]+k of 9\.0k tokens \(\d+ %\)\n/)
    // The next process knows it too, until another model is chosen.
    await gateway.kill()
    const next = await start()
    const {session_id: again, info} = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(info.usage).to.include({context_max: 9000, context_used: used})
    await next.call('config.set', {session_id: again, key: 'model', value: 'offline'})
    expect(await next.call('session.usage', {session_id: again})).to.not.have.property('context_used')
  })

  it('is not compacted before it is refused where the setting is 0', async () => {
    const server = await serve(
      {kind: 'openai-compatible', window: 9000, reply: ({summary}) => ({text: summary ? 'SUMMARY' : 'reply'})},
      'context.compactPercent: 0',
    )
    const gateway = await start()
    const {sid} = await gateway.create()
    for (let turn = 0; turn < 12; turn++) await gateway.turn(sid, `prompt${turn} ${filler(900)}`)
    const summaries = server.requests.flatMap(({summary}, index) => (summary ? [server.requests[index - 1]] : []))
    expect(summaries.length).to.be.above(1)
    expect(summaries.every((before) => before?.refused || before?.summary)).to.equal(true)
  })
})
