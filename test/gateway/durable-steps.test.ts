import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {homeFiles} from '../../src/platform.js'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {
  type PlannedReply,
  type SigningKind,
  type SigningServer,
  startSigningServer,
} from '../fixtures/signing-server.js'
import {someOf} from '../helpers/sample.js'
import {type GatewayProcess, Scratch} from './gateway-process.js'

const models: Readonly<Record<SigningKind, string>> = {
  anthropic: 'claude-sonnet-4-5',
  openai: 'gpt-5',
  google: 'gemini-3-pro-preview',
  openrouter: 'anthropic/claude-sonnet-4.5',
}
const kinds = Object.keys(models) as SigningKind[]

/** A turn of three steps: two reads, a write that asks, an answer. Which one is due, the conversation says. */
const steps: readonly PlannedReply[] = [
  {
    reasoning: 'I should look around first.',
    text: 'Looking around. ',
    calls: [
      {name: 'list_files', args: {path: '.'}},
      {name: 'list_files', args: {path: './'}},
    ],
  },
  {reasoning: '', text: '', calls: [{name: 'write_file', args: {path: 'made.txt', content: 'made'}}]},
  {reasoning: 'That was it.', text: 'All of it is done.', calls: []},
]

function due(_: number, body: Record<string, unknown>): PlannedReply {
  const results =
    JSON.stringify(body).match(/"tool_result"|"function_call_output"|"functionResponse"|"role":"tool"/g)?.length ?? 0
  const step = results < 2 ? steps[0] : results < 3 ? steps[1] : steps[2]
  if (!step) throw new Error('no step is due')
  return step
}

describe('a turn that a kill -9 cut goes on where providers sign what they think', () => {
  const scratch = new Scratch()
  let servers: Partial<Record<SigningKind, SigningServer>> = {}

  afterEach(async () => {
    await Promise.all(Object.values(servers).map((server) => server.close()))
    servers = {}
  })

  /** Servers of these kinds. Of the first one, an event of a reply is held for ever; resolves when it is. */
  async function serve(
    used: readonly SigningKind[],
    held?: {request: number; event: number},
  ): Promise<{held: Promise<void>}> {
    const {promise, resolve} = Promise.withResolvers<void>()
    for (const [index, kind] of used.entries()) {
      servers[kind] = await startSigningServer(kind, due, async (request, event) => {
        if (index > 0 || request !== held?.request || event !== held.event) return
        resolve()
        await new Promise(() => {})
      })
    }
    const folder = path.join(scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const providers = used.map((kind) => `  at-${kind}: {kind: ${kind}, baseUrl: "${servers[kind]?.url}", apiKey: k}\n`)
    const text = `discoverLocal: false\nreasoningEffort: high\nmodels.retries: 0\nproviders:\n${providers.join('')}`
    await writeFile(path.join(folder, 'config.yaml'), text)
    return {held: promise}
  }

  const modelOf = (kind: SigningKind) => `at-${kind}/${models[kind]}`
  const startOn = (kind: SigningKind) => scratch.start({model: modelOf(kind), cwd: scratch.project})

  /** Allows what is asked until the turn is over. */
  async function finish(gateway: GatewayProcess, sid: string, from = 0): Promise<Record<string, unknown>> {
    for (let at = from; ; ) {
      const frame = await gateway.frame(
        ({params}) => params?.type === 'approval.request' || params?.type === 'message.complete',
        at,
      )
      if (frame.params?.type === 'message.complete') return frame.params.payload ?? {}
      at = gateway.frames.indexOf(frame) + 1
      await gateway.call('approval.respond', {session_id: sid, choice: 'once'})
    }
  }

  async function goOn(key: string, kind: SigningKind, model?: string): Promise<GatewayProcess> {
    const next = await startOn(kind)
    const {session_id: sid, running} = await next.call<SessionOpened>('session.resume', {session_id: key})
    if (model !== undefined) await next.call('config.set', {key: 'model', value: model, session_id: sid})
    if (!running) await next.call('prompt.continue', {session_id: sid})
    expect(await finish(next, sid)).to.deep.include({status: 'complete', text: steps[2]?.text})
    const from = next.frames.length
    await next.call('prompt.submit', {session_id: sid, text: 'And again', prompt_id: 'again'})
    expect(await finish(next, sid, from)).to.include({status: 'complete'})
    return next
  }

  const breaches = () => Object.values(servers).flatMap(({requests}) => requests.flatMap(({breach}) => breach ?? []))

  const changing = new Set(someOf(kinds, 1))
  const waiting = new Set(someOf(kinds, 2))
  for (const kind of kinds) {
    it(`${kind}: killed before, in and at the end of each reply`, async function () {
      this.timeout(240_000)
      let kills = 0
      const places = [0, 1, 2].flatMap((request) => [0, 4, 7].map((event) => ({request, event})))
      for (const {request, event} of someOf(places, 1)) {
        const {held} = await serve([kind], {request, event})
        const first = await startOn(kind)
        const {sid, key} = await first.create()
        await first.call('prompt.submit', {session_id: sid, text: 'Do it all', prompt_id: `p${request}.${event}`})
        const over = await Promise.race([held.then(() => false), finish(first, sid).then(() => true)])
        await first.kill()
        if (!over) {
          kills++
          await goOn(key, kind)
        }
        expect(breaches(), `killed at event ${event} of reply ${request}`).to.deep.equal([])
        await Promise.all(Object.values(servers).map((server) => server.close()))
      }
      console.log(`        ${kills} kills`)
    })

    if (waiting.has(kind))
      it(`${kind}: killed while a call waits for the person`, async function () {
        this.timeout(60_000)
        await serve([kind])
        const first = await startOn(kind)
        const {sid, key} = await first.create()
        await first.call('prompt.submit', {session_id: sid, text: 'Do it all', prompt_id: 'p'})
        await first.event('approval.request')
        await first.kill()
        const next = await goOn(key, kind)
        expect(breaches()).to.deep.equal([])

        // What was signed is in the store alone.
        const signatures = [...(servers[kind]?.issued.signatures.keys() ?? [])]
        const told = JSON.stringify([first.frames, next.frames]) + first.stderr + next.stderr
        expect(signatures.filter((signature) => told.includes(signature))).to.deep.equal([])
        const store = openStore(homeFiles(scratch.home).database)
        const stored = store.messages(key).map(({signed}) => signed ?? '')
        store.close()
        expect(stored.filter((signed) => signatures.some((one) => signed.includes(one)))).to.have.length.at.least(3)
      })

    const others = kinds.filter((one) => one !== kind)
    for (const other of changing.has(kind) ? someOf(others, 1) : []) {
      it(`${kind}, and from the middle of the turn on ${other}, and back`, async function () {
        this.timeout(60_000)
        const {held} = await serve([kind, other], {request: 1, event: 0})
        const first = await startOn(kind)
        const {sid, key} = await first.create()
        await first.call('prompt.submit', {session_id: sid, text: 'Do it all', prompt_id: 'p'})
        await held
        await first.kill()
        const next = await goOn(key, kind, modelOf(other))
        const [opened] = next.frames.flatMap(({result}) => (result?.resumed === key ? [result.session_id] : []))
        await next.call('config.set', {key: 'model', value: modelOf(kind), session_id: opened})
        const from = next.frames.length
        await next.call('prompt.submit', {session_id: opened, text: 'Once more', prompt_id: 'more'})
        expect(await finish(next, String(opened), from)).to.include({status: 'complete'})
        expect(breaches()).to.deep.equal([])
      })
    }
  }
})
