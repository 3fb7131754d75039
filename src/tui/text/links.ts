/** A paint for an address; undefined where nothing may lead there, or the terminal can't. */
export type LinkPaint = (href: string) => ((text: string) => string) | undefined

/** Longer ones some terminals cut or refuse. */
const MAX_ADDRESS = 2000

/** OSC 8, for terminals that are known to have it. */
export function linkPaint(env: NodeJS.ProcessEnv): LinkPaint {
  if (!hasLinks(env)) return () => undefined
  return (href) => {
    const address = linkAddress(href)
    if (address === undefined) return undefined
    const open = `\x1b]8;id=${idOf(address)};${address}\x1b\\`
    return (text) => (text === '' ? text : `${open}${text}\x1b]8;;\x1b\\`)
  }
}

/** The address as a terminal may be given it: of few schemes, in printable ASCII; undefined for all others. */
export function linkAddress(href: string): string | undefined {
  if (href.length > MAX_ADDRESS || !URL.canParse(href)) return undefined
  const {protocol, href: address} = new URL(href)
  if (!['http:', 'https:', 'mailto:', 'file:'].includes(protocol)) return undefined
  return /^[!-~]+$/.test(address) && address.length <= MAX_ADDRESS ? address : undefined
}

/** The pieces of a link that is broken over rows belong together. */
function idOf(address: string): string {
  let hash = 5381
  for (let at = 0; at < address.length; at++) hash = (hash * 33 + address.charCodeAt(at)) >>> 0
  return hash.toString(36)
}

const programs = new Set(['iTerm.app', 'WezTerm', 'ghostty', 'vscode', 'mintty', 'rio', 'Tabby', 'Hyper'])
const terminals = /^(?:xterm-kitty|xterm-ghostty|foot(?:-|$)|alacritty|wezterm|contour)/

function hasLinks(env: NodeJS.ProcessEnv): boolean {
  // tmux tells links apart from 3.4 on; what is around it does not count.
  if (env.TMUX || env.TERM_PROGRAM === 'tmux') {
    return env.TERM_PROGRAM === 'tmux' && versionOf(env.TERM_PROGRAM_VERSION) >= 3.04
  }
  if (env.STY || env.TERM === 'dumb' || /^(?:screen|tmux|linux)/.test(env.TERM ?? '')) return false
  if (programs.has(env.TERM_PROGRAM ?? '') || terminals.test(env.TERM ?? '')) return true
  return Boolean(env.WT_SESSION || env.KONSOLE_VERSION || Number(env.VTE_VERSION) >= 5000)
}

/** `3.3a` as 3.03: comparable. */
export function versionOf(text = ''): number {
  const [, major = '0', minor = '0'] = /^(?:next-)?(\d{1,4})\.(\d{1,2})/.exec(text) ?? []
  return Number(major) + Number(minor) / 100
}
