/** Whoever hears the screen, or has a terminal that can do no more, gets lines, each appended to the last. */
export function wantsLines(
  env: NodeJS.ProcessEnv,
  {flag, platform = process.platform}: {flag?: boolean | undefined; platform?: NodeJS.Platform} = {},
): boolean {
  if (flag !== undefined) return flag
  const own = env.HERMES_SCREEN_READER?.trim() ?? ''
  if (own !== '') return /^(?:1|true|yes|on)$/i.test(own)
  const term = env.TERM ?? ''
  // Terminals of Windows have no name, and can do all of it.
  return term === 'dumb' || (term === '' && platform !== 'win32')
}
