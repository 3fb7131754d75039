import {homedir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

/** A path at the beginning of a text, and what follows it. */
export interface DroppedPath {
  /** Absolute, or relative where the text has it so. */
  path: string
  rest: string
}

/** As terminals write the path of a file that is dropped onto them: in quotes, with backslashes, as an address. */
const quoted = /^(?:'([^'\n]+)'|"([^"\n]+)")(?=\s|$)/
const plain = /^((?:\\.|[^\s\\])+)(?=\s|$)/

/**
 * The path that a text begins with: absolute, of the home, `./…`, `../…` or `file://…`. A line that is a path with blanks
 * in it as a whole is the second of what it may be. Whether there is such a file is for the caller to see.
 */
export function droppedPaths(text: string): DroppedPath[] {
  const trimmed = text.trim()
  const found: DroppedPath[] = []
  const add = (given: string | undefined, rest: string) => {
    const file = given === undefined ? undefined : pathOf(given)
    if (file !== undefined) found.push({path: file, rest: rest.trim()})
  }
  const inQuotes = quoted.exec(trimmed)
  if (inQuotes) {
    add(inQuotes[1] ?? inQuotes[2], trimmed.slice(inQuotes[0].length))
    return found
  }
  const word = plain.exec(trimmed)
  if (word) {
    const given = word[0]
    add(isWindowsPath(given) ? given : given.replace(/\\(.)/g, '$1'), trimmed.slice(given.length))
  }
  if (!trimmed.includes('\n') && /\s/.test(trimmed)) add(trimmed, '')
  return found
}

const isWindowsPath = (text: string) => /^[A-Za-z]:[\\/]/.test(text)

function pathOf(text: string): string | undefined {
  if (/^file:\/\//i.test(text)) {
    try {
      return fileURLToPath(text)
    } catch {
      return undefined
    }
  }
  if (text.startsWith('~/')) return path.join(homedir(), text.slice(2))
  return path.isAbsolute(text) || isWindowsPath(text) || /^\.{1,2}\//.test(text) ? text : undefined
}
