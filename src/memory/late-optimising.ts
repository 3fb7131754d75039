import {setFlagsFromString} from 'node:v8'
import {Script} from 'node:vm'
import {knowsFlags} from './known-flags.js'

const flag = '--invocation-count-for-turbofan'

/** V8's own, with the compiler before the last one and without it; its help says 3000 of both. */
const ours = [10_000, 3000]

/** For a gateway. */
const LATE = 30_000

/**
 * For a screen, which goes through each character of each frame, so many times V8's own: ten turns call some functions more than
 * 100 000 times.
 */
const TIMES = 30

/**
 * Flags for Node: V8's last compiler is for what is called 30 000 times, not 3000 or 10 000. Ten turns bring a gateway to it, and the
 * 4.5 MB of its program that this reads stay. 12 000 tokens at 3000 a second take as much of a processor as before. `v8`:
 * default that of this process.
 */
export function lateOptimising(v8?: string): string[] {
  return knowsFlags(v8) ? [`${flag}=${LATE}`] : []
}

let asIs: number | undefined
let set: number | undefined
let late = false
let loads = 0

/** The same for a screen that runs, from now on: 300 000 times, and 6 MB. */
export function optimiseLate(): void {
  if (late || !knowsFlags()) return
  asIs ??= ownCount()
  set = asIs
  late = asIs !== undefined
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

function look(): void {
  if (asIs === undefined) return
  const wanted = late && loads === 0 ? asIs * TIMES : asIs
  if (wanted === set) return
  set = wanted
  setFlagsFromString(`${flag}=${wanted}`)
}

/** With which V8 takes what it kept before anything was set: another text of one length, or it would not look. */
function ownCount(): number | undefined {
  const cachedData = new Script('0').createCachedData()
  return ours.find((count, at) => {
    setFlagsFromString(`${flag}=${count}`)
    return !new Script(String(at + 1), {cachedData}).cachedDataRejected
  })
}
