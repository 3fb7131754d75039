import {existsSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {handDownHandOver} from '../src/hand-over/handed-down.js'
import {runningGateways} from '../src/hand-over/running.js'
import {isSameProcess} from '../src/platform.js'
import {AttachedClient, detachedIn, instance, wordsIn} from '../test/gateway/hand-over/attached-client.js'
import {startChat, type TestHome} from '../test/helpers/pty/chat.js'
import {memoryOf} from '../test/helpers/pty/processes.js'
import {bundledGateway, type Measure, seeded, withHome} from './helpers/measure.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {median, megabytes, percentile, type Row} from './helpers/table.js'

const CHATS = 9

const LISTENERS = 9

/** Words of one reply, and how many of them come in a second. */
const WORDS = 1500
const RATE = 500

/** How often somebody comes to one reply. */
const COMES_PER_REPLY = 25

/** The session outlives its terminal: how soon it is back, and what is lost, doubled or left. */
export const detach: Measure = {
  name: 'detach',
  run: async ({cycles, seed, progress}) => [
    ...(await withHome((home) => comingBack(home, {cycles, seed, progress}))),
    ...(await withHome((home) => wholeChats(home, progress))),
    ...(await withHome(listening)),
  ],
}

const folderOf = (home: TestHome) => path.join(home.hermes, 'run')

async function comingBack(
  home: TestHome,
  {cycles, seed, progress}: {cycles: number; seed: number; progress: (text: string) => void},
): Promise<Row[]> {
  const random = seeded(seed)
  const times: number[] = []
  const folder = folderOf(home)
  let wrong = 0
  let left = 0
  for (let done = 0; done < cycles; ) {
    progress(`detach: ${done} of ${cycles}, seed ${seed}`)
    const terms = handDownHandOver({instance: instance(0), folder})
    const gateway = new RawGateway([bundledGateway], {env: home.env(terms), cwd: home.cwd})
    // It is left, and ended by the last one who comes.
    gateway.ready.catch(() => {})
    await gateway.ready
    const {session_id: sid, stored_session_id: key} = await gateway.request('session.create', {
      model: `offline/${WORDS}@${RATE}`,
    })
    await gateway.request('prompt.submit', {session_id: sid, text: 'go'})
    await gateway.request('gateway.detach')
    for (let come = 0; come < COMES_PER_REPLY && done < cycles; come++) {
      const running = await detachedIn(folder)
      const started = performance.now()
      const client = await AttachedClient.to(running, done + 1)
      const opened = await client.resume(String(key))
      times.push(performance.now() - started)
      done++
      await new Promise((resolve) => setTimeout(resolve, random() * 60))
      const last = opened.running
        ? `${opened.inflight?.assistant ?? ''}${client.text()}`
        : (opened.messages.at(-1)?.text ?? '')
      // The last word may be half there.
      const words = wordsIn(last).slice(0, -1)
      if (words.some((word, index) => word !== index)) wrong++
      const isLast = come === COMES_PER_REPLY - 1 || done === cycles
      if (isLast) await client.call('gateway.shutdown')
      await client.hangUp()
      // Its reply was over while somebody was there: it ends with him.
      if (!(await isDetachedAgain(folder, running.pid))) break
    }
    while (isSameProcess({pid: gateway.pid})) await new Promise((resolve) => setTimeout(resolve, 10))
    left += runningGateways(folder).length + readdirSync(folder).length
  }
  return [
    {what: 'from a socket to a live session, p50', measured: median(times), unit: 'ms', n: times.length, target: 150},
    {what: 'the same, p95', measured: percentile(times, 0.95), unit: 'ms', n: times.length},
    {
      what: 'attaches with words lost, doubled or out of order',
      measured: wrong,
      unit: 'count',
      n: times.length,
      target: 0,
      note: `seed ${seed}`,
    },
    {what: 'processes and files left by them', measured: left, unit: 'count', n: times.length, target: 0},
  ]
}

async function isDetachedAgain(folder: string, pid: number): Promise<boolean> {
  while (isSameProcess({pid})) {
    if (runningGateways(folder).some(({detachedAt}) => detachedAt !== undefined)) return true
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  return false
}

/** From the start of the program to its session on screen, live. */
async function wholeChats(home: TestHome, progress: (text: string) => void): Promise<Row[]> {
  const times: number[] = []
  let chat = startChat({home})
  try {
    await chat.ready()
    await chat.submit('stream 20000 tokens at 100')
    await chat.waitFor('word20')
    for (let sample = 0; sample < CHATS; sample++) {
      progress(`detach: chat ${sample + 1} of ${CHATS}`)
      chat.signal('SIGKILL')
      await chat.exit
      const started = performance.now()
      chat = startChat({home, args: ['-c']})
      await chat.waitFor('without a terminal, back in')
      times.push(performance.now() - started)
    }
    await chat.quit()
  } finally {
    chat.dispose()
  }
  return [
    {
      what: 'hermes chat -c to a session that works, live on screen, p50',
      measured: median(times),
      unit: 'ms',
      n: CHATS,
    },
  ]
}

/** What the socket costs: the same start and first turn with it and without. */
async function listening(home: TestHome): Promise<Row[]> {
  const kinds = ['with', 'without'] as const
  const seen = {
    with: {rss: [] as number[], ready: [] as number[], turn: [] as number[]},
    without: {rss: [] as number[], ready: [] as number[], turn: [] as number[]},
  }
  for (let sample = 0; sample < LISTENERS; sample++) {
    for (const kind of kinds) {
      const terms = kind === 'with' ? {instance: instance(0), folder: folderOf(home)} : undefined
      const begun = performance.now()
      const gateway = new RawGateway([bundledGateway], {env: home.env(handDownHandOver(terms)), cwd: home.cwd})
      await gateway.ready
      seen[kind].ready.push(performance.now() - begun)
      const {session_id: sid} = await gateway.request('session.create', {model: 'offline/3'})
      const told = gateway.next('message.complete')
      const asked = performance.now()
      await gateway.request('prompt.submit', {session_id: sid, text: 'go'})
      await told
      seen[kind].turn.push(performance.now() - asked)
      while (kind === 'with' && !existsSync(path.join(folderOf(home), `gateway-${gateway.pid}.json`))) {
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
      seen[kind].rss.push(memoryOf(gateway.pid).rss)
      await gateway.end()
    }
  }
  const more = (what: 'rss' | 'ready' | 'turn') => median(seen.with[what]) - median(seen.without[what])
  return [
    {what: 'start of a gateway that will listen, more', measured: more('ready'), unit: 'ms', n: LISTENERS},
    {what: 'its first turn, in which it begins to, more', measured: more('turn'), unit: 'ms', n: LISTENERS},
    {what: 'its resident memory, more', measured: megabytes(more('rss')), unit: 'MB', n: LISTENERS},
  ]
}
