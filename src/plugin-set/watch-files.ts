import {type FSWatcher, readdirSync, watch} from 'node:fs'
import path from 'node:path'
import type {WorkedOn} from './find-plugin.js'

/** An editor or a build writes files in several steps. */
const SETTLE_MS = 150
/** Of what changes all the time, such as a plugin that writes into its own folder, each change waits up to so long. */
const MAX_SETTLE_MS = 5000
/** A change so soon after a check counts as of the same restlessness. */
const CALM_MS = 1500
/** Folders that are watched; more has no plugin. */
const MAX_FOLDERS = 200

const sources = /\.(?:[cm]?[jt]sx?|json)$/
const left = new Set(['node_modules', 'coverage'])

/** How long to wait for quiet before the next check, milliseconds. Pure. */
export function settleMs(before: number, sinceCheckMs: number): number {
  return sinceCheckMs < CALM_MS + before ? Math.min(before * 2, MAX_SETTLE_MS) : SETTLE_MS
}

/**
 * Calls `changed` when sources of the plugin have changed and are quiet again, one call after another. What is installed
 * in it is left out. Holds the process until it is stopped.
 */
export function watchPlugin(plugin: WorkedOn, changed: () => Promise<void>): {stop(): void} {
  let watchers: FSWatcher[] = []
  let timer: NodeJS.Timeout | undefined
  let wait = SETTLE_MS
  let checkedAt = Number.NEGATIVE_INFINITY
  let busy = false
  let again = false
  let stopped = false
  const hold = setInterval(() => {}, 2 ** 30)

  const isMeant = (name: string | null) =>
    plugin.kind === 'file' ? name === path.basename(plugin.file) : name === null || sources.test(name)

  function open(): void {
    for (const watcher of watchers) watcher.close()
    watchers = (plugin.kind === 'file' ? [path.dirname(plugin.file)] : foldersOf(plugin.root)).flatMap((folder) => {
      try {
        const watcher = watch(folder, {persistent: false}, (_, name) => {
          // A folder that came or went has no ending.
          if (isMeant(name) || (plugin.kind === 'package' && name !== null && path.extname(name) === '')) touched()
        })
        watcher.on('error', () => watcher.close())
        return [watcher]
      } catch {
        return []
      }
    })
  }

  function touched(): void {
    if (stopped) return
    if (busy) {
      again = true
      return
    }
    // What follows a check is one more; what comes while it is waited for is the same.
    if (timer === undefined) wait = settleMs(wait, performance.now() - checkedAt)
    clearTimeout(timer)
    timer = setTimeout(() => void check(), wait)
  }

  async function check(): Promise<void> {
    timer = undefined
    busy = true
    again = false
    open()
    try {
      await changed()
    } finally {
      busy = false
      checkedAt = performance.now()
      if (again) touched()
    }
  }

  open()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
      clearInterval(hold)
      for (const watcher of watchers) watcher.close()
    },
  }
}

/** The plugin's folder and those in it, but for what is hidden or installed. */
function foldersOf(root: string): string[] {
  const folders = [root]
  for (let index = 0; index < folders.length && folders.length < MAX_FOLDERS; index++) {
    const folder = folders[index] as string
    try {
      for (const entry of readdirSync(folder, {withFileTypes: true})) {
        if (entry.isDirectory() && !entry.name.startsWith('.') && !left.has(entry.name))
          folders.push(path.join(folder, entry.name))
      }
    } catch {
      // It is gone.
    }
  }
  return folders.slice(0, MAX_FOLDERS)
}
