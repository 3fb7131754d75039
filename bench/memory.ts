import {startChat} from '../test/helpers/pty/chat.js'
import {memoryOf} from '../test/helpers/pty/processes.js'
import {type Measure, withHome} from './measure.js'
import {megabytes, type Row} from './table.js'

/** Resident memory of the program and its gateway at rest, after one exchange. */
export const memory: Measure = {
  name: 'memory',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const chat = startChat({home, args: ['count to 50']})
      try {
        await chat.waitFor('word49', {timeout: 20_000})
        await rest(chat.pid)
        const gateway = memoryOf(await chat.gateway())
        const parent = memoryOf(chat.pid)
        const rows: Row[] = [
          {what: 'resident, parent', measured: megabytes(parent.rss), unit: 'MB', n: 1},
          {what: 'resident, gateway', measured: megabytes(gateway.rss), unit: 'MB', n: 1},
        ]
        const together = {what: 'resident, parent and gateway', unit: 'MB', n: 1, target: 150} as const
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
            note: 'PSS: shared pages are split among their users',
          })
        }
        return rows
      } finally {
        chat.dispose()
        await chat.exit
      }
    }),
}

/** Twice the time after which the program gives back what it does not need at rest. */
async function rest(pid: number): Promise<void> {
  const before = memoryOf(pid).rss
  for (let tries = 0; tries < 24 && memoryOf(pid).rss > before * 0.95; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}
