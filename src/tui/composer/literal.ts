import {parseCommand} from './slash-command.js'

/**
 * What a draft sends that is neither a command nor a line for the shell: `//` and `!!` begin a text with one of them.
 * `whole`: the draft with the long texts in place of their labels; what was pasted is text, whatever it begins with.
 */
export function sentOf(draft: string, whole = draft): string {
  return /^(?:\/\/|!!)/.test(draft) ? whole.slice(1) : whole
}

/** The draft that sends this text: it runs nothing. */
export function draftOf(text: string): string {
  const begun = text.trimStart()
  return parseCommand(begun) || /^(?:\/\/|!)/.test(begun) ? `${begun.charAt(0)}${begun}` : text
}
