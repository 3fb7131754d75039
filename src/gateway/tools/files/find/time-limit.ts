import {createContext, Script} from 'node:vm'

/** Runs a piece of work and gives its value. Throws an Error in words when it takes too long. */
export type TimeLimit = <T>(work: () => T) => T

/**
 * A limit for work that can take years, as a model's expression on a line of 40 characters does, and
 * during which nothing else would run: V8 looks at it also while an expression backtracks. A call costs
 * 0.15 ms. With `total` all calls together have that time, else each one.
 */
export function createTimeLimit(ms: number, tooLong: string, options: {total: boolean}): TimeLimit {
  const box: {run: () => unknown} = {run: () => undefined}
  const context = createContext({box})
  const script = new Script('box.run()')
  let left = ms
  return <T>(work: () => T): T => {
    box.run = work
    const started = performance.now()
    try {
      return script.runInContext(context, {timeout: Math.max(1, Math.ceil(left))}) as T
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw new Error(tooLong, {cause: error})
    } finally {
      box.run = () => undefined
      if (options.total) left -= performance.now() - started
    }
  }
}
