import {parseCommand} from './parse.js'
import type {ParsedCommand, ShellWord} from './types.js'

export interface Unwrapped {
  /** Without `timeout 10`, `nice`, `env` and the like in front. */
  words: readonly ShellWord[]
  /** What `sh -c '…'`, `eval '…'` or `trap '…' EXIT` runs, where that is known. */
  script?: ParsedCommand
}

/** Which of the words behind a wrapper are its own: options with their values, and this many operands. */
const wrappers: Readonly<Record<string, {flags?: RegExp; values?: RegExp; operands?: number}>> = {
  timeout: {
    flags: /^(?:-[fpv]+|--foreground|--preserve-status|--verbose|-[ks].+|--(?:kill-after|signal)=.+)$/,
    values: /^(?:-[ks]|--kill-after|--signal)$/,
    operands: 1,
  },
  nice: {flags: /^(?:-{1,2}\d+|-n.+|--adjustment=.+)$/, values: /^(?:-n|--adjustment)$/},
  nohup: {},
  time: {flags: /^-p$/},
  stdbuf: {flags: /^(?:-[ioe].+|--(?:input|output|error)=.+)$/, values: /^(?:-[ioe]|--(?:input|output|error))$/},
  env: {},
  command: {flags: /^-p$/},
  exec: {flags: /^-[cl]+$/},
}

const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh', 'ash'])

/**
 * What a command runs in the end. Wrappers that change nothing of it are taken off; `env` with a
 * variable or an option, and every wrapper with a word that isn't known, stay.
 */
export async function wrapped(words: readonly ShellWord[]): Promise<Unwrapped> {
  const inner = unwrap(words)
  const script = scriptOf(inner)
  return script === undefined ? {words: inner} : {words: inner, script: await parseCommand(script)}
}

/** `wrapped` without a look into what `sh -c` is given. */
export function unwrap(words: readonly ShellWord[]): readonly ShellWord[] {
  let inner = words
  for (;;) {
    const next = unwrapOnce(inner)
    if (!next) return inner
    inner = next
  }
}

function unwrapOnce([first, ...rest]: readonly ShellWord[]): readonly ShellWord[] | undefined {
  const name = programName(first)
  const wrapper = name !== undefined && Object.hasOwn(wrappers, name) ? wrappers[name] : undefined
  if (!wrapper) return undefined
  let at = 0
  let operands = wrapper.operands ?? 0
  for (; at < rest.length; at++) {
    const {text, literal} = rest[at] as ShellWord
    if (!literal) return undefined
    if (text === '--') {
      at++
      break
    }
    if (wrapper.values?.test(text)) {
      if (!rest[++at]?.literal) return undefined
    } else if (!wrapper.flags?.test(text)) break
  }
  for (; operands > 0; operands--) if (!rest[at++]?.literal) return undefined
  const inner = rest.slice(at)
  const next = inner[0]
  // `env A=b program`, `env -i program`, `command -v program`.
  return next === undefined || (next.literal && /^-|=/.test(next.text)) ? undefined : inner
}

/** What `sh -c '…'`, `eval '…'` and `trap '…' EXIT` run; undefined where it is nothing or isn't literal. */
function scriptOf([first, ...rest]: readonly ShellWord[]): string | undefined {
  const name = programName(first)
  if (name === 'eval') return rest.every(({literal}) => literal) ? rest.map(({text}) => text).join(' ') : undefined
  const at = name === 'trap' ? 0 : shells.has(name ?? '') ? scriptIndex(rest) : undefined
  const script = at === undefined ? undefined : rest[at]
  return script?.literal ? script.text : undefined
}

/** Behind the options of which one is `-c`. */
function scriptIndex(args: readonly ShellWord[]): number | undefined {
  const last = args.findIndex(
    ({text}, index) => !/^[-+]/.test(text) && !/^[-+][a-z]*[oO]$/.test(args[index - 1]?.text ?? ''),
  )
  return last > 0 && args.slice(0, last).some(({text}) => /^-[a-z]*c/.test(text)) ? last : undefined
}

/** `rm` of `/bin/rm`; undefined for a word that isn't known. */
export function programName(word: ShellWord | undefined): string | undefined {
  return word?.literal ? word.text.slice(word.text.lastIndexOf('/') + 1) : undefined
}

/** Builtins of bash, dash and zsh, and keywords, that run words, files or code, or change what a later word runs. */
const evaluating = new Set([
  ...'eval . source exec builtin trap alias coproc enable hash bind complete compgen fc history sched emulate'.split(
    ' ',
  ),
  ...'noglob nocorrect - autoload functions zmodload zle vared zcompile bindkey zstyle'.split(' '),
  // Quoted words too are evaluated where a number or the name of a variable is meant.
  ...'let declare typeset local export readonly unset read mapfile readarray getopts wait set shopt setopt'.split(' '),
  ...'print integer float test [ [[ (( for select case'.split(' '),
])

/**
 * Whether the shell itself takes words of this command for code, also quoted ones: `unset 'a[$(P)]'`
 * runs P. What such a command runs can't be told from its words.
 */
export function evaluates(words: readonly ShellWord[]): boolean {
  // `exec` is a wrapper as well.
  if (words[0]?.literal && evaluating.has(words[0].text)) return true
  const [first, second] = unwrap(words)
  if (first === undefined || !first.literal) return true
  return (
    evaluating.has(first.text) || (first.text === 'printf' && second?.text !== '--' && /^-/.test(second?.text ?? ''))
  )
}
