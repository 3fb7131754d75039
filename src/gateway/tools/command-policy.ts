/** Which shell commands may run without asking, and what an approval of the others covers. */

/** Programs that read and print, whatever their arguments are. */
const readers = new Set(['ls', 'cat', 'pwd', 'head', 'wc', 'echo', 'grep'])

/** `tail -f` and `rg --pre` are why these two name their options. */
const optionLists: Readonly<Record<string, RegExp>> = {
  tail: /^-(?:\d+|n|c|n\d+|c\d+)$/,
  rg: /^-(?:[ilnwvcFSso]+|[ABCgtem]|[ABCm]\d+|-files|-hidden|-ignore-case|-line-number|-count|-fixed-strings|-type|-glob)$/,
}

const gitCommands = new Set(['status', 'diff', 'log'])

/** `--output` writes a file; `--ext-diff` and `--textconv` run programs that the repository names. */
const gitOption =
  /^-(?:s|b|p|\d+|n|n\d+|-short|-branch|-porcelain|-stat|-numstat|-shortstat|-name-only|-name-status|-cached|-staged|-oneline|-graph|-all|-decorate|-patch|-no-color|-no-ext-diff|-)$/

/**
 * True for a command that only reads and that can be seen to: one program of a short list, in a plain
 * line without redirection, pipe, substitution, escape or variable.
 */
export function isReadOnly(command: string): boolean {
  const words = plainWords(command)
  const program = words?.[0]
  if (!words || program === undefined) return false
  const rest = words.slice(1)
  if (readers.has(program)) return true
  if (program === 'git') {
    const [subcommand, ...options] = rest
    if (subcommand === undefined || !gitCommands.has(subcommand)) return false
    return options.every((word) => !word.startsWith('-') || gitOption.test(word))
  }
  const allowed = Object.hasOwn(optionLists, program) ? optionLists[program] : undefined
  return allowed !== undefined && rest.every((word) => !word.startsWith('-') || allowed.test(word))
}

/**
 * What an approval "for this session" covers. A plain command: its program, so that one yes to `npm
 * test` covers `npm run build`. Anything composed: only this very text, because `cd x && rm -rf y`
 * begins harmlessly.
 */
export function patternKeyOf(command: string): string {
  const words = plainWords(command)
  const program = words?.[0]
  // These run whatever follows them.
  if (!program || wrappers.has(program)) return command.trim()
  return program
}

const wrappers = new Set([
  'sudo',
  'doas',
  'su',
  'env',
  'exec',
  'eval',
  'sh',
  'bash',
  'zsh',
  'dash',
  'fish',
  'xargs',
  'nohup',
  'time',
  'timeout',
  'nice',
  'command',
  'builtin',
  'source',
  '.',
  'ssh',
  'python',
  'python3',
  'node',
  'perl',
  'ruby',
  'cmd',
  'powershell',
  'pwsh',
])

/**
 * The words of a line without any shell syntax but quotes around harmless text; undefined for
 * everything else, also for what a shell would read as harmless.
 */
function plainWords(command: string): string[] | undefined {
  const line = command.trim()
  const word = String.raw`(?:[A-Za-z0-9_./:,@%+^~*?=-]|'[^'\n\r]*'|"[^"\n\r$\x60\\!]*")+`
  if (!new RegExp(`^${word}(?:[ \\t]+${word})*$`).test(line)) return undefined
  const words = line.match(new RegExp(word, 'g')) ?? []
  const first = words[0]
  // `A=b program` sets a variable; a quoted program name is nobody's habit.
  if (first === undefined || !/^[A-Za-z0-9_./+-]+$/.test(first)) return undefined
  return words.map((one) => one.replace(/['"]/g, ''))
}
