import {setFlagsFromString} from 'node:v8'
import {knowsFlags} from './known-flags.js'

/** Flags of V8, its own value, and a hundred or a thousand times that. */
const budgets = [
  ['--wasm-tiering-budget', 13_000_000, 1_300_000_000],
  ['--wasm-wrapper-tiering-budget', 1000, 1_000_000],
] as const

/**
 * WebAssembly that is loaded so is compiled again by V8's last compiler when it has done that much more. Yoga comes to it in
 * ten turns, and 3.5 MB of V8's program are read for that. The flags are set back: with any that is not as it was, V8 refuses
 * all compiled code that is kept.
 */
export async function loadLateWasm<T>(load: () => Promise<T>): Promise<T> {
  if (!knowsFlags()) return load()
  for (const [flag, , late] of budgets) setFlagsFromString(`${flag}=${late}`)
  try {
    return await load()
  } finally {
    for (const [flag, ours] of budgets) setFlagsFromString(`${flag}=${ours}`)
  }
}
