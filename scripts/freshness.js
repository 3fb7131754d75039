import {existsSync, readdirSync, statSync} from 'node:fs'
import path from 'node:path'

/** What a build is made of. */
const sources = ['src', 'scripts', 'package.json', 'package-lock.json']

/** Whether dist was built from what is there now. `dist/cli.js` carries the time at which its build began. */
export function isFresh(root) {
  const built = path.join(root, 'dist', 'cli.js')
  if (!existsSync(built)) return false
  const builtAt = statSync(built).mtimeMs
  return sources.every((name) => newest(path.join(root, name)) <= builtAt)
}

/** Of folders too: theirs is the only trace of a file that is gone. */
function newest(entry) {
  const stats = statSync(entry, {throwIfNoEntry: false})
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return readdirSync(entry).reduce((time, name) => Math.max(time, newest(path.join(entry, name))), stats.mtimeMs)
}
