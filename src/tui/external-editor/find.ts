import {accessSync, constants} from 'node:fs'
import path from 'node:path'

/** Asked for where the person has chosen none. */
const usual = process.platform === 'win32' ? ['notepad'] : ['nano', 'vim', 'vi', 'emacs']

/** A line for a shell that opens a file, whose path follows it. */
export interface EditorCommand {
  line: string
  /** Where it comes from, for messages. */
  from: string
}

/** The person's editor: `$VISUAL`, else `$EDITOR`, else a usual one that is there; undefined where there is none. */
export function editorOf(env: NodeJS.ProcessEnv): EditorCommand | undefined {
  for (const name of ['VISUAL', 'EDITOR']) {
    const line = env[name]?.trim()
    if (line) return {line, from: `$${name}`}
  }
  const found = usual.find((name) => isThere(name, env.PATH ?? ''))
  return found === undefined ? undefined : {line: found, from: 'neither $VISUAL nor $EDITOR is set'}
}

function isThere(name: string, folders: string): boolean {
  if (process.platform === 'win32') return true
  return folders.split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}
