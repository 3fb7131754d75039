import {knowsFlags} from './known-flags.js'

/**
 * Flags for Node: V8's last compiler is for what is called 30 000 times, not 3000. Ten turns bring a gateway to it, and the
 * 4.5 MB of its program that this reads stay. 12 000 tokens at 3000 a second take as much of a processor as before. `v8`:
 * default that of this process.
 */
export function lateOptimising(v8?: string): string[] {
  return knowsFlags(v8) ? ['--invocation-count-for-turbofan=30000'] : []
}
