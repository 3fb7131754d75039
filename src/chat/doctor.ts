import {execFile} from 'node:child_process'
import {Socket} from 'node:net'
import path from 'node:path'
import {messageOf} from '../errors.js'

/** Its slowest check, a gateway that does not start, is given up after 24 s. */
const TIMEOUT_MS = 60_000
/** A report has a few kilobytes. */
const MAX_BYTES = 4 * 1024 * 1024

export interface ChatDoctorOptions {
  /** Folder of our package.json. */
  root: string
  cwd: string
  env: NodeJS.ProcessEnv
  /** Flag `--gateway-command` of this chat. */
  gatewayCommand: string | undefined
  stdout: Pick<NodeJS.WriteStream, 'columns' | 'rows'> & {getColorDepth?: () => number}
}

/**
 * `/doctor`: runs `hermes doctor` as a program of its own and resolves with the rows of its report. It
 * reads all of the log and the database, half a second in which this process would take no key, and
 * the chat need not load what it consists of.
 */
export function chatDoctor(options: ChatDoctorOptions): (death: string | undefined) => Promise<string[]> {
  const {root, cwd, env, gatewayCommand, stdout} = options
  return (death) => {
    const terminal = [stdout.columns, stdout.rows, stdout.getColorDepth?.() ?? 1].join(',')
    const what = death === undefined ? ['doctor'] : ['doctor', 'crash']
    const args = [...what, '--terminal', terminal, ...(death === undefined ? [] : ['--', death])]
    const command = gatewayCommand === undefined ? {} : {HERMES_GATEWAY_COMMAND: gatewayCommand}
    // Into a pipe it writes no colours unless it is forced to.
    return run([path.join(root, 'bin', 'run.js'), ...args], {cwd, env: {...env, ...command, FORCE_COLOR: undefined}})
  }
}

function run(args: readonly string[], {cwd, env}: {cwd: string; env: NodeJS.ProcessEnv}): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const limits = {timeout: TIMEOUT_MS, maxBuffer: MAX_BYTES, windowsHide: true}
    const child = execFile(process.execPath, args, {cwd, env, ...limits}, (error, report, said) => {
      // Exit code 1 says that there are findings; the report is whole.
      if (report.trim() !== '') resolve(report.trimEnd().split('\n'))
      else reject(new Error(said.trim() || (error ? messageOf(error) : 'it said nothing')))
    })
    child.stdin?.end()
    // Who leaves meanwhile does not wait for it.
    child.unref()
    for (const stream of [child.stdout, child.stderr]) if (stream instanceof Socket) stream.unref()
  })
}
