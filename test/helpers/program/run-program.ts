import {spawn} from 'node:child_process'
import path from 'node:path'
import {root} from '../build.js'

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** What is piped in; without it stdin is empty. */
  input?: string
}

/** Runs a program to its end and keeps what it wrote. */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {cwd: options.cwd, env: options.env, stdio: 'pipe'})
    let [stdout, stderr] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({code, signal, stdout, stderr}))
    // One that reads nothing may have ended by now.
    child.stdin.on('error', () => {})
    child.stdin.end(options.input ?? '')
  })
}

/** Runs `hermes` as a person's shell would. Call `ensureBuilt()` before. */
export function runHermes(args: readonly string[], options: RunOptions): Promise<Ended> {
  return runProgram(process.execPath, [path.join(root, 'bin', 'run.js'), ...args], options)
}
