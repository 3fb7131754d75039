import {setFlagsFromString} from 'node:v8'
import {knowsFlags} from './known-flags.js'

const flag = '--invocation-count-for-turbofan'

/** V8's own, of Node 22 and 24; its help says 3000 of both, and takes kept code with no other than this. */
const DEFAULT = process.versions.v8.startsWith('12.') ? 3000 : 10_000

/** For a gateway. */
const LATE = 30_000

/** For a screen, which goes through each character of each frame: ten turns call some functions more than 100 000 times. */
const LATER = 300_000

/**
 * Flags for Node: V8's last compiler is for what is called 30 000 times, not 3000 or 10 000. Ten turns bring a gateway to it, and the
 * 4.5 MB of its program that this reads stay. 12 000 tokens at 3000 a second take as much of a processor as before. `v8`:
 * default that of this process.
 */
export function lateOptimising(v8?: string): string[] {
  return knowsFlags(v8) ? [`${flag}=${LATE}`] : []
}

let late = false
let loads = 0

/** The same for a screen that runs, from now on: 300 000 times, and 6 MB. */
export function optimiseLate(): void {
  if (late || !knowsFlags()) return
  late = true
  look()
  // Node writes what it keeps of compiled code after this.
  process.once('exit', () => {
    late = false
    look()
  })
}

/** With flags that are not as ever V8 refuses all compiled code that is kept: what is loaded late is loaded so. */
export async function loadKept<T>(load: () => Promise<T>): Promise<T> {
  loads++
  look()
  try {
    return await load()
  } finally {
    loads--
    look()
  }
}

/** For what takes no time: code that is kept has the flags of the moment in it too. */
export function asEver(act: () => void): void {
  loads++
  look()
  try {
    act()
  } finally {
    loads--
    look()
  }
}

let set = DEFAULT

function look(): void {
  const wanted = late && loads === 0 ? LATER : DEFAULT
  if (wanted === set) return
  set = wanted
  setFlagsFromString(`${flag}=${wanted}`)
}
