import type {Check, Finding, Remedy, TerminalFacts} from '../types.js'

const MIN_COLUMNS = 40
const MIN_ROWS = 10

export const terminalCheck: Check = {
  id: 'terminal',
  title: 'Terminal',
  run: ({terminal, env}) => checkTerminal(terminal, env),
}

/** Pure: what the terminal and the environment say. */
export function checkTerminal(terminal: TerminalFacts, env: NodeJS.ProcessEnv): Finding {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || ''
  const unicode = /utf-?8/i.test(locale) || process.platform === 'darwin' || process.platform === 'win32'
  const multiplexer = multiplexerOf(env)
  const evidence = [
    `TERM=${env.TERM ?? ''}, ${colorText(terminal.colorDepth, env)}, locale ${locale || 'not set'}`,
    ...(multiplexer ? [`runs in ${multiplexer}`] : []),
    ...(env.SSH_CONNECTION && !multiplexer
      ? ['runs over SSH without a multiplexer: after a lost connection hermes attach goes on']
      : []),
  ]
  if (!terminal.isTerminal) {
    return {status: 'skipped', summary: 'the output is not a terminal; `hermes chat` needs one', evidence}
  }
  const {columns = 0, rows = 0} = terminal
  const remedies: Remedy[] = []
  if (columns < MIN_COLUMNS || rows < MIN_ROWS) remedies.push(`Make it at least ${MIN_COLUMNS}×${MIN_ROWS}.`)
  if (!unicode) remedies.push({text: 'Set a UTF-8 locale', command: 'export LANG=C.UTF-8'})
  if (env.TERM === 'dumb') remedies.push('Use a terminal that can move its cursor (TERM is dumb).')
  const parts = [`${columns}×${rows}`, colorText(terminal.colorDepth, env), unicode ? 'Unicode' : 'no Unicode']
  return {
    status: remedies.length > 0 ? 'warn' : 'ok',
    summary: [...parts, ...(multiplexer ? [multiplexer] : [])].join(', '),
    evidence,
    remedy: remedies,
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
