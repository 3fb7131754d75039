import {readFileSync} from 'node:fs'
import {setTimeout as sleep} from 'node:timers/promises'
import {type ChatScreen, startChat} from '../test/helpers/pty/chat.js'
import {memoryOf} from '../test/helpers/pty/processes.js'
import {type Measure, withHome} from './helpers/measure.js'
import {median, megabytes, type Row} from './helpers/table.js'

const TURNS = 10
const REST_MS = 30_000
const COUNTED_MS = 10_000

/** As many as the 69 MB of before were measured with, four to six: pages of Node's program are shared by all that run it. */
const SIDE_BY_SIDE = 5

/** Resident memory of the program and its gateway, and how often they wake a processor, at rest after ten turns. */
export const memory: Measure = {
  name: 'memory',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const chat = startChat({home})
      const others: ChatScreen[] = []
      try {
        await takeTurns(chat)
        await sleep(REST_MS)
        const gatewayPid = await chat.gateway()
        const gateway = memoryOf(gatewayPid)
        const parent = memoryOf(chat.pid)
        const rows: Row[] = [
          {what: 'resident, parent', measured: megabytes(parent.rss), unit: 'MB', n: 1},
          {what: 'resident, gateway', measured: megabytes(gateway.rss), unit: 'MB', n: 1},
        ]
        const together = {what: 'resident, parent and gateway', unit: 'MB', n: 1, target: 138} as const
        rows.push({
          ...together,
          measured: megabytes(parent.rss + gateway.rss),
          note: 'RSS: what they share counts twice',
        })
        if (parent.pss !== undefined && gateway.pss !== undefined) {
          rows.push({
            what: 'proportional, parent and gateway',
            measured: megabytes(parent.pss + gateway.pss),
            unit: 'MB',
            n: 1,
            note: 'PSS, nothing else running: shared pages are split among their users, here the two',
          })
        }
        if (parent.own !== undefined && gateway.own !== undefined) {
          rows.push({
            what: 'of their own, parent and gateway',
            measured: megabytes(parent.own + gateway.own),
            unit: 'MB',
            n: 1,
            note: 'pages that nobody shares, whatever else runs',
          })
        }
        const woken = () => (wakeUps(chat.pid) ?? Number.NaN) + (wakeUps(gatewayPid) ?? Number.NaN)
        const before = woken()
        await sleep(COUNTED_MS)
        const perSecond = ((woken() - before) * 1000) / COUNTED_MS
        if (!Number.isNaN(perSecond)) {
          rows.push({
            what: 'wake-ups a second, parent and gateway',
            measured: Math.round(perSecond * 10) / 10,
            unit: 'count',
            n: 1,
            target: 4,
          })
        }
        while (others.length < SIDE_BY_SIDE - 1) others.push(startChat({home}))
        for (const other of others) await takeTurns(other)
        await sleep(REST_MS)
        const each = await Promise.all([chat, ...others].map(proportional))
        if (each.every((pss) => pss !== undefined)) {
          rows.push({
            what: `proportional, each of ${SIDE_BY_SIDE} chats side by side`,
            measured: megabytes(median(each)),
            unit: 'MB',
            n: SIDE_BY_SIDE,
            target: 62,
            note: 'PSS of parent and gateway, the median; what it was before was measured so',
          })
        }
        return rows
      } finally {
        for (const one of [chat, ...others]) {
          one.dispose()
          await one.exit
        }
      }
    }),
}

async function takeTurns(chat: ChatScreen): Promise<void> {
  await chat.ready()
  for (let turn = 1; turn <= TURNS; turn++) {
    await chat.submit(`count to ${turn * 10}`)
    await chat.waitFor(`word${turn * 10 - 1}`, {timeout: 20_000})
  }
}

async function proportional(chat: ChatScreen): Promise<number | undefined> {
  const [gateway, parent] = [memoryOf(await chat.gateway()), memoryOf(chat.pid)]
  return gateway.pss === undefined || parent.pss === undefined ? undefined : gateway.pss + parent.pss
}

/** How often the main thread of a process has waited for something to do; undefined where the system does not say. */
function wakeUps(pid: number): number | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1])
  } catch {
    return undefined
  }
}
