import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setTimeout as sleep} from 'node:timers/promises'
import {startChat} from '../test/helpers/pty/chat.js'
import {type BenchSettings, bundledGateway, withHome} from './helpers/measure.js'
import {procFile} from './helpers/proc-file.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {storeSession} from './helpers/stored-sessions.js'
import {megabytes, percentile, type Row} from './helpers/table.js'

/** Of the pace at which hosted models write. */
const PER_SECOND = 50
const MEGATOKEN = 1_000_000
const BRANCHES = 5

/** What a reply costs that streams in, beside the screen. */
export async function streamingCosts({progress}: BenchSettings): Promise<Row[]> {
  progress('streaming: bytes written')
  const written = await bytesWritten(1000)
  progress('streaming: delay of a delta')
  const delayed = await delays(400)
  progress('streaming: a megatoken')
  const resident = [...(await megatoken()), ...(await megatokenOfProvider())]
  progress('streaming: a branch')
  return [...written, ...delayed, ...resident, ...(await branches())]
}

/** Of a whole turn, as the system counts them: pages that were made dirty on a disk. */
function bytesWritten(tokens: number): Promise<Row[]> {
  return withGateway(async (gateway) => {
    const session_id = await open(gateway)
    const before = writeBytes(gateway.pid)
    await reply(gateway, session_id, `stream ${tokens} tokens at ${PER_SECOND}`)
    const bytes = writeBytes(gateway.pid)
    const what = `written for ${tokens} tokens at ${PER_SECOND}/s`
    if (before === undefined || bytes === undefined) return []
    const note = bytes === before ? 'nothing: the temporary folder is on no disk' : 'write_bytes of the whole turn'
    return [{what, measured: megabytes(bytes - before), unit: 'MB', n: 1, target: 0.3, note}]
  })
}

/** From a provider's write to the word on the screen of a chat. */
async function delays(words: number): Promise<Row[]> {
  const sent: number[] = []
  const provider = await listenProvider(async (say) => {
    const started = performance.now()
    while (sent.length < words) {
      await sleep(Math.max(0, (sent.length * 1000) / PER_SECOND - (performance.now() - started)))
      const content = `${sent.length % 8 === 0 ? '\n\n' : ' '}${wordOf(sent.length)}`
      sent.push(performance.now())
      await say({index: 0, delta: {content}, finish_reason: null})
    }
  })
  try {
    return await withHome(async (home): Promise<Row[]> => {
      const chat = startChat({home, cols: 100, rows: 40})
      try {
        await chat.ready()
        const seen = new Map<string, number>()
        let at = chat.raw.length
        await chat.submit('go')
        await chat.waitFor(
          () => {
            const now = performance.now()
            for (const [word] of chat.raw.slice(at).matchAll(/wire\d{4}/g)) if (!seen.has(word)) seen.set(word, now)
            // A word may be cut where the output is.
            at = Math.max(at, chat.raw.length - 16)
            return seen.has(wordOf(words - 1))
          },
          {what: 'the last word', poll: false, timeout: 60_000},
        )
        // The first one waits for what is loaded and for the transcript to begin.
        const times = sent.slice(1).map((time, index) => (seen.get(wordOf(index + 1)) ?? Number.NaN) - time)
        const known = times.filter((time) => !Number.isNaN(time))
        const what = `a delta at ${PER_SECOND}/s, from the wire to the screen`
        const n = known.length
        return [
          {what: `${what}, p50`, measured: percentile(known, 0.5), unit: 'ms', n},
          {what: `${what}, p95`, measured: percentile(known, 0.95), unit: 'ms', n, target: 40},
        ]
      } finally {
        chat.dispose()
        await chat.exit
      }
    }, provider.config)
  } finally {
    provider.close()
  }
}

const wordOf = (index: number) => `wire${String(index).padStart(4, '0')}`

function megatoken(): Promise<Row[]> {
  return withGateway(async (gateway) => {
    const session_id = await open(gateway)
    await reply(gateway, session_id, `stream ${MEGATOKEN} tokens at 40000`)
    return mostResident(gateway, `gateway at a reply of ${MEGATOKEN} tokens, most resident`)
  })
}

/** The same over HTTP, with the library that reads the provider's wire. */
async function megatokenOfProvider(): Promise<Row[]> {
  const provider = await listenProvider(async (say) => {
    for (let token = 0; token < MEGATOKEN; token++) {
      await say({index: 0, delta: {content: `${token % 12 === 0 ? '\n\n' : ' '}word${token % 1000}`}})
      if (token % 100 === 0) await sleep(2)
    }
  })
  try {
    return await withHome(async (home): Promise<Row[]> => {
      const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
      await gateway.ready
      await reply(gateway, await open(gateway), 'go')
      const rows = mostResident(gateway, 'the same from a provider over HTTP')
      await gateway.end()
      return rows
    }, provider.config)
  } finally {
    provider.close()
  }
}

function mostResident(gateway: RawGateway, what: string): Row[] {
  const most = /^VmHWM:\s+(\d+) kB/m.exec(procFile(gateway.pid, 'status') ?? '')?.[1]
  return most === undefined ? [] : [{what, measured: Number(most) / 1024, unit: 'MB', n: 1, target: 200}]
}

interface Provider {
  /** Configuration that names it. */
  config: string
  close(): void
}

/** Answers each request with the choices that `write` says, as OpenAI's chat completions stream them. */
async function listenProvider(write: (say: (choice: unknown) => Promise<void>) => Promise<void>): Promise<Provider> {
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    const say = async (choice: unknown) => {
      const data = JSON.stringify({id: 'c', object: 'chat.completion.chunk', choices: [choice]})
      if (!response.write(`data: ${data}\n\n`)) await once(response, 'drain')
    }
    response.writeHead(200, {'content-type': 'text/event-stream'})
    await write(say)
    await say({index: 0, delta: {}, finish_reason: 'stop'})
    response.end('data: [DONE]\n\n')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const {port} = server.address() as AddressInfo
  return {
    config: `model: there/m\nproviders:\n  there:\n    baseUrl: http://127.0.0.1:${port}/v1\n    apiKey: k\n`,
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** `/branch` as the chat asks for it, with pings meanwhile: none is answered while the process does one thing. */
function branches(): Promise<Row[]> {
  return withHome(async (home): Promise<Row[]> => {
    const key = storeSession(home.database, 10_000)
    const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
    await gateway.ready
    const times: number[] = []
    const stalls: number[] = []
    await gateway.request('session.list')
    for (let branch = 0; branch < BRANCHES; branch++) {
      const started = performance.now()
      let done = false
      const branched = gateway.request('session.branch', {session_id: key, cols: 100, limit: 200}).then(() => {
        times.push(performance.now() - started)
        done = true
      })
      let longest = 0
      while (!done) {
        const asked = performance.now()
        await gateway.request('gateway.ping')
        longest = Math.max(longest, performance.now() - asked)
        await sleep(2)
      }
      await branched
      stalls.push(longest)
    }
    await gateway.end()
    const n = BRANCHES
    return [
      {what: 'branch of 10000 messages, p50', measured: percentile(times, 0.5), unit: 'ms', n, target: 200},
      {
        what: 'longest time without an answer meanwhile, p50',
        measured: percentile(stalls, 0.5),
        unit: 'ms',
        n,
        target: 50,
      },
    ]
  })
}

function withGateway(act: (gateway: RawGateway) => Promise<Row[]>): Promise<Row[]> {
  return withHome(async (home) => {
    const gateway = new RawGateway([bundledGateway], {env: home.env({HERMES_MODEL: 'offline'}), cwd: home.cwd})
    await gateway.ready
    try {
      return await act(gateway)
    } finally {
      await gateway.end()
    }
  })
}

async function open(gateway: RawGateway): Promise<unknown> {
  const {session_id} = await gateway.request('session.create', {cols: 100})
  // What is loaded and written for a session is no part of its replies.
  await sleep(500)
  return session_id
}

async function reply(gateway: RawGateway, session_id: unknown, text: string): Promise<void> {
  const complete = gateway.next('message.complete')
  await gateway.request('prompt.submit', {session_id, text})
  await complete
}

function writeBytes(pid: number): number | undefined {
  const bytes = /^write_bytes: (\d+)/m.exec(procFile(pid, 'io') ?? '')?.[1]
  return bytes === undefined ? undefined : Number(bytes)
}
