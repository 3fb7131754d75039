import {createHash} from 'node:crypto'
import {mkdirSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {fuzzyRank} from '../src/fuzzy.js'
import {type CountedRequest, startCountingServer} from '../test/fixtures/counting-server.js'
import {bundledGateway, type Measure, withHome} from './helpers/measure.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {median, type Row} from './helpers/table.js'

const TURNS = 200
/** As Anthropic has them: of a token's price, what was kept costs to read, and to keep. */
const READ = 0.1
const WRITE = 1.25
/** So many blocks before a mark it looks for what it keeps. */
const LOOKS_BACK = 20

const MODELS = 500
const PICKS = 30

/** What a long session with tools is billed, with and without caching and compaction; and a choice among many models. */
export const context: Measure = {
  name: 'context',
  run: async ({progress}) => {
    const rows: Row[] = []
    for (const [what, options] of Object.entries(ways)) {
      progress(`${TURNS} turns with tools, ${what}`)
      const {billed, asked, most} = await billedOf(options)
      const note = `${asked} requests, the longest ${Math.round(most / 1000)}k tokens`
      rows.push({
        what: `${TURNS} turns with tools, ${what}: input billed as`,
        measured: billed / 1e6,
        unit: 'M tokens',
        n: 1,
        note,
      })
    }
    return [...rows, ...(await choosing())]
  },
}

interface Way {
  caching: boolean
  /** Percent of a window of 100 000 tokens; 0 is a window that all fits in. */
  compact: number
}

const ways: Readonly<Record<string, Way>> = {
  'neither caching nor compaction': {caching: false, compact: 0},
  'compaction only': {caching: false, compact: 80},
  'caching only': {caching: true, compact: 0},
  'caching and compaction': {caching: true, compact: 80},
}

async function billedOf({caching, compact}: Way): Promise<{billed: number; asked: number; most: number}> {
  const kept = new Set<string>()
  let billed = 0
  let asked = 0
  let most = 0
  const window = compact === 0 ? 10_000_000 : 100_000
  const server = await startCountingServer({
    kind: 'anthropic',
    window,
    reply(request) {
      billed += priceOf(request, kept)
      asked++
      most = Math.max(most, request.tokens)
      const last = (request.body.messages as {content: unknown}[]).at(-1)
      // Hundreds of them, each longer than the one before.
      request.body = {}
      if (request.summary) return {text: 'What was done: files were read, nothing is open. '.repeat(10)}
      const isResult = JSON.stringify(last?.content).includes('tool_result')
      return isResult
        ? {text: 'It is as the file says. '.repeat(20)}
        : {calls: [{name: 'read_file', args: {path: 'notes.txt'}}]}
    },
  })
  const options = `{context: ${window}, promptCaching: ${caching}}`
  const provider = `{kind: anthropic, baseUrl: "${server.url}", apiKey: k, modelOptions: {m: ${options}}}`
  try {
    await withHome(async (home) => {
      mkdirSync(home.cwd, {recursive: true})
      writeFileSync(path.join(home.cwd, 'notes.txt'), 'A line of notes that is as long as lines are.\n'.repeat(60))
      const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
      await gateway.ready
      const {session_id} = await gateway.request('session.create', {cols: 100})
      for (let turn = 0; turn < TURNS; turn++) {
        const complete = gateway.next('message.complete')
        await gateway.request('prompt.submit', {session_id, text: `Read notes.txt for question ${turn}.`})
        await complete
      }
      await gateway.end()
    }, `model: there/m\ncontext: {compactPercent: ${compact}}\nproviders:\n  there: ${provider}\n`)
  } finally {
    await server.close()
  }
  return {billed, asked, most}
}

/** In tokens of full price; `kept` is the provider's cache, by what a conversation begins with. */
function priceOf({body}: CountedRequest, kept: Set<string>): number {
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])
  const blocks = [
    ...list(body.tools),
    ...list(body.system),
    ...list(body.messages).flatMap((message) => list((message as {content: unknown}).content)),
  ]
  const hash = createHash('sha1')
  const begins: {hash: string; tokens: number; isKept: boolean}[] = []
  let total = 0
  for (const block of blocks) {
    const {cache_control: mark, ...rest} = (
      typeof block === 'object' && block !== null ? block : {text: block}
    ) as Record<string, unknown>
    const text = JSON.stringify(rest)
    total += text.length / 4
    begins.push({hash: hash.update(text).copy().digest('base64'), tokens: total, isKept: mark !== undefined})
  }
  const toKeep = begins.findLast(({isKept}) => isKept)?.tokens ?? 0
  const isNearMark = (index: number) => begins.slice(index, index + LOOKS_BACK).some(({isKept}) => isKept)
  const read = begins.findLast(({hash: of}, index) => kept.has(of) && isNearMark(index))?.tokens ?? 0
  for (const {hash: of, isKept} of begins) if (isKept) kept.add(of)
  return total - toKeep + (toKeep - read) * WRITE + read * READ
}

/** A provider that lists many: the first time, when the list is kept, and the choice of one by a few letters. */
async function choosing(): Promise<Row[]> {
  const data = Array.from({length: MODELS}, (_, index) => ({id: `maker-${index % 20}/model-${index}-instruct`}))
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({object: 'list', data}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  try {
    return await withHome(async (home) => {
      const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
      await gateway.ready
      const list = async () => {
        const started = performance.now()
        await gateway.request('model.options', {})
        return performance.now() - started
      }
      const first = await list()
      const again: number[] = []
      for (let i = 0; i < PICKS; i++) again.push(await list())
      await gateway.end()
      const picks = Array.from({length: PICKS}, (_, index) => {
        const started = performance.now()
        fuzzyRank(`mod ${index * 7} inst`, data, ({id}) => [id])
        return performance.now() - started
      })
      const of = `of ${MODELS} models`
      return [
        {what: `${of}: listed, asked of the provider`, measured: first, unit: 'ms', n: 1},
        {what: `${of}: listed again, p50`, measured: median(again), unit: 'ms', n: PICKS},
        {what: `${of}: filtered by three words, p50`, measured: median(picks), unit: 'ms', n: PICKS},
      ]
    }, `model: there/m\nproviders:\n  there: {baseUrl: "${url}", apiKey: k}\n`)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
