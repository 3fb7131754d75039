/** USD as a person reads them: `$0`, `$0.0042`, `$0.12`, `$1,234`. `unpriced`: something of unknown price comes on top. */
export function dollars(usd: number, {unpriced = false}: {unpriced?: boolean} = {}): string {
  const amount = Math.abs(usd)
  const digits =
    amount === 0 || amount >= 1000 ? 0 : amount >= 0.1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(amount)))
  const text = amount.toLocaleString('en', {minimumFractionDigits: Math.min(digits, 2), maximumFractionDigits: digits})
  return `${unpriced ? '≥ ' : ''}${usd < 0 ? '-' : ''}$${text}`
}

/** A price as it is written in a list: `$2`, `$0.25`. */
export function price(usd: number): string {
  return `$${usd.toLocaleString('en', {maximumSignificantDigits: 4})}`
}

/** A number of tokens in few signs: `950`, `128k`, `1M`, `1.05M`. */
export function shortTokens(tokens: number): string {
  const rounded = (value: number) => value.toLocaleString('en', {maximumSignificantDigits: 3, useGrouping: false})
  if (tokens < 1000) return `${tokens}`
  return tokens < 999_500 ? `${rounded(tokens / 1000)}k` : `${rounded(tokens / 1_000_000)}M`
}
