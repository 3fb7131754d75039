import {existsSync} from 'node:fs'
import path from 'node:path'
import {isWindows} from '../platform.js'

export interface GatewayCommandInput {
  /** Words of `gateway.command` or `--gateway-command`. Undefined: the built-in gateway. */
  configured: readonly string[] | undefined
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

/** What to run, where and in which environment. */
export function resolveGatewayCommand(input: GatewayCommandInput): GatewayCommand {
  const {configured, env, execPath} = input
  const here = set(env.HERMES_CWD) ?? input.cwd ?? process.cwd()
  const [program, ...args] = configured ?? []
  if (program === undefined) {
    const entry = typeof input.builtinEntry === 'string' ? [input.builtinEntry] : input.builtinEntry
    return {command: [execPath, ...entry], cwd: here, env: {...env}, builtin: true}
  }
  const root = set(env.HERMES_PYTHON_SRC_ROOT)
  const isPython = program === 'python3' || program === 'python'
  const source = isPython && root ? {PYTHONPATH: joined(root, set(env.PYTHONPATH))} : {}
  return {
    command: [isPython ? (findPython(env, root) ?? program) : program, ...args],
    cwd: set(env.HERMES_CWD) ?? (isPython ? root : undefined) ?? here,
    env: {...(configured?.some(isAnyPython) ? SAFE_PATH : {}), ...env, ...source},
    builtin: false,
  }
}

/**
 * With `-m` Python looks for a module in the working directory first: that of whose project it is, which would then run
 * as the gateway, with every key. The environment and not `-P`: the gateway starts workers by `-m` in turn. Empty, it
 * is as Python does by itself.
 */
const SAFE_PATH = {PYTHONSAFEPATH: '1'}

const isAnyPython = (word: string) => /^python(\d+(\.\d+)*)?(\.exe)?$/i.test(path.basename(word))

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
