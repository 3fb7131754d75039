import {type LinkPaint, linkPaint} from './links.js'
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
  bold: Paint
  dim: Paint
  italic: Paint
  underline: Paint
  inverse: Paint
  red: Paint
  green: Paint
  yellow: Paint
  blue: Paint
  magenta: Paint
  cyan: Paint
  /** Of six levels, each tells itself from the others without colours too. */
  heading: readonly [Paint, Paint, Paint, Paint, Paint, Paint]
  code: CodeStyle
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

/**
 * `NO_COLOR` (any non-empty value) takes colours away and leaves weights; a terminal that calls itself dumb gets neither.
 */
export function createStyle(env: NodeJS.ProcessEnv): Style {
  const dumb = env.TERM === 'dumb'
  const color = !env.NO_COLOR && !dumb
  const plain: Paint = (text) => text
  const sgr = (open: number, close: number): Paint => {
    return (text) => (text === '' ? text : `\x1b[${open}m${text}\x1b[${close}m`)
  }
  const weight = (open: number, close: number) => (dumb ? plain : sgr(open, close))
  const hue = (open: number) => (color ? sgr(open, 39) : plain)
  const [bold, dim, italic, underline] = [weight(1, 22), weight(2, 22), weight(3, 23), weight(4, 24)]
  const [red, green, yellow, blue, magenta, cyan] = [hue(31), hue(32), hue(33), hue(34), hue(35), hue(36)]
  return {
    color,
    bold,
    dim,
    italic,
    underline,
    inverse: weight(7, 27),
    red,
    green,
    yellow,
    blue,
    magenta,
    cyan,
    heading: [
      (text) => magenta(bold(underline(text))),
      (text) => magenta(bold(text)),
      (text) => bold(italic(text)),
      underline,
      italic,
      dim,
    ],
    code: {
      span: cyan,
      text: plain,
      keyword: magenta,
      string: green,
      number: cyan,
      comment: dim,
      title: blue,
      type: yellow,
      attribute: cyan,
      meta: dim,
      added: green,
      removed: red,
      head: dim,
    },
    label: underline,
    address: dim,
    mark: dim,
    link: linkPaint(env),
    emoji: emojiText(env),
  }
}
