import {type Checked, type CheckOptions, checkPlugin} from './check-plugin.js'
import type {WorkedOn} from './find-plugin.js'
import {watchPlugin} from './watch-files.js'

export interface WatchOptions extends CheckOptions {
  /** Time of day, for what is shown. */
  now: () => string
  say: (line: string) => void
  /** Ends it. */
  signal: AbortSignal
}

/**
 * Checks a plugin now and after each change, until it is ended. What a check finds is shown where it is not what the one
 * before it found; a result that stays the same is told in a line, and that once.
 */
export async function watchAndCheck(plugin: WorkedOn, options: WatchOptions): Promise<void> {
  const {say, now, signal} = options
  let shown = ''
  let same = 0
  const check = async () => {
    const found = await checkPlugin(plugin, options)
    if (signal.aborted) return
    const text = stable(found)
    if (text !== shown) {
      say(`${now()} ${found.lines.join('\n  ')}`)
      same = 0
    } else if (same++ === 0) say(`${now()} changed, and as before`)
    shown = text
  }
  // Before it is looked at: what is changed from here on is told again.
  const watch = watchPlugin(plugin, check)
  try {
    await check()
    if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  } finally {
    watch.stop()
  }
}

/** How long a hook took is no news. */
const stable = ({lines}: Checked) => lines.join('\n').replace(/ in \d+ ms$/gm, '')
