import type {FlagInput} from '@oclif/core/interfaces'

/** In place of a value that was left out: no argument of a process can hold it. */
export const LEFT_OUT = '\0'

/**
 * The same arguments with {@link LEFT_OUT} as the value of the flag `name` where that has none: it is the last word, or what
 * follows begins with a dash. oclif knows flags that take a value and such that take none, and nothing between. A value that
 * begins with a dash is written `--flag=-value`. What is the value of another flag, or follows `--`, stays as it is.
 */
export function withLeftOutValue(argv: readonly string[], name: string, flags: FlagInput): string[] {
  const byLetter = new Map(Object.entries(flags).map(([long, flag]) => [flag.char as string | undefined, long]))
  const takesValue = (long: string | undefined) => long !== undefined && flags[long]?.type === 'option'
  const result = [...argv]
  for (let at = 0; at < result.length; at++) {
    const word = result[at] ?? ''
    if (word === '--') break
    const long = word.startsWith('--') ? word.slice(2) : lastOfCluster(word)
    if (!takesValue(long)) continue
    const next = result[at + 1]
    if (long !== name || (next !== undefined && !/^-./.test(next))) at++
    else result[at] = word.startsWith('--') ? `${word}=${LEFT_OUT}` : `${word}${LEFT_OUT}`
  }
  return result

  /** The flag that ends `-cr`, where those before it take no value; else it is their value, or nothing known. */
  function lastOfCluster(word: string): string | undefined {
    if (!/^-[^-]/.test(word)) return undefined
    const letters = [...word.slice(1)].map((letter) => byLetter.get(letter))
    const isWhole = letters.slice(0, -1).every((each) => each !== undefined && !takesValue(each))
    return isWhole ? letters.at(-1) : undefined
  }
}
