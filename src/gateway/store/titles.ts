import {exitCodes, HermesError} from '../../errors.js'

const MAX_TITLE = 100

/** The title as it is stored: one line, trimmed, 1–100 characters. Undefined where it cannot be one. */
export function normalTitle(title: string): string | undefined {
  const line = title.toWellFormed().normalize('NFC').replace(/\s+/gu, ' ').trim()
  if (line === '' || [...line].length > MAX_TITLE || /\p{Cc}/u.test(line)) return undefined
  return line
}

/** The title for a branch: `Title (2)`, then `Title (3)`; `taken` tells whether a session has it. */
export function branchTitle(title: string, taken: (title: string) => boolean): string {
  const base = title.replace(/ \(\d+\)$/, '')
  for (let number = 2; ; number++) {
    const suffix = ` (${number})`
    const next = [...base].slice(0, MAX_TITLE - suffix.length).join('') + suffix
    if (!taken(next)) return next
  }
}

export function invalidTitle(title: string): HermesError {
  const shown = [...title.replace(/\p{Cc}/gu, '?')].slice(0, 40).join('')
  return new HermesError(`"${shown}" cannot be a session title: a title has 1 to ${MAX_TITLE} printable characters.`, {
    code: 'store/title-invalid',
    exit: exitCodes.usage,
  })
}

export function takenTitle(title: string): HermesError {
  return new HermesError(`Another session has the title "${title}" already.`, {
    code: 'store/title-taken',
    exit: exitCodes.usage,
    suggestions: ['Choose another title.'],
  })
}
