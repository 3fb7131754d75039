import type {Command, PipelineNode, Redirection, Script} from 'unbash'
import {Refused, refuse} from './refused.js'
import type {PlainCommand, PlainList, PlainScript, PlainWord} from './types.js'
import {readWord} from './words.js'

/**
 * The subset of a script that is the same in every shell: commands of literal words and globs, joined
 * by `|`, `&&`, `||`, `;` and line ends, with no redirection but of their output to nowhere.
 */
export function plainScript(script: Script, source: string): {plain: PlainScript} | {notPlain: string} {
  try {
    // A tab or a line end within quotes is refused with its word.
    if (/[^\x20-\x7e\t\n]/.test(source)) refuse('it holds characters that are not ASCII')
    const reader = new PlainReader()
    const lists = reader.readLists(script)
    if (!isJoint(reader.between(source))) refuse('a part of it could not be read')
    return {plain: {lists}}
  } catch (error) {
    if (error instanceof Refused) return {notPlain: error.message}
    throw error
  }
}

/** The parser forgives: of `ls (` it tells the command alone. What is in no word has to be known too. */
function isJoint(between: string): boolean {
  return /^(?:[ \t\n]|\\\n|;|\||&&|#[^\n]*(?:\n|$))*$/.test(between)
}

class PlainReader {
  readonly #read: {pos: number; end: number}[] = []

  /** The text without its words and redirections, each a space. */
  between(source: string): string {
    let rest = ''
    let at = 0
    for (const {pos, end} of this.#read.sort((a, b) => a.pos - b.pos)) {
      rest += `${source.slice(at, pos)} `
      at = end
    }
    return rest + source.slice(at)
  }

  readLists(script: Script): PlainList[] {
    const lists: PlainList[] = []
    for (const {command, background} of script.commands) {
      if (background) refuse('it runs something in the background')
      const first = lists.length === 0 ? 'first' : 'then'
      if (command.type !== 'AndOr') {
        lists.push({when: first, pipeline: this.#readPipeline(command)})
        continue
      }
      command.commands.forEach((each, index) => {
        const when = index === 0 ? first : command.operators[index - 1] === '&&' ? 'and' : 'or'
        lists.push({when, pipeline: this.#readPipeline(each)})
      })
    }
    return lists
  }

  #readPipeline(node: PipelineNode): PlainCommand[] {
    if (node.type !== 'Pipeline') return [this.#readCommand(node, true)]
    if (node.prefixes.length > 0) refuse('it uses `!` or `time`')
    if (node.operators.some((operator) => operator !== '|')) refuse('it uses `|&`')
    return node.commands.map((command, index) => this.#readCommand(command, index === 0))
  }

  #readCommand(node: PipelineNode, isFirst: boolean): PlainCommand {
    if (node.type !== 'Command') refuse('it is more than a list of commands')
    if (node.prefix.some(({type}) => type === 'Assignment')) refuse('it sets a variable')
    this.#read.push(...node.redirects)
    return {words: this.#readWords(node), ...readRedirects(node.redirects, isFirst)}
  }

  #readWords({name, args}: Command): PlainWord[] {
    if (!name) refuse('it is a redirection without a command')
    return [name, ...args].map((node, index) => {
      if (node.type !== 'Word') refuse('it sets a variable')
      this.#read.push(node)
      const {text, literal, pattern} = readWord(node)
      const isGlob = pattern !== undefined && index > 0
      if (!literal && !isGlob) refuse(`the shell would make something else of ${node.text}`)
      if (/[\t\n]/.test(text)) refuse('a word holds a tab or a line end')
      return isGlob ? {text, pattern} : {text}
    })
  }
}

function readRedirects(redirects: readonly Redirection[], isFirst: boolean): Omit<PlainCommand, 'words'> {
  const output: Omit<PlainCommand, 'words'> = {}
  for (const redirect of redirects) {
    const target = redirect.type === 'Redirect' && redirect.target ? readWord(redirect.target) : undefined
    const {operator, descriptor} = redirect
    if (!target?.literal || descriptor?.type === 'FileDescriptorVariable') refuse('it redirects')
    const from = descriptor?.value
    const toNull = target.text === '/dev/null'
    if (operator === '>' && toNull && (from ?? 1) === 1) output.stdout = 'null'
    else if (operator === '>' && toNull && from === 2) output.stderr = 'null'
    else if (operator === '>&' && target.text === '1' && from === 2) output.stderr = output.stdout ?? 'stdout'
    // Standard input is nowhere in any case, but behind a `|`.
    else if (!(operator === '<' && toNull && (from ?? 0) === 0 && isFirst)) refuse('it redirects')
  }
  return output
}
