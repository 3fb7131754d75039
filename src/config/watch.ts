import {type FSWatcher, statSync, watch} from 'node:fs'
import path from 'node:path'
import type {Place} from './discover.js'

/** An editor writes a file in several steps. */
const SETTLE_MS = 100

export interface PlacesWatch {
  /** Watches these from now on: another file may have come to be one. */
  follow(places: readonly Place[]): void
  stop(): void
}

/**
 * Calls `changed` a moment after a configuration file was written, made, replaced or removed in any of
 * the places where one may be. What the system can't watch (some network file systems, no watches
 * left) is left out: a change then counts from the next start. Holds no process.
 */
export function watchPlaces(places: readonly Place[], changed: () => void): PlacesWatch {
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined

  const touched = () => {
    clearTimeout(timer)
    timer = setTimeout(changed, SETTLE_MS)
    timer.unref()
  }
  const stop = () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const follow = (wanted: readonly Place[]) => {
    stop()
    for (const [directory, names] of watchedNames(wanted.map((place) => place.path))) {
      try {
        const watcher = watch(directory, {persistent: false}, (_, name) => {
          if (name === null || names.has(name)) touched()
        })
        watcher.on('error', () => watcher.close())
        watchers.push(watcher)
      } catch {}
    }
  }
  follow(places)
  return {follow, stop}
}

/**
 * The folders to watch, and which names in each: a file's own folder, or where that is not there yet
 * the nearest one above it that is.
 */
export function watchedNames(files: readonly string[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const file of files) {
    let name = path.basename(file)
    let directory = path.dirname(file)
    while (!isDirectory(directory) && directory !== path.dirname(directory)) {
      name = path.basename(directory)
      directory = path.dirname(directory)
    }
    const known = names.get(directory) ?? new Set()
    names.set(directory, known.add(name))
  }
  return names
}

function isDirectory(folder: string): boolean {
  try {
    return statSync(folder, {throwIfNoEntry: false})?.isDirectory() ?? false
  } catch {
    return false
  }
}
