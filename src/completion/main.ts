import {userDataDirectory} from '../config/paths.js'
import {bashReply, readBashLine} from './bash-line.js'
import {candidatesFor} from './candidates.js'
import {readProgram} from './program.js'
import {valuesOf} from './values.js'

/** A description is cut here, characters. */
const LONGEST = 100

/**
 * `hermes __complete bash LINE POINT WORD`, `hermes __complete zsh|fish -- WORD… CURRENT`: writes what may stand where the
 * cursor is, a line each. The launcher calls it in place of the program: a Tab waits for it.
 */
export async function complete(root: string, [shell, ...args]: readonly string[]): Promise<void> {
  const {env} = process
  const program = readProgram(root, env.HERMES_DATA_DIR || userDataDirectory(env))
  const values = valuesOf({env, cwd: process.cwd(), plugins: program.plugins})
  if (shell === 'bash') {
    const [text = '', point = '', replaced = ''] = args
    const line = readBashLine([...text].slice(0, Number(point)).join(''))
    const found = await candidatesFor(program, line.words, line.current, values)
    if (typeof found === 'string') return write([`:${found}`])
    return write(found.flatMap(({value}) => (isLine(value) ? (bashReply(value, line, replaced) ?? []) : [])))
  }
  const words = args.slice(1)
  const current = words.pop() ?? ''
  const found = await candidatesFor(program, words, current, values)
  if (typeof found === 'string') return write([`:${found}`])
  return write(found.flatMap(({value, description}) => (isLine(value) ? `${value}\t${described(description)}` : [])))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what no shell and no terminal is to get.
const control = /[\x00-\x1f\x7f-\x9f]/
const isLine = (value: string) => value !== '' && !control.test(value)

/** The first sentence, on one line, with nothing that a terminal would obey. */
function described(text: string): string {
  const [line = ''] = text.split('\n')
  const plain = line
    .replaceAll(/<%= config\.bin %>/g, 'hermes')
    .replaceAll(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
  return plain.length > LONGEST ? `${plain.slice(0, LONGEST - 1).toWellFormed()}…` : plain
}

function write(lines: readonly string[]): void {
  process.stdout.write([...new Set(lines)].map((line) => `${line}\n`).join(''))
}
