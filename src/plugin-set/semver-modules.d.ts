/** semver has no declarations of its own. */
declare module 'semver/functions/satisfies.js' {
  export default function satisfies(version: string, range: string, options?: {includePrerelease?: boolean}): boolean
}
declare module 'semver/ranges/valid.js' {
  /** The range in its one spelling; null for what is none. */
  export default function validRange(range: string): string | null
}
