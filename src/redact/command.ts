import {redacted} from './mask.js'
import {isSecretName} from './names.js'

/**
 * The words of a command without what may be a secret among them: what stands behind a flag whose name says so, and
 * behind any flag of one letter, whose meaning only that program knows (`-k`, `-p`, `-H`). A word too much costs whoever
 * reads a log a look into the configuration; a word too few costs a key. What tells which program it is stays: words
 * without a flag, and what a shell, Python or Node is told to run.
 */
export function redactCommand(words: readonly string[], mask: string = redacted): string[] {
  return partsOf(words).map(({kept, secret}) => (secret === undefined ? kept : `${kept}${mask}`))
}

/** What {@link redactCommand} takes out: a program that doesn't know its arguments repeats them in its last words. */
export function secretsOfCommand(words: readonly string[]): string[] {
  return partsOf(words).flatMap(({secret}) => secret ?? [])
}

interface Part {
  kept: string
  secret?: string
}

function partsOf(words: readonly string[]): Part[] {
  const runs = interpreter.test(words[0] ?? '') ? toRun : undefined
  return words.map((word, index) => {
    if (index === 0) return {kept: word}
    const before = words[index - 1] ?? ''
    if (!word.startsWith('-')) {
      return index > 1 && !runs?.has(before) && takesSecret(before) ? {kept: '', secret: word} : {kept: word}
    }
    const [start, name = ''] = /^--?([A-Za-z][\w.-]*)=/.exec(word) ?? []
    if (start !== undefined) {
      return isSecretName(name) || name.length === 1 ? cutAfter(word, start.length) : {kept: word}
    }
    // `-kVALUE`; three letters can be three flags.
    return /^-[A-Za-z].{3,}/.test(word) && !/^-[a-z]+(?:-[a-z]+)*$/.test(word) ? cutAfter(word, 2) : {kept: word}
  })
}

function cutAfter(word: string, length: number): Part {
  return {kept: word.slice(0, length), secret: word.slice(length)}
}

const interpreter = /(?:^|[\\/])(?:(?:ba|da|z|k)?sh|python[\d.]*|node)(?:\.exe)?$/
const toRun = new Set(['-c', '-m', '-e'])

function takesSecret(flag: string): boolean {
  if (/^-[A-Za-z]$/.test(flag)) return true
  const name = /^--?([A-Za-z][\w.-]+)$/.exec(flag)?.[1]
  return name !== undefined && isSecretName(name)
}
