import {setTimeout as sleep} from 'node:timers/promises'
import type {PtyScreen} from '../../test/helpers/pty/pty.js'
import {shows} from './words.js'

/** What is typed to see whether a program listens. */
const PROBE = 'zq'

/** Keys that come right behind others are part of a paste, to some programs. */
const PAUSE = 500

/** Nothing new on the screen for so long: it is drawn. */
const QUIET = 1000

/** Why a program could not be measured: what its screen showed. */
export class NotMeasured extends Error {}

/**
 * Until the program takes what is typed: it has the keyboard (pastes are marked; before, the terminal itself echoes) and
 * a letter shows. Resolves with the milliseconds; the input is as it was found.
 */
export async function untilItListens(screen: PtyScreen, timeout: number): Promise<number> {
  const started = performance.now()
  const left = () => timeout - (performance.now() - started)
  await seen(screen, () => screen.terminal.modes.bracketedPasteMode, 'it did not take the keyboard', left())
  while (!shows(screen.screen(), PROBE)) {
    screen.type(PROBE)
    // What is typed while a program starts may be thrown away by it.
    await seen(screen, () => shows(screen.screen(), PROBE), '', Math.min(2000, left())).catch((error: unknown) => {
      if (left() <= 0) throw new NotMeasured(`it echoes no letter: ${gist(screen)}`, {cause: error})
    })
  }
  const took = performance.now() - started
  for (let tries = 0; shows(screen.screen(), PROBE) && tries < 20; tries++) {
    screen.press('backspace', 'backspace')
    await seen(screen, () => !shows(screen.screen(), PROBE), '', 500).catch(() => {})
  }
  return took
}

/** Types a text, sees it, and presses the key that sends it. */
export async function say(screen: PtyScreen, text: string, key = '\r'): Promise<void> {
  await write(screen, text)
  await sleep(PAUSE)
  screen.type(key)
  await sleep(PAUSE)
}

export async function write(screen: PtyScreen, text: string): Promise<void> {
  screen.type(text)
  await seen(screen, () => shows(screen.screen(), text), `it does not show "${text}" when it is typed`)
}

/** Until a screen has come to rest, at most so long. */
export async function rest(screen: PtyScreen, timeout: number): Promise<void> {
  const deadline = performance.now() + timeout
  for (let last = '', since = performance.now(); performance.now() < deadline; await sleep(50)) {
    const now = screen.scrollback()
    if (now !== last) since = performance.now()
    if (performance.now() - since >= QUIET) return
    last = now
  }
}

/** Waits for a condition; where it does not come true the program is told as not measured, with what it shows. */
export async function seen(screen: PtyScreen, condition: () => boolean, what: string, timeout = 20_000): Promise<void> {
  try {
    await screen.waitFor(
      () => {
        if (screen.ended && !condition()) throw new NotMeasured(`it ended with ${endOf(screen)}: ${gist(screen)}`)
        return condition()
      },
      {timeout: Math.max(1, timeout)},
    )
  } catch (error) {
    throw error instanceof NotMeasured ? error : new NotMeasured(`${what}: ${gist(screen)}`, {cause: error})
  }
}

export function endOf({ended}: PtyScreen): string {
  return ended?.signal ?? `code ${ended?.code}`
}

/** The last lines of a screen that say something, in one. */
export function gist(screen: PtyScreen): string {
  const lines = screen
    .screen()
    .split('\n')
    .map((line) => line.replace(/[\s\u2500-\u259f\u2800-\u28ff]+/g, ' ').trim())
  const text = lines
    .filter((line) => /\w/.test(line))
    .slice(-6)
    .join(' / ')
  return text === '' ? 'its screen is empty' : `"${text.length > 300 ? `${text.slice(0, 299)}…` : text}"`
}
