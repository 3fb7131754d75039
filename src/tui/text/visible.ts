import {graphemes} from './wrap.js'

/**
 * Text by which a person decides. Nothing is taken out: what a terminal would obey, hide or draw like something else
 * stands there as a mark, `⟦\x1b⟧` or `⟦U+202E⟧`. The brackets of the marks are marked themselves where a text holds
 * them, so two texts that differ never look the same.
 */
export interface Visible {
  parts: readonly VisiblePart[]
  /** Names of what was hidden, each once, in order: `ESC`, `RIGHT-TO-LEFT OVERRIDE`. */
  found: readonly string[]
}

export interface VisiblePart {
  text: string
  /** `hidden`: a mark. `space`: white space that can be told from others only by a sign: a tab, the blanks at a line's end. */
  kind: 'text' | 'hidden' | 'space'
}

export interface VisibleOptions {
  /** A carriage return before a line feed is the way in which lines of this text end, and nobody is warned of it. */
  crlf?: boolean
}

export const MARK = {open: '⟦', close: '⟧', tab: '⇥', trailing: '·', carriageReturn: '←'} as const
const ownSigns: ReadonlySet<string> = new Set(Object.values(MARK))
const TAB = `${MARK.tab}   `

/** More blanks in a row push what follows off the screen: they are counted. */
const MAX_BLANKS = 60

/** Vietnamese and Hebrew put this many marks on a letter. */
const MAX_COMBINING = 3

const nothingHidden = /^[\x20-\x7e\n]*$/
/** Controls, format, private, unassigned, surrogates; what fonts leave out; separators; spaces that are none of ours; vowels and finals of Hangul alone. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Z}\u2800\u1160-\u11ff\ud7b0-\ud7ff]/u
const plainRun = /[!-~]+/y
const blanks = / +/y
const combining = /\p{M}/u
const letter = /[\p{L}\p{N}]/u
const latin = /[A-Za-z]/
const wordEnd = /[\p{L}\p{N}\p{M}_]+$/u
const wordStart = /^[\p{L}\p{N}\p{M}_]+/u
/** Letters of Cyrillic and Greek that fonts draw as Latin ones; beside a Latin letter they are there to deceive. */
const lookalikes = new Set('аеорсухіјѕһԁԛԝѵАВЕЗІЈКМНОРЅСТУХԌԚԜοανρυικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ')

export function visible(text: string, options: VisibleOptions = {}): Visible {
  if (nothingHidden.test(text) && !/ $| {61}/m.test(text)) return {parts: [{text, kind: 'text'}], found: []}
  const parts: VisiblePart[] = []
  const found = new Set<string>()
  const put = (kind: VisiblePart['kind'], shown: string) => {
    const last = parts.at(-1)
    if (last?.kind === kind) last.text += shown
    else parts.push({text: shown, kind})
  }
  /** The character that is on screen last, with the marks on it; empty where nothing may stand on it. */
  let base = ''
  for (let at = 0; at < text.length; ) {
    plainRun.lastIndex = at
    const run = plainRun.exec(text)?.[0]
    if (run !== undefined) {
      put('text', run)
      base = run.slice(-1)
      at += run.length
      continue
    }
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0)
    const end = at + character.length
    const before = base
    base = ''
    if (character === '\n') put('text', '\n')
    else if (character === '\t') put('space', TAB)
    else if (character === '\r' && text[end] === '\n') {
      put('space', MARK.carriageReturn)
      if (!options.crlf) found.add(nameOf(character))
    } else if (character === ' ') {
      blanks.lastIndex = at
      const count = blanks.exec(text)?.[0].length ?? 1
      at += count
      if (at === text.length || text[at] === '\n' || (text[at] === '\r' && text[at + 1] === '\n')) {
        put('space', count > MAX_BLANKS ? counted(count) : MARK.trailing.repeat(count))
      } else if (count > MAX_BLANKS) {
        put('hidden', counted(count))
        found.add('a long run of spaces')
      } else put('text', ' '.repeat(count))
      continue
    } else if (ownSigns.has(character)) put('hidden', codeMark(character))
    else if (isPlain(character, before, text, at)) {
      put('text', character)
      base = combining.test(character) ? before + character : character
    } else {
      put('hidden', codeMark(character))
      found.add(nameOf(character))
    }
    at = end
  }
  return {parts, found: [...found]}
}

/** {@link visible} in one line, for a head: a line break is `↵`. */
export function visibleLine(text: string, limit = 400): string {
  // Cut before it is looked at: a command may be megabytes.
  const {parts} = visible(text.slice(0, limit * 4).trim())
  const line = parts
    .map((part) => part.text)
    .join('')
    .replace(/[ ·←]*\n\s*/g, ' ↵ ')
  const shown = graphemes(line.slice(0, limit))
  return line.length > limit ? `${shown.slice(0, -1).join('')}…` : line
}

function counted(blanks: number): string {
  return `${MARK.open}${blanks} spaces${MARK.close}`
}

function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

/** As programmers write it: one byte as `\x1b`, everything else as its code point. */
function codeMark(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const shown = code < 0x80 ? `\\x${code.toString(16).padStart(2, '0')}` : codeOf(character)
  return MARK.open + shown + MARK.close
}

/** Whether a terminal draws it so that it can't be taken for anything else. `base`: what it may stand on. */
function isPlain(character: string, base: string, text: string, at: number): boolean {
  // An emoji in colour, and a digit in a key.
  if (character === '\ufe0f') return isEmojiInText(base) || (/^[0-9#*]$/.test(base) && text[at + 1] === '\u20e3')
  if (unseen.test(character)) return false
  if (character < '\u0300') return true
  // A letter that is composed of two looks as the one that is both.
  if (base !== '' && (base + character).normalize('NFC') !== base + character) return false
  if (character.normalize('NFC') !== character) return false
  if (combining.test(character)) {
    if (character === '\u20e3') return text[at - 1] === '\ufe0f'
    return letter.test(base) && [...base].length <= MAX_COMBINING
  }
  return !lookalikes.has(character) || !standsAmongLatin(text, at)
}

function isEmojiInText(character: string): boolean {
  return /^\p{Emoji}$/u.test(character) && !/^[\p{Emoji_Presentation}0-9#*]$/u.test(character)
}

/** How far a word is looked at: a text of one word must not be read once for each of its letters. */
const WORD_REACH = 40

function standsAmongLatin(text: string, at: number): boolean {
  const before = wordEnd.exec(text.slice(Math.max(0, at - WORD_REACH), at))?.[0] ?? ''
  const after = wordStart.exec(text.slice(at, at + WORD_REACH))?.[0] ?? ''
  return latin.test(before + after)
}

const c0 =
  'NUL SOH STX ETX EOT ENQ ACK BEL BACKSPACE TAB LF VT FF CARRIAGE-RETURN SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US'.split(
    ' ',
  )

const names: Record<number, string> = {
  127: 'DEL',
  133: 'NEXT LINE',
  144: 'DCS',
  152: 'SOS',
  155: 'CSI',
  156: 'ST',
  157: 'OSC',
  158: 'PM',
  159: 'APC',
  160: 'NO-BREAK SPACE',
  173: 'SOFT HYPHEN',
  847: 'COMBINING GRAPHEME JOINER',
  1564: 'ARABIC LETTER MARK',
  4447: 'HANGUL FILLER',
  4448: 'HANGUL FILLER',
  6158: 'MONGOLIAN VOWEL SEPARATOR',
  8203: 'ZERO WIDTH SPACE',
  8204: 'ZERO WIDTH NON-JOINER',
  8205: 'ZERO WIDTH JOINER',
  8206: 'LEFT-TO-RIGHT MARK',
  8207: 'RIGHT-TO-LEFT MARK',
  8232: 'LINE SEPARATOR',
  8233: 'PARAGRAPH SEPARATOR',
  8234: 'LEFT-TO-RIGHT EMBEDDING',
  8235: 'RIGHT-TO-LEFT EMBEDDING',
  8236: 'POP DIRECTIONAL FORMATTING',
  8237: 'LEFT-TO-RIGHT OVERRIDE',
  8238: 'RIGHT-TO-LEFT OVERRIDE',
  8288: 'WORD JOINER',
  8294: 'LEFT-TO-RIGHT ISOLATE',
  8295: 'RIGHT-TO-LEFT ISOLATE',
  8296: 'FIRST STRONG ISOLATE',
  8297: 'POP DIRECTIONAL ISOLATE',
  12644: 'HANGUL FILLER',
  65279: 'BYTE ORDER MARK',
  65440: 'HANGUL FILLER',
}

function nameOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  const own = c0[code]?.replace('-', ' ') ?? names[code]
  if (own !== undefined) return own
  if (code < 0xa0) return `CONTROL ${codeOf(character)}`
  if (code >= 0xd800 && code <= 0xdfff) return 'LONE SURROGATE'
  if (code >= 0xe0000 && code <= 0xe007f) return 'TAG CHARACTER'
  if (/\p{Variation_Selector}/u.test(character)) return 'VARIATION SELECTOR'
  if (/\p{Zs}/u.test(character)) return `SPACE ${codeOf(character)}`
  if (combining.test(character)) return `COMBINING MARK ${codeOf(character)}`
  if (lookalikes.has(character)) return `LOOK-ALIKE LETTER ${codeOf(character)}`
  if (/\p{Co}/u.test(character)) return `PRIVATE CHARACTER ${codeOf(character)}`
  return codeOf(character)
}
