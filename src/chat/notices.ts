export interface Notices {
  add(text: string): void
  /** Hears of everything from now on instead of the fallback. Returns the end of it. */
  subscribe(listener: (text: string) => void): () => void
}

/** Lines for the person: on the screen while there is one, else by `fallback`. */
export function createNotices(fallback: (text: string) => void): Notices {
  let listener: ((text: string) => void) | undefined
  return {
    add: (text) => (listener ?? fallback)(text),
    subscribe(added) {
      listener = added
      return () => {
        listener = undefined
      }
    },
  }
}
