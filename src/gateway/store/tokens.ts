/** English takes a token for about four characters, code for three: it is told as an estimate. */
const CHARS_PER_TOKEN = 4

export function estimatedTokens(characters: number): number {
  return Math.ceil(characters / CHARS_PER_TOKEN)
}
