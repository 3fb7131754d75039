import stringWidth from 'string-width'

/**
 * Breaks a text between words into rows of at most `width` columns. A word that is longer, such as a
 * path, stays whole, so that it can be copied: the terminal breaks it. `hard`: it is broken here.
 */
export function wrap(text: string, width: number, hard = false): string[] {
  const rows: string[] = []
  // Leading space is an indentation that the text brings along.
  const indent = /^ */.exec(text)?.[0] ?? ''
  let row = ''
  for (const word of text.slice(indent.length).split(' ')) {
    const longer = row === '' ? indent + word : `${row} ${word}`
    if (row !== '' && stringWidth(longer) > width) {
      rows.push(row)
      row = indent + word
    } else {
      row = longer
    }
    while (hard && stringWidth(row) > width) {
      rows.push(row.slice(0, width))
      row = row.slice(width)
    }
  }
  return [...rows, row]
}

interface HangOptions {
  /** Width of the terminal. Undefined: one row, as a pipe wants it. */
  columns: number | undefined
  paint?: (row: string) => string
  hard?: boolean
}

/** A text behind a lead, in rows that begin below it. */
export function hang(lead: string, text: string, {columns, paint = (row) => row, hard = false}: HangOptions): string[] {
  const indent = stringWidth(lead)
  const rows = columns === undefined ? [text] : wrap(text, columns - indent, hard)
  return rows.map((row, index) => `${index === 0 ? lead : ' '.repeat(indent)}${paint(row)}`.trimEnd())
}

/** As `padEnd`, by columns. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)))
}
