/** What every model step begins with: the configured instructions, those of files, and where and when it works. */
export function systemPrompt(options: {
  instructions: string
  /** Ready for it: what files say, and which skills there are. */
  files?: readonly string[]
  cwd: string
  now: Date
  platform: NodeJS.Platform
}): string {
  const {instructions, files = [], cwd, now, platform} = options
  const surroundings = [`Working directory: ${cwd}`, `Platform: ${platform}`, `Date: ${localDate(now)}`].join('\n')
  return [instructions, ...files, surroundings].filter((part) => part !== '').join('\n\n')
}

/** `2026-01-31`, here and now. `toLocaleDateString` loads ICU's tables first: the first word of a reply came 30 ms later. */
function localDate(date: Date): string {
  const digits = [date.getFullYear(), date.getMonth() + 1, date.getDate()]
  return digits.map((part) => String(part).padStart(2, '0')).join('-')
}
