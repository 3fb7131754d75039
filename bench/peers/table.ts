import type {Outcome} from './kill.js'

/** What is known of a program: that it is not here, why it could not be measured, or what each kill came to. */
export interface Result {
  program: string
  version?: string
  /** Why there are no outcomes, or fewer. */
  not?: string
  outcomes: readonly Outcome[]
}

const head = ['program', 'killed', 'its screen', 'usable after', 'words kept', 'draft', 'queued prompt', 'answers']

/** One line for each kill, and below what else was seen. */
export function renderResults(results: readonly Result[], patienceMs: number): string {
  const lines = [head]
  const notes: string[] = []
  for (const {program, version, not, outcomes} of results) {
    const name = version === undefined ? program : `${program} ${version}`
    for (const outcome of outcomes) {
      lines.push([name, ...cellsOf(outcome, patienceMs)])
      if (outcome.seen !== '') notes.push(`${name}, ${outcome.end}: ${outcome.seen}`)
    }
    if (not !== undefined) lines.push([name, not])
  }
  // What stands alone in its line needs no column.
  const inColumns = lines.filter((line) => line.length === head.length)
  const widths = head.map((_, column) =>
    Math.max(...(column === 0 ? lines : inColumns).map((line) => line[column]?.length ?? 0)),
  )
  const table = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [...table, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n')
}

function cellsOf({killed, end, usableMs, words, draft, queued, answers}: Outcome, patienceMs: number): string[] {
  return [
    killed.join(', '),
    {stayed: 'stayed', stuck: `stayed, not back in ${patienceMs / 1000} s`, ended: 'gone, started again'}[end],
    usableMs === undefined ? '–' : `${(usableMs / 1000).toFixed(1)} s`,
    `${words.after} of ${words.before}`,
    draft ? 'there' : 'gone',
    {asked: 'sent by itself', screen: 'on the screen', gone: 'gone'}[queued],
    answers ? 'yes' : 'no',
  ]
}
