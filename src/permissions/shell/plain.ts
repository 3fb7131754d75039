import type {Command, PipelineNode, Redirection, Script} from 'unbash'
import type {PlainCommand, PlainList, PlainScript, PlainWord} from './types.js'
import {readWord} from './words.js'

/**
 * The subset of a script that is the same in every shell: commands of literal words and globs, joined
 * by `|`, `&&`, `||`, `;` and line ends, with no redirection but of their output to nowhere.
 */
export function plainScript(script: Script, source: string): {plain: PlainScript} | {notPlain: string} {
  try {
    // Quotes may hold no line ends or tabs either: `readCommand` looks at each word.
    if (/[^\x20-\x7e\t\n]/.test(source)) throw new NotPlain('it holds characters that are not ASCII')
    return {plain: {lists: readLists(script)}}
  } catch (error) {
    if (error instanceof NotPlain) return {notPlain: error.message}
    throw error
  }
}

class NotPlain extends Error {}

function readLists(script: Script): PlainList[] {
  const lists: PlainList[] = []
  for (const {command, background} of script.commands) {
    if (background) throw new NotPlain('it runs something in the background')
    const first = lists.length === 0 ? 'first' : 'then'
    if (command.type !== 'AndOr') {
      lists.push({when: first, pipeline: readPipeline(command)})
      continue
    }
    command.commands.forEach((each, index) => {
      const when = index === 0 ? first : command.operators[index - 1] === '&&' ? 'and' : 'or'
      lists.push({when, pipeline: readPipeline(each)})
    })
  }
  return lists
}

function readPipeline(node: PipelineNode): PlainCommand[] {
  if (node.type !== 'Pipeline') return [readCommand(node, true)]
  if (node.prefixes.length > 0) throw new NotPlain('it uses `!` or `time`')
  if (node.operators.some((operator) => operator !== '|')) throw new NotPlain('it uses `|&`')
  return node.commands.map((command, index) => readCommand(command, index === 0))
}

function readCommand(node: PipelineNode, isFirst: boolean): PlainCommand {
  if (node.type !== 'Command') throw new NotPlain('it is more than a list of commands')
  if (node.prefix.some(({type}) => type === 'Assignment')) throw new NotPlain('it sets a variable')
  return {words: readWords(node), ...readRedirects(node.redirects, isFirst)}
}

function readWords({name, args}: Command): PlainWord[] {
  if (!name) throw new NotPlain('it is a redirection without a command')
  return [name, ...args].map((node, index) => {
    if (node.type !== 'Word') throw new NotPlain('it sets a variable')
    const {text, literal, pattern} = readWord(node)
    const isGlob = pattern !== undefined && index > 0
    if (!literal && !isGlob) throw new NotPlain(`the shell would make something else of ${node.text}`)
    if (/[\t\n]/.test(text)) throw new NotPlain('a word holds a tab or a line end')
    return isGlob ? {text, pattern} : {text}
  })
}

function readRedirects(redirects: readonly Redirection[], isFirst: boolean): Omit<PlainCommand, 'words'> {
  const output: Omit<PlainCommand, 'words'> = {}
  for (const redirect of redirects) {
    const target = redirect.type === 'Redirect' && redirect.target ? readWord(redirect.target) : undefined
    const {operator, descriptor} = redirect
    if (!target?.literal || descriptor?.type === 'FileDescriptorVariable') throw new NotPlain('it redirects')
    const from = descriptor?.value
    const toNull = target.text === '/dev/null'
    if (operator === '>' && toNull && (from ?? 1) === 1) output.stdout = 'null'
    else if (operator === '>' && toNull && from === 2) output.stderr = 'null'
    else if (operator === '>&' && target.text === '1' && from === 2) output.stderr = output.stdout ?? 'stdout'
    // Standard input is nowhere in any case, but behind a `|`.
    else if (!(operator === '<' && toNull && (from ?? 0) === 0 && isFirst)) throw new NotPlain('it redirects')
  }
  return output
}
