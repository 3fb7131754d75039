import {closest} from './closest.js'

/** `"recovery.limt" is not a known key; did you mean "recovery.limit"?` */
export function unknownText(word: string, what: string, known: readonly string[]): string {
  return `"${word}" is not ${what}${meantText(closest(word, known))}`
}

/** `"recovery.limit" is "many"; expected a whole number from 0 to 1000`. `found` is quoted where it is text. */
export function wrongText(place: string, found: string, expected: string): string {
  return `${place} is ${found}; expected ${expected}`
}

/** What a choice expects, with the one that was likely meant. */
export function choiceText(found: unknown, choices: readonly string[]): string {
  return `one of ${choices.join(', ')}${meantText(typeof found === 'string' ? closest(found, choices) : undefined)}`
}

export function meantText(meant: string | undefined): string {
  return meant === undefined ? '' : `; did you mean "${meant}"?`
}

/** `"b" is an argument too many: hermes config get takes KEY` */
export function extraText(words: readonly string[], command: string, takes: readonly string[]): string {
  const list = words.map((word) => `"${word}"`).join(', ')
  return `${list} is an argument too many: ${command} takes ${takes.length > 0 ? takes.join(' ') : 'none'}`
}
