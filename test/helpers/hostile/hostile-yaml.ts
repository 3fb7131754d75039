import fc from 'fast-check'

/** Ten aliases of ten aliases of …: `levels` lines stand for 10^levels entries. */
function bomb(levels: number, wide: number, form: 'list' | 'group'): string {
  const lines = [`a0: &a0 ${form === 'list' ? '[x]' : '{x: 1}'}`]
  for (let level = 1; level <= levels; level++) {
    const of = Array.from({length: wide}, (_, index) => `${form === 'list' ? '' : `k${index}: `}*a${level - 1}`)
    lines.push(`a${level}: &a${level} ${form === 'list' ? `[${of.join(', ')}]` : `{${of.join(', ')}}`}`)
  }
  return lines.join('\n')
}

/** Where in a configuration the value stands: by itself it is what is looked at least. */
const places = [
  (value: string) => `recovery.backoffMs: ${value}`,
  (value: string) => `recovery: {limit: ${value}}`,
  (value: string) => `recovery: ${value}`,
  (value: string) => `reasoningEffort: ${value}`,
  (value: string) => `model: ${value}`,
  (value: string) => `providers: ${value}`,
  (value: string) => `providers: {p: ${value}}`,
  (value: string) => `providers: {p: {models: ${value}}}`,
  (value: string) => `permissions.allow: ${value}`,
  (value: string) => `gateway.command: ${value}`,
  (value: string) => `nonsense: ${value}`,
]

/** Aliases that stand for more than there is memory, or for endlessly much; and much without any alias. */
export const hostileYaml: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...places),
      fc.integer({min: 5, max: 12}),
      fc.constantFrom('list' as const, 'group' as const),
    )
    .map(([place, levels, form]) => `${bomb(levels, 10, form)}\n${place(`*a${levels}`)}\n`),
  fc
    .tuple(
      fc.constantFrom(...places),
      fc.constantFrom('&r [*r]', '&r {a: *r}', '&r [[[*r]], *r]', '&r {a: {b: [*r, *r]}}'),
    )
    .map(([place, value]) => `${place(value)}\n`),
  fc.integer({min: 60, max: 250_000}).map((depth) => `model: ${'['.repeat(depth)}${']'.repeat(depth)}\n`),
  fc.integer({min: 60, max: 250_000}).map((depth) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}\n`),
  fc.constant(`x: &x ${'y'.repeat(500_000)}\nproviders: {p: {models: [${'*x, '.repeat(9000)}]}}\n`),
  fc.integer({min: 11_000, max: 60_000}).map((count) => `recovery.backoffMs: [${'1,'.repeat(count)}]\n`),
  fc.integer({min: 11_000, max: 60_000}).map((count) => Array.from({length: count}, (_, i) => `k${i}: 1`).join('\n')),
)
