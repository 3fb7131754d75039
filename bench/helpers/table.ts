/** One line of the report. */
export interface Row {
  what: string
  measured: number
  unit: 'ms' | 'µs' | 'MB' | '×' | 'count' | 'M tokens'
  /** How many samples the figure is made of. */
  n: number
  /** What the design asks for; undefined: the row is for information. */
  target?: number
  note?: string
}

export function isOver(row: Row): boolean {
  return row.target !== undefined && row.measured > row.target
}

export function renderTable(rows: readonly Row[]): string {
  const lines = [['what', 'measured', 'target', 'ratio', '', 'n', 'note']]
  for (const row of rows) {
    const {target} = row
    lines.push([
      row.what,
      withUnit(row.measured, row.unit),
      target === undefined ? '' : `≤ ${withUnit(target, row.unit)}`,
      // A target of nothing at all has no ratio.
      target ? `${(row.measured / target).toFixed(2)}` : '',
      target === undefined ? '' : isOver(row) ? 'over' : 'ok',
      String(row.n),
      row.note ?? '',
    ])
  }
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 || column === 6 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function withUnit(value: number, unit: Row['unit']): string {
  if (unit === 'count') return String(value)
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)} ${unit}`
}

/** The value below which `share` of the samples lie (nearest rank); NaN without samples. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

export const median = (samples: readonly number[]) => percentile(samples, 0.5)

export const megabytes = (bytes: number) => bytes / 1024 / 1024
