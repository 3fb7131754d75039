import {type LinkPaint, linkPaint} from './links.js'
import {type Hex, mixed, nearestOfPalette, rgbOf} from './theme/colour.js'
import {type ColourLevel, colourLevel} from './theme/level.js'
import {type Colour, type Role, roles, type Theme, themes} from './theme/themes.js'
import {emojiText} from './width.js'

/** A text in a colour or weight; without colours the text itself. */
export type Paint = (text: string) => string

/** What the parts of code are painted with. */
export interface CodeStyle {
  /** Code in a sentence. */
  span: Paint
  /** Code of no known language, and what is none of the others. */
  text: Paint
  keyword: Paint
  string: Paint
  number: Paint
  comment: Paint
  /** What is defined: a function, a class, a section. */
  title: Paint
  /** Types, and what the language brings. */
  type: Paint
  /** Names of members, attributes, keys. */
  attribute: Paint
  meta: Paint
  added: Paint
  removed: Paint
  /** The line above a code block, with its language. */
  head: Paint
}

export interface Style {
  color: boolean
  /** The program's name. */
  brand: Paint
  /** Where one types, and what is chosen. */
  accent: Paint
  good: Paint
  busy: Paint
  warning: Paint
  error: Paint
  /** Lines that part things. */
  edge: Paint
  addition: Paint
  deletion: Paint
  hunk: Paint
  bold: Paint
  /** What is said by the way. */
  dim: Paint
  italic: Paint
  underline: Paint
  inverse: Paint
  /** Of six levels, each tells itself from the others without colours too. */
  heading: readonly [Paint, Paint, Paint, Paint, Paint, Paint]
  code: CodeStyle
  /** What the person said, in rows of at most `width` columns: on a tint, or below a line. */
  prompt(rows: readonly string[], width: number): string[]
  /** The label of a link, and its address beside it. */
  label: Paint
  address: Paint
  /** Marks of lists, quotes, tables, footnotes. */
  mark: Paint
  /** Makes a text lead to an address, where the terminal can and the address may. */
  link: LinkPaint
  /** Emoji that the terminal draws as wide as they are counted. */
  emoji: (text: string) => string
}

/** Who draws asks for the style each time: it changes with the theme. */
export interface Styled {
  readonly style: Style
}

export interface StyleOptions {
  /** Default what the environment says. */
  level?: ColourLevel
  /** Default the colours of the terminal. */
  theme?: Theme
  /** Where it is known, and the theme is made for it. */
  background?: Hex | undefined
}

/** The rest of a row in the colour that is set, without a character that one would copy. Below the text, not behind it. */
const FILL = '\x1b[K'

/** Longer lines lead the eye no better. */
const LONGEST_LINE = 100

const plain: Paint = (text) => text

/** Without colours weights are left; a terminal that calls itself dumb gets neither. */
export function createStyle(env: NodeJS.ProcessEnv, options: StyleOptions = {}): Style {
  const dumb = env.TERM === 'dumb'
  const level = options.level ?? colourLevel(env)
  const theme = options.theme ?? (level === 0 ? themes.plain : themes.sixteen)
  const weight = (open: number, close: number) => (dumb ? plain : sgr(String(open), close))
  const [bold, faint, italic, underline] = [weight(1, 22), weight(2, 22), weight(3, 23), weight(4, 24)]
  const hue = (role: Role): Paint => {
    const colour = theme.colours[role]
    if (colour !== undefined && level > 0) return sgr(foreground(colour, level), 39)
    return theme.faint && quiet.has(role) ? faint : plain
  }
  const paints = Object.fromEntries(roles.map((role) => [role, hue(role)])) as Record<Role, Paint>
  const {brand, accent, good, busy, warning, error, edge, addition, deletion, hunk, heading, muted} = paints
  const {span, keyword, string, number, comment, title, type, attribute, meta} = paints
  return {
    ...{brand, accent, good, busy, warning, error, edge, addition, deletion, hunk},
    color: level > 0,
    bold,
    dim: muted,
    italic,
    underline,
    inverse: weight(7, 27),
    heading: [
      (text) => heading(bold(underline(text))),
      (text) => heading(bold(text)),
      (text) => bold(italic(text)),
      underline,
      italic,
      muted,
    ],
    code: {
      ...{span, text: plain, keyword, string, number, comment, title, type, attribute, meta},
      ...{added: addition, removed: deletion, head: muted},
    },
    prompt: dumb ? (rows) => [...rows] : promptPaint({level, theme, bold, edge, background: options.background}),
    label: (text) => underline(paints.link(text)),
    address: muted,
    mark: muted,
    link: linkPaint(env),
    emoji: emojiText(env),
  }
}

/** Without a colour of their own they are faint. */
const quiet: ReadonlySet<Role> = new Set(['muted', 'edge', 'comment', 'meta'])

interface PromptLook {
  level: ColourLevel
  theme: Theme
  bold: Paint
  edge: Paint
  background: Hex | undefined
}

function promptPaint({level, theme: {tint}, bold, edge, background}: PromptLook): Style['prompt'] {
  if (!tint || level < 2) {
    return (rows, width) => [edge('─'.repeat(Math.min(width, LONGEST_LINE))), ...rows.map((row) => bold(row.trimEnd()))]
  }
  const behind = background === undefined ? tint.fallback : mixed(background, tint.towards, tint.share)
  const open = `\x1b[${layer(48, behind, level)}m${FILL}\x1b[${layer(38, tint.text, level)}m`
  // A blank at the end of a row would be copied.
  return (rows) => rows.map((row) => `${open}${row.trimEnd()}\x1b[0m`)
}

function sgr(open: string, close: number): Paint {
  return (text) => (text === '' ? text : `\x1b[${open}m${text}\x1b[${close}m`)
}

function foreground(colour: Colour, level: ColourLevel): string {
  return typeof colour === 'number' ? String(colour) : layer(38, colour, level)
}

/** Colours that the terminal does not have become the nearest one that it has. */
function layer(code: 38 | 48, hex: Hex, level: ColourLevel): string {
  return level === 3 ? `${code};2;${rgbOf(hex).join(';')}` : `${code};5;${nearestOfPalette(hex)}`
}
