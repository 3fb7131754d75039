import type {CompactionRow} from '../store/types.js'

/** One line on a compaction, for the person: `compacted: 182k → 24k tokens, 140 messages are a summary now`. */
export function compactionLine(
  row: Pick<CompactionRow, 'tokensBefore' | 'tokensAfter' | 'messages' | 'results'>,
): string {
  const {tokensBefore, tokensAfter, messages, results} = row
  const what = [
    ...(messages > 0 ? [`${messages} ${messages === 1 ? 'message is' : 'messages are'} a summary now`] : []),
    ...(results > 0 ? [`${results} ${results === 1 ? 'tool result is' : 'tool results are'} cut to an outline`] : []),
  ]
  const sizes = `${shortCount(tokensBefore)} → ${shortCount(tokensAfter)} tokens`
  return `compacted: ${[sizes, ...what].join(', ')} · /compact undo`
}

/** `640`, `1.2k`, `182k`, `1.1M`. */
export function shortCount(count: number): string {
  if (count < 1000) return String(count)
  if (count < 10_000) return `${(count / 1000).toFixed(1)}k`
  if (count < 1_000_000) return `${Math.round(count / 1000)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}
