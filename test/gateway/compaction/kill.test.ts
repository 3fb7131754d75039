import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {SessionOpened, WireMessage} from '../../../src/protocol/methods.js'
import type {CountedRequest, CountingKind, CountingServer} from '../../fixtures/counting-server.js'
import {someOf} from '../../helpers/sample.js'
import type {GatewayProcess} from '../gateway-process.js'
import {CountedGateways, filler} from './counted-gateway.js'

/** Where a gateway is killed: at an event of the summary's reply, of the next step's, or when it tells of the row. */
type Point = {in: 'summary' | 'next'; event: number} | 'told'

const points: readonly Point[] = [
  {in: 'summary', event: 0},
  {in: 'summary', event: 2},
  // The last word that lets the row be written.
  {in: 'summary', event: 6},
  'told',
  {in: 'next', event: 0},
  {in: 'next', event: 2},
]
const nameOf = (point: Point) => (point === 'told' ? 'when it is told' : `at event ${point.event} of the ${point.in}`)

describe('kill -9 in a compaction', () => {
  const gateways = new CountedGateways()
  const prompts = ['one', 'two', 'three', 'four']
  const promptText = (word: string) => `prompt-${word} ${filler(900)}`

  let hold: ((request: CountedRequest, event: number) => boolean) | undefined
  let held = Promise.withResolvers<void>()

  async function serve(kind: CountingKind): Promise<CountingServer> {
    held = Promise.withResolvers<void>()
    hold = undefined
    return gateways.serve(
      {
        kind,
        window: 8000,
        reply: ({summary}) => ({text: summary ? 'THE SUMMARY OF IT' : 'a reply of it'}),
        gate: async (request, event) => {
          if (!hold?.(request, event)) return
          held.resolve()
          await new Promise(() => {})
        },
      },
      'context.compactPercent: 0',
    )
  }

  /** Compactions that are stored, and what is told to a model. */
  function stored(key: string) {
    const store = openStore(homeFiles(gateways.scratch.home).database)
    try {
      return {compactions: store.compactions(key), context: store.context(key), shown: store.shownMessages(key)}
    } finally {
      store.close()
    }
  }

  async function until(gateway: GatewayProcess, point: Point): Promise<void> {
    if (point === 'told') await gateway.frame(({params}) => params?.payload?.kind === 'compacted')
    else await held.promise
  }

  const mark = (server: CountingServer) => server.requests.length

  for (const point of points) {
    for (const kind of someOf(['openai-compatible', 'anthropic'] as const, 1)) {
      it(`${kind}, after an overflow, ${nameOf(point)}: nothing is lost or doubled, and the turn goes on`, async () => {
        const server = await serve(kind)
        const gateway = await gateways.start()
        const {sid, key} = await gateway.create()
        for (const word of prompts.slice(0, 3)) await gateway.turn(sid, promptText(word))
        const from = mark(server)
        hold = (request, event) => {
          if (point === 'told' || point.event !== event || server.requests.indexOf(request) < from) return false
          return request.summary === (point.in === 'summary')
        }
        server.window = 6200
        await gateway.call('prompt.submit', {session_id: sid, text: promptText('four'), prompt_id: 'p4'})
        await until(gateway, point)
        await gateway.kill()
        hold = undefined

        const {compactions, shown} = stored(key)
        const isWritten = point === 'told' || point.in === 'next'
        expect(compactions).to.have.length(isWritten ? 1 : 0)
        expect(shown.filter(({role}) => role === 'user').map(({text}) => text)).to.deep.equal(prompts.map(promptText))

        const next = await gateways.start()
        const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
        expect(opened.interrupted).to.include({prompt_id: 'p4', user: promptText('four'), deaths: 1})
        await next.call('prompt.continue', {session_id: opened.session_id})
        expect(await next.event('message.complete')).to.include({status: 'complete'})
        const after = stored(key)
        expect(after.compactions).to.have.length(1)
        const last = JSON.stringify(server.requests.at(-1)?.body)
        expect(last.match(/prompt-four/g)).to.have.length(1)
        expect(last.match(/THE SUMMARY/g)).to.have.length(1)
        expect(server.requests.flatMap(({breach}) => breach ?? [])).to.deep.equal([])
        const {messages} = await next.call<{messages: WireMessage[]}>('session.history', {
          session_id: opened.session_id,
        })
        expect(messages.filter(({role}) => role === 'user').map(({text}) => text)).to.deep.equal(
          prompts.map(promptText),
        )
        expect(messages.filter(({role}) => role === 'system')).to.have.length(1)
        expect(messages.filter(({role}) => role === 'assistant').map(({text}) => text)).to.deep.equal(
          prompts.map(() => 'a reply of it'),
        )
      })
    }
  }

  for (const event of someOf([0, 2, 6], 1)) {
    it(`by hand, at event ${event} of the summary: the session is as it was`, async () => {
      const server = await serve('openai-compatible')
      const gateway = await gateways.start()
      const {sid, key} = await gateway.create()
      for (const word of prompts) await gateway.turn(sid, `${word} ${filler(100)}`)
      const before = stored(key)
      hold = (request, at) => request.summary && at === event
      gateway.send('session.compress', {session_id: sid})
      await held.promise
      await gateway.kill()
      hold = undefined
      expect(stored(key)).to.deep.equal(before)
      const next = await gateways.start()
      const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
      expect(opened).to.include({interrupted: null, running: false})
      expect(await next.turn(String(opened.session_id), 'five')).to.include({status: 'complete'})
      expect(JSON.stringify(server.requests.at(-1)?.body)).to.include('one padding')
    })
  }
})
