import {versionOf} from '../links.js'

/** None, the sixteen of the terminal, the palette of 256, any. */
export type ColourLevel = 0 | 1 | 2 | 3

const anyColour = /^(?:xterm-kitty|xterm-ghostty|foot(?:-|$)|alacritty|wezterm|contour|iterm)|-direct/
const programs = new Set(['WezTerm', 'ghostty', 'vscode', 'rio', 'Tabby', 'Hyper', 'mintty'])

/**
 * How many colours the terminal shows, by what it says of itself. `FORCE_COLOR` (`0`, `1`, `2`, `3`, `false`) decides
 * where it is set, as in Node; `NO_COLOR` (any non-empty value) takes colours away.
 */
export function colourLevel(env: NodeJS.ProcessEnv): ColourLevel {
  const {TERM = '', COLORTERM = '', TERM_PROGRAM = '', FORCE_COLOR: forced} = env
  if (TERM === 'dumb') return 0
  if (forced === '0' || forced === 'false') return 0
  if (forced === '1' || forced === '2' || forced === '3') return Number(forced) as ColourLevel
  if (env.NO_COLOR && !forced) return 0
  if (/^(?:truecolor|24bit)$/.test(COLORTERM) || anyColour.test(TERM) || programs.has(TERM_PROGRAM)) return 3
  if (env.WT_SESSION || Number(env.VTE_VERSION) >= 3600 || env.KONSOLE_VERSION) return 3
  if (TERM_PROGRAM === 'iTerm.app') return versionOf(env.TERM_PROGRAM_VERSION) >= 3 ? 3 : 2
  return /-256(?:color)?$/.test(TERM) || TERM_PROGRAM === 'Apple_Terminal' || COLORTERM !== '' ? 2 : 1
}
