import {LLMock} from '@copilotkit/aimock'
import {bundledGateway, type Measure, withHome} from './helpers/measure.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {median, type Row} from './helpers/table.js'

const SAMPLES = 30

/** From asking to the first word: a gateway, and a bare HTTP client of the same server. */
export const models: Measure = {
  name: 'models',
  run: async () => {
    const mock = new LLMock({port: 0, logLevel: 'silent'})
    mock.addFixture({match: {predicate: () => true}, response: {content: 'one two three four five six seven'}})
    await mock.start()
    try {
      const provider = `model: there/m\nproviders:\n  there:\n    baseUrl: ${mock.url}/v1\n    apiKey: k\n`
      return await withHome(async (home): Promise<Row[]> => {
        const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
        await gateway.ready
        const {session_id} = await gateway.request('session.create', {cols: 100})
        const first = await firstOfGateway(gateway, session_id)
        const byGateway: number[] = []
        const bare: number[] = []
        await firstOfClient(mock.url)
        // In turns, so that both have the same machine.
        for (let sample = 0; sample < SAMPLES; sample++) {
          bare.push(await firstOfClient(mock.url))
          byGateway.push(await firstOfGateway(gateway, session_id))
        }
        await gateway.end()
        const n = SAMPLES
        return [
          {what: 'first token over a mock: bare HTTP client, p50', measured: median(bare), unit: 'ms', n},
          {what: 'first token over a mock: gateway, p50', measured: median(byGateway), unit: 'ms', n},
          {
            what: 'first token over a mock: gateway beside the bare client',
            measured: median(byGateway) - median(bare),
            unit: 'ms',
            n,
            note: 'stored and shown',
          },
          {what: 'first token over a mock: first call of a gateway', measured: first, unit: 'ms', n: 1},
        ]
      }, provider)
    } finally {
      await mock.stop()
    }
  },
}

async function firstOfGateway(gateway: RawGateway, session_id: unknown): Promise<number> {
  const delta = gateway.next('message.delta')
  const complete = gateway.next('message.complete')
  const started = performance.now()
  await gateway.request('prompt.submit', {session_id, text: 'go'})
  await delta
  const time = performance.now() - started
  await complete
  return time
}

async function firstOfClient(url: string): Promise<number> {
  const started = performance.now()
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {'content-type': 'application/json', authorization: 'Bearer k'},
    body: JSON.stringify({model: 'm', stream: true, messages: [{role: 'user', content: 'go'}]}),
  })
  let time: number | undefined
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (/"content":"[^"]/.test(text)) time ??= performance.now() - started
  }
  if (time === undefined) throw new Error(`no word in the answer: ${text.slice(0, 200)}`)
  return time
}
