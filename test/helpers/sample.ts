/** Set by `npm run soak`: all cases are tried, and as many drawn ones as the tests were written with. */
export const isThorough = process.env.HERMES_TEST_THOROUGH === '1'

/** Some of the cases in their order, others each time; all where it is thorough. */
export function someOf<T>(cases: readonly T[], count: number): T[] {
  if (isThorough) return [...cases]
  const drawn = cases.map((_, index) => ({index, at: Math.random()})).sort((a, b) => a.at - b.at)
  const chosen = new Set(drawn.slice(0, count).map(({index}) => index))
  return cases.filter((_, index) => chosen.has(index))
}

/** How many inputs are drawn: a part of them where it is not thorough. */
export function runs(thorough: number, otherwise: number): number {
  return isThorough ? thorough : otherwise
}
