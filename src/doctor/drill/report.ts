import {SCHEMA_VERSION} from '../json.js'
import type {Look} from '../report.js'
import {count} from '../text.js'
import type {Drill} from './drill.js'

export function renderDrill(drill: Drill, look: Look): string[] {
  const {rows, deaths, prompts, lost, doubled, passed} = drill
  const width = Math.max(...rows.map(({way}) => way.length))
  const all = rows.flatMap(({backMs}) => backMs)
  const lines = rows.map((row) => {
    const right = row.recognised === row.backMs.length
    const mark = right ? look.paint('green', look.unicode ? '✓' : 'ok') : look.paint('red', look.unicode ? '✗' : 'NO')
    const found = right ? row.expected : `${row.causes.join(', ')} instead of ${row.expected}`
    return `${mark} ${row.way.padEnd(width)}  back in ${ms(percentile(row.backMs, 0.5)).padStart(7)}  ${look.paint('dim', found)}`
  })
  const verdict = passed ? look.paint('green', 'Passed') : look.paint('red', 'Failed')
  const loss = lost + doubled === 0 ? 'nothing lost, nothing doubled' : `${lost} lost, ${doubled} doubled`
  return [
    ...lines,
    '',
    `${count(deaths, 'death')}: back in ${ms(percentile(all, 0.5))} (p50), ${ms(percentile(all, 0.95))} (p95)`,
    `${count(prompts, 'prompt')}: ${loss}`,
    ...drill.leftOut.map(({way, reason}) => look.paint('dim', `left out: ${way}, ${reason}`)),
    `${verdict}.`,
  ]
}

/** On a terminal in one row, that is gone in the end: the report says the same. */
export function showProgress(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>) {
  const clear = '\r\u001b[K'
  return {
    tell: (text: string) => void stream.write(stream.isTTY ? `${clear}${text}` : `${text}\n`),
    end: () => void (stream.isTTY && stream.write(clear)),
  }
}

export function drillJson(drill: Drill) {
  const all = drill.rows.flatMap(({backMs}) => backMs)
  return {
    schemaVersion: SCHEMA_VERSION,
    drill: {...drill, backP50Ms: percentile(all, 0.5), backP95Ms: percentile(all, 0.95)},
  }
}

/** Nearest rank. */
function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0)
}

const ms = (value: number) => `${Math.round(value)} ms`
