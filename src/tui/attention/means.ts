/** What a terminal offers to draw attention to itself. */
export interface Means {
  /** It has a title that can be set and put back (OSC 2, CSI 22 t). */
  title: boolean
  /** `message` is shown as a notification of the desktop (OSC 9). */
  notice: 'message' | 'bell' | undefined
  /** It shows the progress of what runs, in its tab or in the list of windows (OSC 9;4). */
  progress: boolean
}

/** They print what they do not know, or have no window. */
const bare = /^(?:$|dumb|linux|vt\d|cons|unknown)/

/**
 * By name, as no terminal tells what it can do here: one that does not know OSC 9;4 shows it as a notification. In a
 * multiplexer its window hears the bell, and nothing else reaches the terminal around it unless the person allows that.
 */
export function meansOf(env: NodeJS.ProcessEnv): Means {
  const term = env.TERM ?? ''
  if (bare.test(term) && !(term === '' && env.WT_SESSION)) return {title: false, notice: undefined, progress: false}
  if (env.TMUX || env.STY || /^(?:screen|tmux)/.test(term)) return {title: true, notice: 'bell', progress: false}
  const program = env.TERM_PROGRAM ?? ''
  const ghostty = program === 'ghostty' || term === 'xterm-ghostty'
  const messages =
    ghostty || /^(?:iTerm\.app|WezTerm)$/.test(program) || term === 'xterm-kitty' || /^foot(?:-|$)/.test(term)
  return {
    title: true,
    notice: messages ? 'message' : 'bell',
    progress: ghostty || Boolean(env.WT_SESSION) || env.ConEmuANSI === 'ON',
  }
}
