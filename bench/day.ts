import {readFileSync} from 'node:fs'
import {type ChatScreen, startChat} from '../test/helpers/pty/chat.js'
import {type Measure, withHome} from './helpers/measure.js'
import {megabytes, percentile, type Row} from './helpers/table.js'

const WORDS = 1500
const PER_SECOND = 5000

/** Keys are timed in as many turns at the beginning and at the end. */
const TIMED = 50

/** Memory and key echo of the screen over a day's work: many turns in one chat without a pause. */
export const day: Measure = {
  name: 'day',
  run: ({turns, progress}) =>
    withHome(async (home): Promise<Row[]> => {
      const chat = startChat({home, cols: 100, rows: 40})
      try {
        await chat.ready()
        const resident: number[] = []
        const echoes: number[][] = []
        for (let turn = 0; turn < turns; turn++) {
          await chat.submit(`stream ${WORDS} tokens at ${PER_SECOND}`)
          await chat.waitFor('Type what comes next', {what: `turn ${turn}`, poll: false})
          const timed = turn < TIMED || turn >= turns - TIMED
          echoes.push(timed ? await typedKeys(chat) : [])
          await chat.waitFor(() => chat.screen().includes(`word${WORDS - 1}`) && /^● ready/m.test(chat.screen()), {
            timeout: 30_000,
            what: `the end of turn ${turn}`,
          })
          resident.push(residentOf(chat.pid))
          if (turn % 50 === 49) progress(`${turn + 1} turns: ${megabytes(resident.at(-1) ?? 0).toFixed(0)} MB`)
        }
        const early = echoes.slice(0, TIMED).flat()
        const late = echoes.slice(-TIMED).flat()
        const what = `${turns} turns of ${WORDS} words`
        return [
          {
            what: `${what}, most resident`,
            measured: megabytes(peakOf(chat.pid)),
            unit: 'MB',
            n: turns,
            target: 145,
          },
          {
            what: `${what}, resident after a turn, p50`,
            measured: megabytes(percentile(resident, 0.5)),
            unit: 'MB',
            n: turns,
          },
          {what: `${what}, resident at the end`, measured: megabytes(resident.at(-1) ?? 0), unit: 'MB', n: 1},
          {
            what: `${what}, key echoed in the first ${TIMED}, p50`,
            measured: percentile(early, 0.5),
            unit: 'ms',
            n: early.length,
          },
          {
            what: `${what}, key echoed in the last ${TIMED}, p50`,
            measured: percentile(late, 0.5),
            unit: 'ms',
            n: late.length,
          },
          {
            what: `${what}, last keys × first keys`,
            measured: percentile(late, 0.5) / percentile(early, 0.5),
            unit: '×',
            n: late.length,
            target: 1.3,
          },
        ]
      } finally {
        chat.dispose()
        await chat.exit
      }
    }),
}

/** Some keys while the reply runs, each until it is seen, and away with them. */
async function typedKeys(chat: ChatScreen): Promise<number[]> {
  const times: number[] = []
  for (const typed of ['x', 'xy', 'xyz']) {
    const started = performance.now()
    chat.type(typed.slice(-1))
    await chat.waitFor(`› ${typed}`, {what: `the key ${typed.slice(-1)}`, poll: false})
    times.push(performance.now() - started)
  }
  chat.press('ctrl-u')
  await chat.waitFor(() => !chat.screen().includes('› xyz'), {what: 'an empty composer', poll: false})
  return times
}

function residentOf(pid: number): number {
  return statusOf(pid, 'VmRSS')
}

function peakOf(pid: number): number {
  return statusOf(pid, 'VmHWM')
}

/** Linux only. */
function statusOf(pid: number, name: string): number {
  return (
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  )
}
