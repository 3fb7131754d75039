import {fileURLToPath} from 'node:url'
import {Client} from '@modelcontextprotocol/client'
import {StdioClientTransport} from '@modelcontextprotocol/client/stdio'
import {startCountingServer} from '../test/fixtures/counting-server.js'
import type {TestHome} from '../test/helpers/pty/chat.js'
import {bundledGateway, type Measure, withHome} from './helpers/measure.js'
import {procFile} from './helpers/proc-file.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {median, type Row} from './helpers/table.js'

const STARTS = 15
const CALLS = 30
const SERVERS = 10

const memoryServer = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-memory/dist/index.js'))

/** What MCP servers cost that are configured and not used, the first use of one, and a call. */
export const mcp: Measure = {
  name: 'mcp',
  run: async ({progress}) => {
    progress('mcp: servers that are not used')
    const unused = await notUsed()
    progress('mcp: calls')
    return [...unused, ...(await called())]
  },
}

function configured(count: number): string {
  const server = {command: process.execPath, args: [memoryServer]}
  return `mcp: ${JSON.stringify(Object.fromEntries(Array.from({length: count}, (_, index) => [`s${index}`, server])))}`
}

/** In turns, so that both have the same machine. */
function notUsed(): Promise<Row[]> {
  return withHome(
    (none) =>
      withHome(
        async (ten) => {
          const times = {none: [] as number[], ten: [] as number[]}
          const resident = {none: [] as number[], ten: [] as number[]}
          for (let start = 0; start < STARTS; start++) {
            for (const [which, home] of [['none', none] as const, ['ten', ten] as const]) {
              const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
              times[which].push(await gateway.ready)
              await gateway.request('session.create', {cols: 100})
              const rss = /^VmRSS:\s+(\d+) kB/m.exec(procFile(gateway.pid, 'status') ?? '')?.[1]
              resident[which].push(Number(rss) / 1024)
              await gateway.end()
            }
          }
          return [
            {
              what: `gateway ready with ${SERVERS} MCP servers that are not used, beside none`,
              measured: median(times.ten) - median(times.none),
              unit: 'ms',
              n: STARTS,
              target: 5,
            },
            {
              what: 'the same with a session open, resident',
              measured: median(resident.ten) - median(resident.none),
              unit: 'MB',
              n: STARTS,
            },
          ]
        },
        `model: offline\n${configured(SERVERS)}\n`,
      ),
    'model: offline\n',
  )
}

async function called(): Promise<Row[]> {
  const name = 'mcp__s0__read_graph'
  const provider = await startCountingServer({
    kind: 'openai-compatible',
    window: 1_000_000,
    reply: ({body}) => {
      const last = (body.messages as {role: string}[]).at(-1)
      return last?.role === 'tool' ? {text: 'done'} : {calls: [{name, args: {}}]}
    },
  })
  const providers = {there: {baseUrl: provider.url, apiKey: 'k'}}
  try {
    return await withHome(
      async (home) => {
        // The first learns what the server has; of the next one the first call starts it.
        await turns(home, 1)
        const [first = 0, ...further] = await turns(home, CALLS + 1)
        const bare = await callsOfClient()
        return [
          {what: 'first call of an MCP server, its start included', measured: first, unit: 'ms', n: 1},
          {what: 'further calls, p50', measured: median(further), unit: 'ms', n: CALLS},
          {what: 'calls of a bare client, p50', measured: median(bare), unit: 'ms', n: CALLS},
        ]
      },
      `model: there/m\nproviders: ${JSON.stringify(providers)}\npermissions: {allow: [mcp__s0]}\n${configured(1)}\n`,
    )
  } finally {
    await provider.close()
  }
}

/** Milliseconds from the start of a call to its result, of each turn. */
async function turns(home: TestHome, count: number): Promise<number[]> {
  const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
  await gateway.ready
  const {session_id} = await gateway.request('session.create', {cols: 100})
  const times: number[] = []
  for (let turn = 0; turn < count; turn++) {
    const [begun, ended, complete] = ['tool.start', 'tool.complete', 'message.complete'].map((type) =>
      gateway.next(type),
    )
    await gateway.request('prompt.submit', {session_id, text: `call ${turn}`})
    await begun
    const started = performance.now()
    await ended
    times.push(performance.now() - started)
    await complete
  }
  await gateway.end()
  return times
}

async function callsOfClient(): Promise<number[]> {
  const client = new Client({name: 'bench', version: '1'})
  await client.connect(new StdioClientTransport({command: process.execPath, args: [memoryServer], stderr: 'ignore'}))
  const times: number[] = []
  for (let call = 0; call <= CALLS; call++) {
    const started = performance.now()
    await client.callTool({name: 'read_graph', arguments: {}})
    times.push(performance.now() - started)
  }
  await client.close()
  return times.slice(1)
}
