// CommonJS: a bundle loads it late only through a module of ours.
import satisfies from 'semver/functions/satisfies.js'
import validRange from 'semver/ranges/valid.js'

/** Whether the version is in the range (`^0.2.0`); undefined for what is no range. A version before 1.0 counts as any. */
export function isInRange(version: string, range: string): boolean | undefined {
  return validRange(range) === null ? undefined : satisfies(version, range, {includePrerelease: true})
}
