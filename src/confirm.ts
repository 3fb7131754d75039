import {createInterface} from 'node:readline/promises'

/** Asks on the terminal, `question` with `[y/N] ` behind it; false where nobody can be asked. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false
  const lines = createInterface({input: process.stdin, output: process.stderr})
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
