/** A text in a colour or weight; without colours the text itself. */
export type Paint = (text: string) => string

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
}

/** Colours are off with `NO_COLOR` (any non-empty value) and on a terminal that calls itself dumb. */
export function createStyle(env: NodeJS.ProcessEnv): Style {
  const color = !env.NO_COLOR && env.TERM !== 'dumb'
  const paint =
    (open: number, close: number): Paint =>
    (text) =>
      color && text !== '' ? `\x1b[${open}m${text}\x1b[${close}m` : text
  return {
    color,
    bold: paint(1, 22),
    dim: paint(2, 22),
    italic: paint(3, 23),
    underline: paint(4, 24),
    inverse: paint(7, 27),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    blue: paint(34, 39),
    magenta: paint(35, 39),
    cyan: paint(36, 39),
  }
}
