/** What every model step begins with: the configured instructions, and where and when it works. */
export function systemPrompt(options: {
  instructions: string
  cwd: string
  now: Date
  platform: NodeJS.Platform
}): string {
  const {instructions, cwd, now, platform} = options
  const surroundings = [
    `Working directory: ${cwd}`,
    `Platform: ${platform}`,
    `Date: ${now.toLocaleDateString('en-CA', {year: 'numeric', month: '2-digit', day: '2-digit'})}`,
  ].join('\n')
  return [instructions, surroundings].filter((part) => part !== '').join('\n\n')
}
