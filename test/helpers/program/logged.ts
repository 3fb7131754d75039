import {readFileSync} from 'node:fs'

/** The whole lines that another process has written to a file so far, oldest first; none where there is no file yet. */
export function loggedLines(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  // A long line is seen while it is written: of 60 kB the first 2.6 were read once.
  return text.split('\n').slice(0, -1).filter(Boolean)
}

/** The same of a file with a JSON value a line. */
export const logged = <Line = Record<string, unknown>>(file: string): Line[] =>
  loggedLines(file).map((line) => JSON.parse(line))
