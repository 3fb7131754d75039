/** A search in earlier prompts as a value; `entries` are oldest first. */
export interface HistorySearch {
  query: string
  /** Which entry is shown; undefined as long as nothing was found. */
  at: number | undefined
  /** Towards the newest. */
  forward: boolean
  /** In this direction nothing more was found. */
  failed: boolean
}

export interface HistoryMatch {
  text: string
  /** Where in the text the query stands. */
  from: number
  to: number
}

export function beginSearch(forward: boolean): HistorySearch {
  return {query: '', at: undefined, forward, failed: false}
}

/** Another query: what is shown stays if it matches, else the nearest in the direction, else any does. */
export function searchFor(entries: readonly string[], search: HistorySearch, query: string): HistorySearch {
  if (query === '') return {...beginSearch(search.forward), query}
  const start = search.forward ? 0 : entries.length - 1
  const here = scan(entries, query, search.at ?? start, search.forward)
  const at = here ?? scan(entries, query, start, search.forward)
  return {...search, query, at, failed: at === undefined}
}

/** The next match in this direction, in another text than the one that is shown. */
export function searchOn(entries: readonly string[], search: HistorySearch, forward: boolean): HistorySearch {
  const turned = {...search, forward}
  if (search.query === '') return turned
  if (search.at === undefined) return searchFor(entries, turned, search.query)
  const shown = entries[search.at]
  const at = scan(entries, search.query, search.at + (forward ? 1 : -1), forward, shown)
  return at === undefined ? {...turned, failed: true} : {...turned, at, failed: false}
}

export function matchOf(entries: readonly string[], search: HistorySearch): HistoryMatch | undefined {
  const text = search.at === undefined ? undefined : entries[search.at]
  if (text === undefined) return undefined
  const found = patternOf(search.query).exec(text)
  return found ? {text, from: found.index, to: found.index + found[0].length} : undefined
}

function scan(
  entries: readonly string[],
  query: string,
  from: number,
  forward: boolean,
  besides?: string,
): number | undefined {
  const pattern = patternOf(query)
  for (let at = from; at >= 0 && at < entries.length; at += forward ? 1 : -1) {
    const entry = entries[at] ?? ''
    if (entry !== besides && pattern.test(entry)) return at
  }
  return undefined
}

/** Without regard to case. A lower-case copy may be longer than the text: places in it would be wrong. */
function patternOf(query: string): RegExp {
  return new RegExp(query.toWellFormed().replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu')
}
