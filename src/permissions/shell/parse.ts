import type {Command, HereDoc, ParsedScript, Pipeline, Redirection, Script, SyntaxNode, Word} from 'unbash'
import {plainScript} from './plain.js'
import type {ParsedCommand, ShellAssignment, ShellRedirect, ShellWord, SimpleCommand} from './types.js'
import {readWord} from './words.js'

/** As the terminal tool takes it. */
const MAX_LENGTH = 100_000
/**
 * Each level of nesting is read again: 240 levels in 100 KB took 3.5 s, this many characters take 50 ms.
 * A script of 10 KB comes to it at 30 levels.
 */
const MAX_NESTED_CHARACTERS = 300_000
const MAX_DEPTH = 1000
/** 45 000 of them took 0.9 s, and as long again where they are described. */
const MAX_COMMANDS = 1000
/** 25 000 here-documents on one line took 0.8 s; as many on lines of their own 30 ms. */
const MAX_HERE_DOCUMENTS_PER_LINE = 50

/**
 * Finds every simple command of a script, also in substitutions, functions, here-documents and groups.
 * A script that no shell would take, or that shells read differently from what a person sees (control
 * and invisible characters, lone surrogates, white space that isn't ASCII), is not complete.
 */
export async function parseCommand(command: string): Promise<ParsedCommand> {
  const problem = unreadable(command)
  if (problem !== undefined) return {complete: false, problem, commands: []}
  const {parse, forEachChild} = await import('unbash')
  const finder = new CommandFinder({parse, forEachChild})
  try {
    const script = parse(command)
    finder.find(script, command)
    if (finder.problem === undefined)
      return {complete: true, commands: finder.commands, ...plainScript(script, command)}
  } catch (error) {
    // The parser recurses, and so does what walks over its tree.
    if (!(error instanceof RangeError)) throw error
    finder.problem = 'it is nested too deeply'
  }
  return {complete: false, problem: finder.problem, commands: finder.commands}
}

function unreadable(command: string): string | undefined {
  if (command.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`
  if (!command.isWellFormed()) return 'it holds half a character'
  const strange = /[[\p{Cc}\p{Cf}\p{Z}]--[\t\n ]]/v.exec(command)?.[0]
  if (strange !== undefined) {
    const code = strange.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')
    return `it holds a control or invisible character, U+${code}`
  }
  const crowded = command.split('\n').some((line) => line.split('<<').length > MAX_HERE_DOCUMENTS_PER_LINE + 1)
  return crowded ? `it has more than ${MAX_HERE_DOCUMENTS_PER_LINE} here-documents on a line` : undefined
}

interface Surroundings {
  /** What positions count in: an inner script of backquotes has a text of its own. */
  source: string
  depth: number
  inSubshell: boolean
  background: boolean
  pipedFrom: number | undefined
}

type Found = Pick<SimpleCommand, 'words' | 'assignments' | 'redirects' | 'text'>

type Parser = Pick<typeof import('unbash'), 'parse' | 'forEachChild'>

class CommandFinder {
  readonly commands: SimpleCommand[] = []
  problem: string | undefined
  #nestedCharacters = 0
  readonly #parser: Parser

  constructor(parser: Parser) {
    this.#parser = parser
  }

  find(script: Script, source: string): void {
    this.#visit(script, {source, depth: 0, inSubshell: false, background: false, pipedFrom: undefined})
  }

  #visit(node: SyntaxNode, around: Surroundings): void {
    // What has a problem stays not complete, whatever follows.
    if (this.commands.length >= MAX_COMMANDS && this.problem !== undefined) return
    const inner = inside(node, around)
    if (node.type === 'Script') this.#noteErrors(node)
    this.problem ??= readDifferently(node)
    if (inner.depth > MAX_DEPTH || (isReadLate(node) && !this.#mayReadAgain(node.end - node.pos))) {
      this.problem ??= 'it is nested too deeply'
      return
    }
    const found = foundAt(node, inner)
    if (found && this.commands.length >= MAX_COMMANDS) {
      this.problem ??= `it holds more than ${MAX_COMMANDS} commands`
      return
    }
    const command = found && this.#add({...found, text: textOf(node, inner)}, inner)
    if (node.type === 'Pipeline') this.#visitStages(node, inner)
    else this.#parser.forEachChild(node, (child) => this.#visit(child, inner))
    if (node.type === 'ArithmeticCommand') this.#visitAsDash(node.body, inner)
    if (node.type === 'TestLogical')
      for (const each of node.operands.slice(1)) this.#visitAsDash(textOf(each, inner), inner)
    if (command) command.nestedTo = this.commands.length
  }

  #visitStages({commands}: Pipeline, around: Surroundings): void {
    const pipedFrom = around.pipedFrom ?? this.commands.length
    commands.forEach((command, stage) => {
      this.#visit(command, {...around, pipedFrom: stage === 0 ? around.pipedFrom : pipedFrom})
    })
  }

  /** dash knows neither `(( ))` nor `[[ ]]`: `((rm x))` and `[[ a && rm ]]` run rm there. */
  #visitAsDash(source: string, around: Surroundings): void {
    if (this.#mayReadAgain(source.length)) this.#visit(withoutErrors(this.#parser.parse(source)), {...around, source})
    else this.problem ??= 'it is nested too deeply'
  }

  #add(found: Found, {inSubshell, background, pipedFrom}: Surroundings): SimpleCommand {
    const command: SimpleCommand = {...found, inSubshell, background, pipedFrom, nestedTo: 0}
    this.commands.push(command)
    return command
  }

  #noteErrors({errors}: ParsedScript): void {
    const message = errors?.[0]?.message
    if (message !== undefined) this.problem ??= `the shell would not understand it: ${message}`
  }

  #mayReadAgain(length: number): boolean {
    this.#nestedCharacters += length
    return this.#nestedCharacters <= MAX_NESTED_CHARACTERS
  }
}

/** What is no script to bash may have some. */
function withoutErrors({errors: _, ...script}: ParsedScript): Script {
  return script
}

/** What one shell runs and another doesn't, and what isn't there before it is run. */
function readDifferently(node: SyntaxNode): string | undefined {
  // To dash the quotes end at the first one.
  if (node.type === 'AnsiCQuoted' && node.text.includes("\\'")) return "shells differ in what $'…' is"
  if (node.type === 'FileDescriptorVariable') return 'shells differ in what {…}> is'
  // `${x@P}` runs what the value of x says.
  return node.type === 'Transform' ? 'it evaluates a variable' : undefined
}

function inside(node: SyntaxNode, around: Surroundings): Surroundings {
  const inner = {...around, depth: around.depth + 1}
  if (node.type === 'Script') inner.source = node.source ?? around.source
  if (node.type === 'Statement' && node.background) inner.background = true
  if (isSubstitution(node)) inner.pipedFrom = undefined
  const isForked = node.type === 'Subshell' || node.type === 'Coproc' || isPipe(node) || isSubstitution(node)
  if (isForked || inner.background) inner.inSubshell = true
  return inner
}

function isPipe(node: SyntaxNode): boolean {
  return node.type === 'Pipeline' && node.commands.length > 1
}

function isSubstitution({type}: SyntaxNode): boolean {
  return type === 'CommandExpansion' || type === 'ProcessSubstitution' || type === 'ArithmeticCommandExpansion'
}

function isReadLate(node: SyntaxNode): boolean {
  return isSubstitution(node) || node.type === 'ParameterExpansion' || node.type === 'ArithmeticExpansion'
}

/** What of a node has to be judged as a command; its children are looked at besides. */
function foundAt(node: SyntaxNode, around: Surroundings): Omit<Found, 'text'> | undefined {
  const none = {words: [], assignments: [], redirects: []}
  switch (node.type) {
    case 'Command':
      return commandAt(node, around)
    case 'Redirected':
      return {...none, redirects: node.redirects.map(redirect)}
    case 'TestCommand':
      return {...none, words: [keyword('[['), {text: textOf(node, around), literal: false}]}
    case 'ArithmeticCommand':
    case 'ArithmeticFor':
      return {...none, words: [keyword('(('), {text: textOf(node, around), literal: false}]}
    case 'Coproc':
      // To dash it is the name of a program.
      return {...none, words: [keyword('coproc')]}
    case 'For':
    case 'Select':
      return evaluated(node.type.toLowerCase(), node.wordlist ?? [])
    case 'Case':
      return evaluated('case', [node.word, ...node.items.flatMap(({pattern}) => pattern)])
    default:
      return undefined
  }
}

/** `for x in 'a[$(P)]'; do for z in ${y:x}; …` runs P: words outside of commands are evaluated too. */
function evaluated(name: string, all: readonly Word[]): Omit<Found, 'text'> | undefined {
  const words = all.map(readWord).filter((word) => !word.literal && word.pattern === undefined)
  if (words.length === 0) return undefined
  return {words: [keyword(name), ...words.map(({text}) => ({text, literal: false}))], assignments: [], redirects: []}
}

function textOf(node: {pos: number; end: number}, {source}: Surroundings): string {
  return source.slice(node.pos, node.end)
}

function keyword(text: string): ShellWord {
  return {text, literal: true}
}

function commandAt(command: Command, around: Surroundings): Omit<Found, 'text'> {
  const words: ShellWord[] = command.name ? [shellWord(command.name)] : []
  for (const argument of command.args) {
    if (argument.type === 'Word') words.push(shellWord(argument))
    else words.push({text: textOf(argument, around), literal: false})
  }
  const assignments = command.prefix
    .filter((prefix) => prefix.type === 'Assignment')
    .map(({name, value, index}): ShellAssignment => {
      const isWord = value.type === 'Word' && index === undefined
      return {name, value: isWord ? shellWord(value) : undefined}
    })
  return {words, assignments, redirects: command.redirects.map(redirect)}
}

function shellWord(word: Word): ShellWord {
  const {text, literal} = readWord(word)
  return {text, literal}
}

function redirect(node: Redirection): ShellRedirect {
  const {operator, descriptor} = node
  return {
    operator,
    descriptor: descriptor?.type === 'FileDescriptor' ? descriptor.value : descriptor?.name,
    target: node.type === 'HereDoc' ? hereDocument(node) : node.target && shellWord(node.target),
  }
}

function hereDocument({delimiter, body}: HereDoc): ShellWord {
  return {text: body.text, literal: delimiter?.quoted === true || !/[$`\\]/.test(body.text)}
}
