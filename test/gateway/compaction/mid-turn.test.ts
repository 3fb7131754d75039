import {writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import type {CountedRequest, CountingKind, CountingServer} from '../../fixtures/counting-server.js'
import {someOf} from '../../helpers/sample.js'
import {CountedGateways, filler} from './counted-gateway.js'

const STEPS = 8

describe('a compaction between the steps of a turn', () => {
  const gateways = new CountedGateways()
  let hold: ((request: CountedRequest, event: number) => boolean) | undefined
  let held = Promise.withResolvers<void>()

  /** Reads a file in each step, and ends behind the last one. It says so much that outlines of the results don't do. */
  async function serve(kind: CountingKind): Promise<CountingServer> {
    held = Promise.withResolvers<void>()
    hold = undefined
    await writeFile(path.join(gateways.scratch.project, 'big.txt'), 'a line of content here\n'.repeat(300))
    let steps = 0
    return gateways.serve({
      kind,
      window: 12_000,
      reply: ({summary}) => {
        if (summary) return {text: 'THE SUMMARY OF IT'}
        return ++steps <= STEPS
          ? {text: `step-${steps} ${filler(400)}`, calls: [{name: 'read_file', args: {path: 'big.txt', offset: steps}}]}
          : {text: 'all is read'}
      },
      gate: async (request, event) => {
        if (!hold?.(request, event)) return
        hold = undefined
        held.resolve()
        await new Promise(() => {})
      },
    })
  }

  function stored(key: string) {
    const store = openStore(homeFiles(gateways.scratch.home).database)
    try {
      return {compactions: store.compactions(key), rows: store.shownMessages(key)}
    } finally {
      store.close()
    }
  }

  const prompt = 'read all of it, and say what it is'
  const breaches = ({requests}: CountingServer) => requests.flatMap(({breach}) => breach ?? [])
  const afterSummary = ({requests}: CountingServer, request: CountedRequest) =>
    !request.summary && requests.some(({summary}) => summary)

  for (const point of ['before the summary ends', 'before the turn goes on'] as const) {
    for (const kind of someOf(['openai-compatible', 'anthropic'] as const, 1)) {
      it(`${kind}: a death ${point} loses no step and runs none again`, async () => {
        const server = await serve(kind)
        hold = (request, event) =>
          event === 2 && (point === 'before the summary ends' ? request.summary : afterSummary(server, request))
        const gateway = await gateways.start()
        const {sid, key} = await gateway.create()
        await gateway.call('prompt.submit', {session_id: sid, text: prompt, prompt_id: 'p1'})
        await held.promise
        await gateway.kill()
        const before = stored(key)
        expect(before.compactions).to.have.length(point === 'before the summary ends' ? 0 : 1)
        const next = await gateways.start()
        const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
        expect(opened.interrupted).to.include({prompt_id: 'p1', user: prompt})
        await next.call('prompt.continue', {session_id: opened.session_id})
        expect(await next.event('message.complete')).to.include({status: 'complete'})
        expect(breaches(server)).to.deep.equal([])
        for (const {summary, body} of server.requests) if (!summary) expect(JSON.stringify(body)).to.include(prompt)
        const after = stored(key)
        // What was there stays as it is, each call once.
        const ids = after.rows.flatMap(({tool}) => tool?.id ?? [])
        expect(new Set(ids).size).to.equal(ids.length)
        expect(ids.slice(0, before.rows.filter(({tool}) => tool).length)).to.deep.equal(
          before.rows.flatMap(({tool}) => tool?.id ?? []),
        )
        expect(after.rows.filter(({role}) => role === 'user').map(({text}) => text)).to.deep.equal([prompt])
        expect(after.rows.every(({tool}) => tool === null || tool.state === 'complete')).to.equal(true)
      })
    }
  }

  it('ends with the turn where that is interrupted: nothing is changed', async () => {
    const server = await serve('anthropic')
    hold = ({summary}, event) => summary && event === 2
    const gateway = await gateways.start()
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: prompt})
    await held.promise
    await gateway.call('session.interrupt', {session_id: sid})
    expect(await gateway.event('message.complete')).to.include({status: 'interrupted'})
    expect(stored(key).compactions).to.deep.equal([])
    await gateway.call('prompt.continue', {session_id: sid})
    const from = gateway.frames.length
    expect(await gateway.event('message.complete', from)).to.include({status: 'complete'})
    expect(stored(key).compactions).to.not.be.empty
    expect(breaches(server)).to.deep.equal([])
  })
})
