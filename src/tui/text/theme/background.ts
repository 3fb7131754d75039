import {type Hex, hexOf} from './colour.js'

/** Asks the terminal for its background (OSC 11). Nobody waits for the answer, which many terminals don't give. */
export const BACKGROUND_QUERY = '\x1b]11;?\x1b\\'

const answer = /^11;rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?$/i
const shortAnswer = /^11;#([\da-f]{6})$/i

/** The background in an answer, which is given without its brackets: `11;rgb:1e1e/1e1e/2e2e`. */
export function backgroundIn(text: string): Hex | undefined {
  const [, ...parts] = answer.exec(text) ?? []
  // Of each colour one to four digits: `f` is as much as `ffff`.
  if (parts.length > 0) return hexOf(parts.map((part) => (Number.parseInt(part, 16) / (16 ** part.length - 1)) * 255))
  const [, hex] = shortAnswer.exec(text) ?? []
  return hex === undefined ? undefined : `#${hex.toLowerCase()}`
}

/** `COLORFGBG` as rxvt, Konsole and others set it: `15;0`, `0;default;15`. It tells dark from light, no more. */
export function backgroundOfEnv(env: NodeJS.ProcessEnv): Hex | undefined {
  const [, number] = /^\d{1,2};(?:[^;]*;)?(\d{1,2})$/.exec(env.COLORFGBG ?? '') ?? []
  if (number === undefined || Number(number) > 15) return undefined
  return Number(number) === 7 || Number(number) > 8 ? '#ffffff' : '#000000'
}

/** Whether the terminal is asked: not one that has no colours to choose, nor the console of Linux, which may print it. */
export function asksBackground(env: NodeJS.ProcessEnv, colours: number): boolean {
  return colours > 1 && !/^(?:linux|vt\d|cons|screen$|screen\.)/.test(env.TERM ?? '')
}
