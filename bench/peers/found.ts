import {spawn} from 'node:child_process'
import {accessSync, constants, statSync} from 'node:fs'
import path from 'node:path'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import {NotMeasured} from './person.js'

/** Where the PATH has a command; `unusable` is the first file of that name that may not be run. */
export function findOnPath(name: string, folders: string): {file?: string; unusable?: string} {
  let unusable: string | undefined
  for (const folder of folders.split(path.delimiter)) {
    const file = path.join(folder, name)
    if (folder === '' || !statSync(file, {throwIfNoEntry: false})?.isFile()) continue
    try {
      accessSync(file, constants.X_OK)
      return {file}
    } catch {
      unusable ??= file
    }
  }
  return unusable === undefined ? {} : {unusable}
}

/** The first thing like a version in what a program says to `--version`; an error tells why there is none. */
export function versionOf(command: readonly string[], home: TestHome, timeout = 20_000): Promise<string> {
  const [file = '', ...args] = command
  return new Promise((resolve, reject) => {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(file, [...args, '--version'], {
      cwd: home.cwd,
      env: home.env(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()))
    const finish = (why?: string) => {
      clearTimeout(timer)
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of it has ended.
      }
      child.stdout.destroy()
      child.stderr.destroy()
      const version = /\d+\.\d+(\.\d+)?[-+.\w]*/.exec(said)?.[0]
      if (version !== undefined) resolve(version)
      else reject(new NotMeasured(why ?? `it says no version to --version: "${said.trim().slice(0, 100)}"`))
    }
    const timer = setTimeout(() => finish(`it did not say its version in ${timeout / 1000} s`), timeout)
    child.once('error', (error) => finish(`it cannot be started: ${error.message}`))
    child.once('exit', () => setImmediate(finish))
  })
}
