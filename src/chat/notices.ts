/** `info` for what is good to know, `warn` for what is not as it should be. */
export type NoticeTone = 'info' | 'warn'

export interface Notices {
  /** A warning, unless said otherwise. */
  add(text: string, tone?: NoticeTone): void
  /** Hears of everything from now on instead of the fallback. Returns the end of it. */
  subscribe(listener: (text: string, tone: NoticeTone) => void): () => void
}

/** Lines for the person: on the screen while there is one, else by `fallback`. */
export function createNotices(fallback: (text: string, tone: NoticeTone) => void): Notices {
  let listener: ((text: string, tone: NoticeTone) => void) | undefined
  return {
    add: (text, tone = 'warn') => (listener ?? fallback)(text, tone),
    subscribe(added) {
      listener = added
      return () => {
        listener = undefined
      }
    },
  }
}
