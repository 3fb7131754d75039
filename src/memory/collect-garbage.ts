import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'

/**
 * A full collection, after which memory is given back to the system. Never throws: it is a courtesy. A context that is made
 * while the flag is set can ask for one. It is taken back at once, since with it, as with any flag, V8 would refuse
 * all compiled code that is kept. The inspector can do the same, and what it loads for that is 1 MB that stays.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  try {
    const gc: (options: object) => void = runInNewContext('gc')
    gc({type: 'major', execution: 'sync', flavor: 'last-resort'})
  } catch {
    // Without it there is more of it for a while.
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
