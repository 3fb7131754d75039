import type {IBuffer, IBufferCell} from '@xterm/headless'

/** Geometry in pixels; a character is 0.6 em wide in the fonts that are named. */
const FONT_SIZE = 14
const CELL = {width: 8.4, height: 18}
const PADDING = 16
const TITLE_BAR = 32

interface Surface {
  background: string
  foreground: string
  bar: string
  muted: string
  /** The sixteen colours that a program names by number, in a palette that is readable on the background. */
  ansi: readonly string[]
}

export const surfaces = {
  dark: {
    ...{background: '#16181d', foreground: '#d6d9e0', bar: '#22252c', muted: '#8a8f9c'},
    ansi: [
      ...['#3b4048', '#ec6a75', '#8fc77f', '#e2b871', '#6cb0f0', '#c583dd', '#5cbcc6', '#c8ccd4'],
      ...['#6b717d', '#f28a93', '#a8d89b', '#eccb92', '#8dc3f5', '#d6a3e8', '#80d0d8', '#f2f4f8'],
    ],
  },
  light: {
    ...{background: '#fdfdfb', foreground: '#24272e', bar: '#e9eaec', muted: '#686d78'},
    ansi: [
      ...['#24272e', '#b3202c', '#256e2c', '#835400', '#1a55b0', '#8a2a9c', '#0b6470', '#5a5f69'],
      ...['#686d78', '#b3202c', '#256e2c', '#835400', '#1a55b0', '#8a2a9c', '#0b6470', '#24272e'],
    ],
  },
} as const satisfies Record<string, Surface>

const hex = (value: number) => value.toString(16).padStart(2, '0')

/** Colour of a number of the 256-colour palette. */
function paletteColor(index: number, {ansi}: Surface): string {
  const named = ansi[index]
  if (named) return named
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`
  const level = (step: number) => hex(step === 0 ? 0 : 55 + step * 40)
  const cube = index - 16
  return `#${level(Math.floor(cube / 36))}${level(Math.floor(cube / 6) % 6)}${level(cube % 6)}`
}

interface Style {
  color: string
  background: string | undefined
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  strike: boolean
}

function styleOf(cell: IBufferCell, surface: Surface): Style {
  const foreground = cell.isFgRGB()
    ? `#${cell.getFgColor().toString(16).padStart(6, '0')}`
    : cell.isFgPalette()
      ? paletteColor(cell.getFgColor(), surface)
      : surface.foreground
  const background = cell.isBgRGB()
    ? `#${cell.getBgColor().toString(16).padStart(6, '0')}`
    : cell.isBgPalette()
      ? paletteColor(cell.getBgColor(), surface)
      : undefined
  const inverse = cell.isInverse() !== 0
  return {
    color: inverse ? (background ?? surface.background) : foreground,
    background: inverse ? foreground : background,
    bold: cell.isBold() !== 0,
    dim: cell.isDim() !== 0,
    italic: cell.isItalic() !== 0,
    underline: cell.isUnderline() !== 0,
    strike: cell.isStrikethrough() !== 0,
  }
}

interface Run {
  column: number
  width: number
  text: string
  style: Style
}

/** Neighbouring cells of one style. A wide character stands alone, so that its glyph fills its two cells. */
function runsOf(buffer: IBuffer, row: number, columns: number, surface: Surface): Run[] {
  const line = buffer.getLine(row)
  const runs: Run[] = []
  for (let column = 0; line && column < columns; column++) {
    const cell = line.getCell(column)
    const width = cell?.getWidth() ?? 0
    // The second half of a wide character.
    if (!cell || width === 0) continue
    const style = styleOf(cell, surface)
    const text = cell.getChars() || ' '
    const last = runs.at(-1)
    const joins = last && width === 1 && last.width === last.text.length && sameStyle(last.style, style)
    if (joins && text.length === 1) {
      last.text += text
      last.width += 1
    } else runs.push({column, width, text, style})
  }
  return runs
}

const sameStyle = (a: Style, b: Style) => JSON.stringify(a) === JSON.stringify(b)

const escapes: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'}
const escapeXml = (text: string) => text.replace(/[&<>"]/g, (character) => escapes[character] ?? character)

const number = (value: number) => String(Math.round(value * 100) / 100)

function drawRun({column, width, text, style}: Run, row: number): string {
  const x = number(PADDING + column * CELL.width)
  const top = TITLE_BAR + PADDING + row * CELL.height
  const span = number(width * CELL.width)
  const parts: string[] = []
  if (style.background) {
    parts.push(`<rect x="${x}" y="${number(top)}" width="${span}" height="${CELL.height}" fill="${style.background}"/>`)
  }
  // Blanks are nothing to be seen but where there is a line under them.
  const seen = style.underline || style.strike ? text : text.trimEnd()
  if (seen.trim() !== '') {
    const length = number((width - (text.length - seen.length)) * CELL.width)
    const attributes = [
      `x="${x}" y="${number(top + CELL.height * 0.75)}" textLength="${length}" fill="${style.color}"`,
      style.bold ? 'font-weight="bold"' : '',
      style.dim ? 'opacity="0.6"' : '',
      style.italic ? 'font-style="italic"' : '',
      style.underline || style.strike
        ? `text-decoration="${[style.underline && 'underline', style.strike && 'line-through'].filter(Boolean).join(' ')}"`
        : '',
    ]
    parts.push(`<text ${attributes.filter(Boolean).join(' ')}>${escapeXml(seen)}</text>`)
  }
  return parts.join('')
}

export interface SvgOptions {
  title: string
  /** First line of the buffer that is shown, and how many. */
  from: number
  rows: number
  columns: number
  /** Said to people who can't see the picture. */
  description: string
  /** What the terminal looks like; default dark. */
  surface?: Surface
}

/** What a terminal shows, as a picture: colours, weights, wide characters; text stays text. */
export function terminalSvg(buffer: IBuffer, options: SvgOptions): string {
  const {title, from, rows, columns, surface = surfaces.dark} = options
  const lines: string[] = []
  for (let row = 0; row < rows; row++) {
    const drawn = drawRow(buffer, from + row, columns, surface, row)
    if (drawn) lines.push(drawn)
  }
  return framed(options, `${titleText(title, surface)}\n${textGroup(lines.join('\n'))}`)
}

/** A moment of a film. */
export interface Frame {
  /** What happens, in the title bar. */
  caption: string
  /** Rows as {@link captureRows} draws them. */
  rows: readonly string[]
  seconds: number
}

/** What a terminal shows now, row by row, to be put together later. */
export function captureRows(
  buffer: IBuffer,
  {from, rows, columns, surface = surfaces.dark}: Omit<SvgOptions, 'title' | 'description'>,
): string[] {
  return Array.from({length: rows}, (_, row) => drawRow(buffer, from + row, columns, surface, 0))
}

/** Moments one after the other, for ever; who wants no motion sees the last. Each row is drawn once, however often it is seen. */
export function terminalFilm(frames: readonly Frame[], options: SvgOptions): string {
  const {surface = surfaces.dark} = options
  const ids = new Map<string, string>()
  for (const row of frames.flatMap(({rows}) => rows)) {
    if (row !== '' && !ids.has(row)) ids.set(row, `r${ids.size}`)
  }
  const total = frames.reduce((sum, {seconds}) => sum + seconds, 0)
  const percent = (seconds: number) => number((seconds / total) * 100)
  let at = 0
  const rules: string[] = []
  const groups = frames.map(({caption, rows, seconds}, index) => {
    const [begin, end] = [percent(at), percent(at + seconds)]
    at += seconds
    const before = begin === '0' ? '' : `0%{visibility:hidden}`
    const after = end === '100' ? '' : `${end}%{visibility:hidden}`
    rules.push(`@keyframes k${index}{${before}${begin}%{visibility:visible}${after}}`)
    // Without motion, and where nothing moves, the last one stands.
    const still = index === frames.length - 1 ? 'visible' : 'hidden'
    rules.push(`.f${index}{visibility:${still};animation:k${index} ${number(total)}s step-end infinite}`)
    const used = rows.flatMap((row, line) => {
      const id = ids.get(row)
      return id === undefined ? [] : [`<use href="#${id}" y="${line * CELL.height}"/>`]
    })
    return `<g class="f${index}">${titleText(caption, surface)}${used.join('')}</g>`
  })
  const calm = '@media (prefers-reduced-motion:reduce){g[class]{animation:none}}'
  const drawn = [...ids].map(([row, id]) => `<g id="${id}">${row}</g>`).join('\n')
  // What is used has the font of where it is used.
  const film = textGroup(groups.join('\n'))
  return framed(options, `<style>${rules.join('')}${calm}</style>\n<defs>\n${drawn}\n</defs>\n${film}`)
}

function drawRow(buffer: IBuffer, line: number, columns: number, surface: Surface, row: number): string {
  return runsOf(buffer, line, columns, surface)
    .map((run) => drawRun(run, row))
    .join('')
}

const titleText = (title: string, {muted}: Surface) =>
  `<text x="50%" y="${TITLE_BAR / 2 + 5}" text-anchor="middle" font-family="system-ui, sans-serif" font-size="13" fill="${muted}">${escapeXml(title)}</text>`

const textGroup = (content: string) =>
  `<g font-family="ui-monospace, 'SF Mono', 'Cascadia Mono', 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="${FONT_SIZE}" xml:space="preserve" style="white-space:pre">
${content}
</g>`

function framed({title, rows, columns, description, surface = surfaces.dark}: SvgOptions, content: string): string {
  const width = number(columns * CELL.width + 2 * PADDING)
  const height = number(rows * CELL.height + 2 * PADDING + TITLE_BAR)
  const dots = ['#ec6a75', '#e2b871', '#8fc77f'].map(
    (color, index) => `<circle cx="${20 + index * 18}" cy="${TITLE_BAR / 2}" r="5.5" fill="${color}"/>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escapeXml(title)}</title>
<desc>${escapeXml(description)}</desc>
<rect width="100%" height="100%" rx="10" fill="${surface.background}"/>
<path d="M0 ${TITLE_BAR}V10a10 10 0 0 1 10-10h${number(columns * CELL.width + 2 * PADDING - 20)}a10 10 0 0 1 10 10V${TITLE_BAR}z" fill="${surface.bar}"/>
${dots.join('')}
${content}
</svg>
`
}
