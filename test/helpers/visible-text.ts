import {stripSgr} from '../../src/tui/text/wrap.js'

/** The text of which `visible` made this, read as a person would. */
export function decodeVisible(shown: string): string {
  return shown.replace(/⟦([^⟧]*)⟧|⇥ {3}|·|←/g, (sign, mark?: string) => {
    if (sign.startsWith('⇥')) return '\t'
    if (sign === '·') return ' '
    if (sign === '←') return '\r'
    const blanks = /^(\d+) spaces$/.exec(mark ?? '')
    if (blanks) return ' '.repeat(Number(blanks[1]))
    const code = /^(?:\\x|U\+)([0-9a-fA-F]+)$/.exec(mark ?? '')
    if (!code?.[1]) throw new Error(`no mark: ${sign}`)
    const number = Number.parseInt(code[1], 16)
    // A surrogate alone, which fromCodePoint would give as well.
    return String.fromCodePoint(number)
  })
}

/** The lines of which rows with a gutter were made: two blanks before a line, `↳ ` before what goes on with it. */
export function linesOfRows(rows: readonly string[]): string[] {
  const lines: string[] = []
  for (const row of rows.map(stripSgr)) {
    if (row.startsWith('↳ ')) lines[lines.length - 1] += row.slice(2)
    else if (row.startsWith('  ')) lines.push(row.slice(2))
    else throw new Error(`no gutter: ${row}`)
  }
  return lines
}
