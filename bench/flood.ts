import {readFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {startChat} from '../test/helpers/pty/chat.js'
import {type Measure, withHome} from './helpers/measure.js'
import {megabytes, type Row} from './helpers/table.js'

const gateway = fileURLToPath(new URL('../test/fixtures/flooding-gateway.mjs', import.meta.url))

/** Most memory that was ever resident, bytes. Linux only. */
function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}

/** With the most that may be resident, MB, where there is a target. */
const floods: readonly (readonly [prompt: string, target?: number])[] = [
  ['deltas 200000', 200],
  ['line 200000', 200],
  ['tools 20000', 200],
  ['calls 20000', 200],
  ['delta 40000000'],
  ['result 500000', 200],
  ['diff 500000', 200],
]

/** Resident memory of the screen, and how long it takes, when a gateway says too much. */
export const flood: Measure = {
  name: 'flood',
  run: async (): Promise<Row[]> => {
    const rows: Row[] = []
    for (const [prompt, target] of floods) {
      rows.push(
        ...(await withHome(async (home): Promise<Row[]> => {
          home.configure(`gateway: {command: [${process.execPath}, ${gateway}]}\nlog: {enabled: false}\n`)
          const chat = startChat({home, cols: 100, rows: 30})
          try {
            await chat.ready()
            const before = performance.now()
            await chat.submit(prompt)
            await chat.waitFor(() => /flooded|are not shown/.test(chat.raw) && /^● ready/m.test(chat.screen()), {
              timeout: 60_000,
            })
            const took = performance.now() - before
            return [
              {
                what: `${prompt}, most resident`,
                measured: megabytes(peakOf(chat.pid)),
                unit: 'MB',
                n: 1,
                ...(target === undefined ? {} : {target}),
              },
              {what: `${prompt}, took`, measured: took, unit: 'ms', n: 1},
            ]
          } finally {
            chat.dispose()
            await chat.exit
          }
        })),
      )
    }
    return rows
  },
}
