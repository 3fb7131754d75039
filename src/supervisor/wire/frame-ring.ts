import type {FrameNote} from '../types.js'

/** The bug is in the last minute; so many rows of it fit into 40 KB. */
const KEPT_MS = 60_000
const MAX_ROWS = 400

/** Anything else in place of a name could be a part of what was said. */
const nameShape = /^[\w.:/-]{1,64}$/

interface Row {
  note: FrameNote
  generation: number
  /** UTC epoch, milliseconds. */
  from: number
  until: number
  count: number
  bytes: number
}

/**
 * What went over the wire in the last minute, without contents: which way, what kind, how many bytes,
 * when. A run of events of one kind is one row: a reply has 30 a second and more.
 */
export class FrameRing {
  readonly #rows: Row[] = []
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  add(generation: number, note: FrameNote): void {
    const now = this.#now()
    const last = this.#rows.at(-1)
    if (last && note.id === undefined && sameKind(last, generation, note)) {
      last.until = now
      last.count += 1
      last.bytes += note.bytes
      return
    }
    this.#rows.push({note, generation, from: now, until: now, count: 1, bytes: note.bytes})
    if (this.#rows.length > MAX_ROWS) this.#rows.shift()
  }

  /** `2026-11-23T18:42:00.123Z gen=2 > prompt.submit id=r12 bytes=96`, oldest first. */
  lines(): string[] {
    const since = this.#now() - KEPT_MS
    return this.#rows.filter(({until}) => until >= since).map(lineOf)
  }
}

function sameKind({note, generation}: Row, of: number, other: FrameNote): boolean {
  return generation === of && note.id === undefined && note.sent === other.sent && note.name === other.name
}

function lineOf({note, generation, from, until, count, bytes}: Row): string {
  const name = nameShape.test(note.name) ? note.name : '?'
  const id = note.id === undefined ? '' : ` id=${nameShape.test(note.id) ? note.id : '?'}`
  const many = count === 1 ? '' : ` count=${count} until=${new Date(until).toISOString()}`
  const head = `${new Date(from).toISOString()} gen=${generation} ${note.sent ? '>' : '<'}`
  return `${head} ${name}${id} bytes=${bytes}${many}`
}
