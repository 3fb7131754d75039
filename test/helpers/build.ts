import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, rmSync, statSync} from 'node:fs'
import path from 'node:path'

export const root = path.resolve(import.meta.dirname, '../..')

/** `XDG_CACHE_HOME` of a test: in a home of its own each program would compile all of itself anew, a quarter of its start. */
export const compiledCode = path.join(root, 'node_modules', '.cache', 'hermes-tests')

/**
 * Builds dist when it is missing or older than its sources, so that tests of `bin/run.js` run what
 * they were written for. Several test processes may call it at once: one builds, the others wait.
 */
export function ensureBuilt(): void {
  const lock = path.join(root, 'node_modules', '.cache', 'hermes-build.lock')
  mkdirSync(path.dirname(lock), {recursive: true})
  const deadline = Date.now() + 60_000
  while (!isFresh()) {
    try {
      mkdirSync(lock)
    } catch {
      if (Date.now() > deadline) rmSync(lock, {recursive: true, force: true})
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
      continue
    }
    try {
      if (!isFresh()) runBuild()
      return
    } finally {
      rmSync(lock, {recursive: true, force: true})
    }
  }
}

function runBuild(): void {
  const built = spawnSync(process.execPath, ['scripts/build.js'], {cwd: root, encoding: 'utf8'})
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`)
}

function isFresh(): boolean {
  const built = path.join(root, 'dist', 'cli.js')
  if (!existsSync(built)) return false
  const builtAt = statSync(built).mtimeMs
  return ['src', 'scripts', 'package-lock.json'].every((name) => newest(path.join(root, name)) <= builtAt)
}

function newest(entry: string): number {
  const stats = statSync(entry, {throwIfNoEntry: false})
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(entry).map((name) => newest(path.join(entry, name))))
}
