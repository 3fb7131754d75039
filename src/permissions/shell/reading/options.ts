import {refuse} from '../refused.js'

/** The words behind a program's name, sorted. */
export interface SortedArguments {
  options: readonly {name: string; value?: string}[]
  operands: readonly string[]
  /** Options behind an operand: of them not every system's program knows that they are some. */
  late: readonly string[]
  /** Index of the first word that is no option or value of one; the number of words where there is none. */
  firstOperand: number
}

/**
 * Sorts a program's arguments by the options it may be given. `known` lists them, apart by spaces:
 * `-abc` three letters that may be bundled, `-n:` a letter with a value (`-n5`, `-n 5`), `-L::` one with
 * its value in the next word only, `-#` a number (`-5`), `--all`, `--lines=` with a value (`--lines=5`,
 * `--lines 5`), `--color?` with one or none. Refuses every other option, abbreviations too.
 */
export function sortArguments(args: readonly string[], known: string): SortedArguments {
  const table = optionTable(known)
  const options: {name: string; value?: string}[] = []
  const operands: string[] = []
  const late: string[] = []
  let firstOperand: number | undefined
  for (let at = 0; at < args.length; at++) {
    const word = args[at] as string
    if (word === '--') {
      firstOperand ??= at
      operands.push(...args.slice(at + 1))
      break
    }
    if (!word.startsWith('-') || word === '-') {
      firstOperand ??= at
      operands.push(word)
      continue
    }
    if (firstOperand !== undefined) late.push(word)
    const {found, takesNext} = readOption(word, table)
    if (takesNext) {
      const value = args[++at]
      if (value === undefined) refuse(`${word} lacks its value`)
      const last = found.pop()
      options.push(...found, {name: last?.name ?? word, value})
    } else {
      options.push(...found)
    }
  }
  return {options, operands, late, firstOperand: firstOperand ?? args.length}
}

type Taking = 'nothing' | 'value' | 'next' | 'maybe'

function optionTable(known: string): Map<string, Taking> {
  const table = new Map<string, Taking>()
  for (const token of known.split(' ')) {
    const name = token.replace(/(?:::|[:=?])$/, '')
    const taking = name === token ? 'nothing' : token.endsWith('?') ? 'maybe' : token.endsWith('::') ? 'next' : 'value'
    if (token.startsWith('--')) table.set(name, taking)
    else for (const letter of name.slice(1)) table.set(`-${letter}`, taking)
  }
  return table
}

function readOption(
  word: string,
  table: ReadonlyMap<string, Taking>,
): {found: {name: string; value?: string}[]; takesNext: boolean} {
  if (word.startsWith('--')) return readLong(word, table)
  if (/^-\d+$/.test(word) && table.has('-#')) return {found: [{name: '-#', value: word.slice(1)}], takesNext: false}
  const found: {name: string; value?: string}[] = []
  for (let at = 1; at < word.length; at++) {
    const name = `-${word.charAt(at)}`
    const taking = name === '-#' ? undefined : table.get(name)
    if (taking === undefined) refuse(`the option ${word} is not known to only read`)
    if (taking === 'nothing') {
      found.push({name})
      continue
    }
    const value = word.slice(at + 1)
    // `tree -Po x y` writes: there the `o` is an option.
    if (taking === 'next' && value !== '') refuse(`the option ${word} is not known to only read`)
    found.push(value === '' ? {name} : {name, value})
    return {found, takesNext: value === ''}
  }
  return {found, takesNext: false}
}

function readLong(word: string, table: ReadonlyMap<string, Taking>) {
  const end = word.indexOf('=')
  const name = end < 0 ? word : word.slice(0, end)
  const taking = table.get(name)
  if (taking === undefined || (end >= 0 && taking === 'nothing')) refuse(`the option ${word} is not known to only read`)
  const option = end < 0 ? {name} : {name, value: word.slice(end + 1)}
  return {found: [option], takesNext: end < 0 && taking === 'value'}
}
