import {HermesError} from '../errors.js'
import type {Death, FoundDeaths} from './deaths/types.js'

/** Exit code of what could not be examined. */
export const NOT_EXAMINED = 2

/** The death of that id, of an id that begins so, or the `last`. Throws a HermesError where there is none, or several. */
export function findCrash({deaths, crashLog}: Pick<FoundDeaths, 'deaths'> & {crashLog: string}, id: string): Death {
  const exact = deaths.filter((death) => death.id === id)
  const meant =
    id === 'last' ? deaths.slice(-1) : exact.length > 0 ? exact : deaths.filter((death) => death.id.startsWith(id))
  const [death] = meant
  if (death && meant.length === 1) return death
  const problem =
    meant.length > 1
      ? `${meant.length} deaths begin with ${JSON.stringify(id)}`
      : id === 'last'
        ? `there is no death in ${crashLog}`
        : `no death ${JSON.stringify(id)} in ${crashLog}`
  throw new HermesError(problem, {
    code: 'doctor/no-such-crash',
    exit: NOT_EXAMINED,
    suggestions:
      id === 'last'
        ? []
        : meant.length > 1
          ? meant.slice(0, 5).map((each) => `hermes doctor crash ${each.id}`)
          : ['hermes doctor crashes'],
  })
}
