import type {Opening} from '../tui/terminal/opening.js'

let opened: Opening | undefined

/** The screen that is there already, until the chat takes it. */
export function keepOpening(opening: Opening | undefined): void {
  opened = opening
}

export function takeOpening(): Opening | undefined {
  const opening = opened
  opened = undefined
  return opening
}
