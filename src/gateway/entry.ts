import {realpathSync} from 'node:fs'
import {fileURLToPath} from 'node:url'

/** Whether the module of that address is what Node was started with. */
export function isEntry(moduleUrl: string): boolean {
  const entry = process.argv[1]
  try {
    return entry !== undefined && realpathSync(entry) === fileURLToPath(moduleUrl)
  } catch {
    return false
  }
}
