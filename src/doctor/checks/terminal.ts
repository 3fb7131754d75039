import {readFileSync} from 'node:fs'
import path from 'node:path'
import type {Check, Finding, Remedy, TerminalFacts} from '../types.js'

const MIN_COLUMNS = 40
const MIN_ROWS = 10

/** `stty sane` alone would make Backspace take half a letter. */
const RESTORE = 'stty sane iutf8'

const freezes = /^[ \t]*ttyctl[ \t]+-f\b/m
const ADOPTS =
  'zsh keeps the modes of a program that was killed for what it runs next, and nobody else can take them back: ' +
  `${RESTORE} does, "ttyctl -f" in .zshrc makes it do so by itself`

export const terminalCheck: Check = {
  id: 'terminal',
  title: 'Terminal',
  run: ({terminal, env}) => checkTerminal(terminal, env, {zshrc: zshrcOf(env)}),
}

/** Pure: what the terminal, the environment and, where the shell is zsh, its `.zshrc` say. */
export function checkTerminal(
  terminal: TerminalFacts,
  env: NodeJS.ProcessEnv,
  {zshrc}: {zshrc?: string | undefined} = {},
): Finding {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const unicode = /utf-?8/i.test(locale) || process.platform === 'darwin' || process.platform === 'win32'
  const multiplexer = multiplexerOf(env)
  const evidence = [
    `TERM=${env.TERM ?? ''}, ${colorText(terminal.colorDepth, env)}, locale ${locale || 'not set'}`,
    ...(multiplexer ? [`runs in ${multiplexer}`] : []),
    ...(env.SSH_CONNECTION && !multiplexer
      ? ['runs over SSH without a multiplexer: after a lost connection hermes attach goes on']
      : []),
    ...(zshrc !== undefined && !freezes.test(zshrc) ? [ADOPTS] : []),
  ]
  if (!terminal.isTerminal) {
    return {status: 'skipped', summary: 'the output is not a terminal; `hermes chat` needs one', evidence}
  }
  const {columns = 0, rows = 0} = terminal
  const remedies: Remedy[] = []
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) remedies.push(`Make it at least ${MIN_COLUMNS}×${MIN_ROWS}.`)
  if (!unicode) remedies.push({text: 'Set a UTF-8 locale', command: 'export LANG=C.UTF-8'})
  if (env.TERM === 'dumb') evidence.push('TERM is dumb: the chat is plain lines there, one below the other')
  const left = leftModes(terminal.line)
  if (left !== '') {
    evidence.push(`a program that was killed has left it with ${left}: Ctrl+C and Enter may do nothing`)
    remedies.push({text: 'Take its modes back', command: RESTORE})
  }
  const parts = [`${columns}×${rows}`, colorText(terminal.colorDepth, env), unicode ? 'Unicode' : 'no Unicode']
  return {
    status: remedies.length > 0 ? 'warn' : 'ok',
    summary: [...parts, ...(multiplexer ? [multiplexer] : [])].join(', '),
    evidence,
    remedy: remedies,
  }
}

/** What is off that a shell has on for the programs that it runs. */
function leftModes(line = ''): string {
  return ['-isig', '-icanon', '-icrnl', '-iexten'].filter((mode) => line.split(/\s+/).includes(mode)).join(' ')
}

/** Undefined where the person's shell is another. */
function zshrcOf(env: NodeJS.ProcessEnv): string | undefined {
  if (path.basename(env.SHELL ?? '') !== 'zsh') return undefined
  try {
    return readFileSync(path.join(env.ZDOTDIR || env.HOME || '', '.zshrc'), 'utf8')
  } catch {
    return ''
  }
}

function multiplexerOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env.TMUX) return 'tmux'
  if (env.STY) return 'screen'
  return env.ZELLIJ ? 'zellij' : undefined
}

function colorText(depth: number, env: NodeJS.ProcessEnv): string {
  if (env.NO_COLOR) return 'no colours (NO_COLOR)'
  return depth <= 1 ? 'no colours' : `${depth >= 24 ? '16 million' : 2 ** depth} colours`
}
