import {existsSync} from 'node:fs'
import path from 'node:path'
import {parse} from 'shell-quote'
import {exitCodes, HermesError} from '../errors.js'
import {isWindows} from '../platform.js'

export interface GatewayCommandInput {
  /** `gateway.command` or `--gateway-command`: a line as for a shell, or words. Undefined: the built-in gateway. */
  configured: string | readonly string[] | undefined
  env: NodeJS.ProcessEnv
  /** Script of the built-in gateway and its arguments, after the Node program. */
  builtinEntry: string | readonly string[]
  /** The Node program, `process.execPath`. */
  execPath: string
  /** Default: the working directory of this process. */
  cwd?: string
}

export interface GatewayCommand {
  command: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  builtin: boolean
}

/** Throws HermesError `config/gateway-command` when the configured command can't be one. */
export function resolveGatewayCommand(input: GatewayCommandInput): GatewayCommand {
  const {configured, env, execPath} = input
  const here = set(env.HERMES_CWD) ?? input.cwd ?? process.cwd()
  if (configured === undefined) {
    const entry = typeof input.builtinEntry === 'string' ? [input.builtinEntry] : input.builtinEntry
    return {command: [execPath, ...entry], cwd: here, env: {...env}, builtin: true}
  }
  const words = typeof configured === 'string' ? splitCommand(configured, env) : configured
  const [program, ...args] = words
  if (!program) throw commandError('The gateway command is empty.')
  const root = set(env.HERMES_PYTHON_SRC_ROOT)
  const isPython = program === 'python3' || program === 'python'
  return {
    command: [isPython ? (findPython(env, root) ?? program) : program, ...args],
    cwd: set(env.HERMES_CWD) ?? (isPython ? root : undefined) ?? here,
    env: isPython && root ? {...env, PYTHONPATH: joined(root, set(env.PYTHONPATH))} : {...env},
    builtin: false,
  }
}

/** Splits a line into words as a shell does: quotes, backslashes, $VARIABLES. Operators and globs are refused. */
export function splitCommand(line: string, env: NodeJS.ProcessEnv): string[] {
  // On Windows a backslash parts folders; to a shell it quotes the next character.
  const source = isWindows ? line.replaceAll('\\', '\\\\') : line
  if (hasOpenQuote(source)) throw commandError(`The gateway command has an open quote: ${line}`)
  return parse(source, env).map((word) => {
    if (typeof word === 'string') return word
    if ('comment' in word) throw commandError(`The gateway command has a comment (#${word.comment}): ${line}`)
    const what = word.op === 'glob' ? `the pattern ${word.pattern}` : `the shell operator ${word.op}`
    throw commandError(`The gateway command has ${what}, but it is not run by a shell: ${line}`)
  })
}

/** shell-quote takes an unclosed quote for a closed one. */
function hasOpenQuote(line: string): boolean {
  let open: string | undefined
  for (let i = 0; i < line.length; i++) {
    const char = line[i]
    if (char === '\\' && open !== "'") i++
    else if (open) open = char === open ? undefined : open
    else if (char === "'" || char === '"') open = char
  }
  return open !== undefined
}

function findPython(env: NodeJS.ProcessEnv, root: string | undefined): string | undefined {
  const named = set(env.HERMES_PYTHON) ?? set(env.PYTHON)
  if (named) return named
  const environment = set(env.VIRTUAL_ENV)
  const folders = [environment, root && path.join(root, '.venv'), root && path.join(root, 'venv')]
  const programs = isWindows ? ['Scripts/python.exe'] : ['bin/python', 'bin/python3']
  return folders
    .filter((folder) => folder !== undefined)
    .flatMap((folder) => programs.map((program) => path.join(folder, program)))
    .find((file) => existsSync(file))
}

/** An empty variable counts as unset. */
const set = (value: string | undefined) => value?.trim() || undefined

const joined = (first: string, rest: string | undefined) => (rest ? `${first}${path.delimiter}${rest}` : first)

function commandError(message: string): HermesError {
  return new HermesError(message, {
    code: 'config/gateway-command',
    exit: exitCodes.config,
    suggestions: ['Give it as words, as in: python3 -m tui_gateway.entry', 'For a shell line: sh -c "…"'],
  })
}
