/** What a gateway says on stderr of its own end. */
export interface LastWords {
  /** It received this signal. */
  signal?: string
  /** It ended in order, because of this. */
  reason?: string
  /** An error that nobody caught ended it. */
  error?: {name: string; text: string}
}

const signalLine = /^\[gateway-signal\] (SIG[A-Z0-9]+)/
const exitLine = /^\[gateway-exit\] (.+)/
/** Of a thread's error it says the same, and lives on. */
const crashLine = /^\[gateway-crash\] (?!thread .* raised )((?:[A-Za-z_]\w*\.)*([A-Za-z_]\w*)(?:: .*)?)$/
/** What says nothing of an end: an error that it outlived, a tool that it does without. */
const passing = /^\[gateway-crash\] thread |^\[gateway-turn\] |^Could not import tool module /

/** The first of what it said: a broken pipe at the goodbye, or a second signal, is what followed. */
export function firstWords(stderrTail: readonly string[]): LastWords | undefined {
  for (const line of stderrTail) {
    const signal = signalLine.exec(line)?.[1]
    if (signal !== undefined) return {signal}
    const reason = exitLine.exec(line)?.[1]
    if (reason !== undefined) return {reason}
    const [, text, name] = crashLine.exec(line) ?? []
    // Of an error without a message it repeats the name.
    if (text !== undefined && name !== undefined)
      return {error: {name, text: text === `${name}: ${name}` ? name : text}}
  }
  return undefined
}

export const isPassing = (line: string) => passing.test(line)

/** The cause that a reason of its own amounts to. */
export function causeOfReason(reason: string): 'stdin-closed' | 'stdout-closed' | 'silent-exit-0' {
  if (/stdin EOF/.test(reason)) return 'stdin-closed'
  return /broken stdout pipe/.test(reason) ? 'stdout-closed' : 'silent-exit-0'
}

/** What Python writes of a crash in native code: what it was, and where, if that is among the lines. */
export function faultIn(lines: readonly string[]): {message: string; place: string | undefined} | undefined {
  const at = lines.findIndex((line) => /^(?:Fatal Python error|Windows fatal exception): ./.test(line))
  if (at < 0) return undefined
  return {message: (lines[at] ?? '').replace(/^[^:]*: /, ''), place: placeOfFault(lines.slice(at))}
}

/** `decode (/x/core.py:41)`: the innermost frame of the thread that crashed. */
export function placeOfFault(lines: readonly string[]): string | undefined {
  const current = lines.findIndex((line) => line.startsWith('Current thread '))
  const frame = /^ {2}File "(.*)", line (\d+) in (.+)$/.exec((current < 0 ? undefined : lines[current + 1]) ?? '')
  return frame ? `${frame[3]} (${frame[1]}:${frame[2]})` : undefined
}
