import type {Remedy} from './types.js'

/** Sizes and times as people read them. */

const units = ['bytes', 'KB', 'MB', 'GB', 'TB'] as const

export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export function durationText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** How long ago something was; a clock that was set back leaves times that are yet to come. */
export function agoText(ms: number): string {
  const minutes = Math.floor(Math.abs(ms) / 60_000)
  if (minutes < 1) return 'just now'
  if (ms < 0) return 'in the future'
  if (minutes < 60) return `${minutes} min ago`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`
}

/** `2 deaths`, `1 death`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`
}

/** A remedy in one line. */
export function remedyText(remedy: Remedy): string {
  return typeof remedy === 'string' ? remedy : `${remedy.text}: ${remedy.command}`
}

/** A path as a word of a shell command. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./~\\-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** Words as one command of a shell. */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(' ')
}
