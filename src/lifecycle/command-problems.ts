import {fork} from 'node:child_process'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {oneLine} from './hook-runner.js'

/**
 * What is wrong with the commands that a plugin adds to `hermes`, one line each. They are loaded in a process of its own,
 * which is ended after `timeoutMs` milliseconds. `host`: folder of our package.json, `root`: of the plugin's. Never
 * rejects.
 */
export function commandProblems(
  {host, root}: {host: string; root: string},
  {timeoutMs, env}: {timeoutMs: number; env: NodeJS.ProcessEnv},
): Promise<readonly string[]> {
  const file = import.meta.url.endsWith('.ts')
    ? fileURLToPath(new URL('./commands.worker.ts', import.meta.url))
    : path.join(host, 'dist', 'lifecycle', 'commands.worker.js')
  return new Promise((resolve) => {
    const child = fork(file, [root], {
      cwd: root,
      env,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    const answer = (problems: readonly string[]) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      resolve(problems)
    }
    const timer = setTimeout(() => answer([`were not loaded after ${timeoutMs} ms`]), timeoutMs)
    child.on('message', (message) => {
      // The plugin can send through the same channel.
      const {problems} = (message ?? {}) as {problems?: unknown}
      if (Array.isArray(problems)) answer(problems.map((problem) => oneLine(String(problem))))
    })
    child.on('error', (error) => answer([oneLine(error.message)]))
    child.on('exit', (code, signal) =>
      answer([`ended the process that loaded them, with ${signal === null ? `code ${code}` : signal}`]),
    )
  })
}
