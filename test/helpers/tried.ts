/** Says how many inputs a generator test has tried: a test that tries none would pass too. */
export function tellTried(count: number, what: string): void {
  process.stdout.write(`\n  ${what}: ${count} inputs tried\n`)
}
