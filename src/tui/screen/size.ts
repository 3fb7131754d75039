/** Columns that are drawn for: in fewer nothing can be read. */
export function drawnColumns(columns: number): number {
  return Math.max(20, columns)
}

/** Rows of the live part at most; a terminal of `rows` has two more. */
export function drawnRows(rows: number): number {
  return Math.max(4, rows - 2)
}

/** Rows for what stands between an input of so many rows and the status line, in a live part of `height`. */
export function roomBelow(height: number, input: number): number {
  return Math.max(0, height - input - 4)
}
