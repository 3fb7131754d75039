import {type FSWatcher, realpathSync, statSync, watch} from 'node:fs'
import path from 'node:path'

/** An editor writes a file in several steps. */
const SETTLE_MS = 100

/**
 * Calls `changed` a moment after any of the files was written, made, replaced or removed. What the system can't watch (some network file systems, no watches
 * left) is left out: a change then counts from the next start. Holds no process.
 */
export function watchFiles(files: readonly string[], changed: () => void): {stop(): void} {
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined

  const touched = () => {
    clearTimeout(timer)
    timer = setTimeout(settled, SETTLE_MS)
    timer.unref()
  }
  const close = () => {
    for (const watcher of watchers) watcher.close()
    watchers = []
  }
  const open = () => {
    close()
    for (const [directory, names] of watchedNames(files)) {
      try {
        const watcher = watch(directory, {persistent: false}, (_, name) => {
          if (name === null || names.has(name)) touched()
        })
        watcher.on('error', () => watcher.close())
        watchers.push(watcher)
      } catch {}
    }
  }
  const settled = () => {
    // Folders may have come or gone. Before anything is read: what is changed from here on is told again.
    open()
    changed()
  }
  open()
  return {
    stop() {
      clearTimeout(timer)
      close()
    },
  }
}

/**
 * The folders to watch, and which names in each: a file's own folder, or where that is not there yet
 * the nearest one above it that is. Of a link both it and the file that it leads to.
 */
export function watchedNames(files: readonly string[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>()
  for (const file of new Set(files.flatMap((each) => [each, realPath(each)]))) {
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

/** The file itself where nothing is there. */
function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    return file
  }
}

function isDirectory(folder: string): boolean {
  try {
    return statSync(folder, {throwIfNoEntry: false})?.isDirectory() ?? false
  } catch {
    return false
  }
}
