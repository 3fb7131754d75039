import type {DoubleQuotedPart, Word, WordPart} from 'unbash'
import type {ShellWord} from './types.js'

export interface ReadWord extends ShellWord {
  /** Set where the word is literal but for globs; see `PlainWord`. */
  pattern?: string
}

/** Stands for a quoted or escaped character where the shape of a word is looked at. */
const QUOTED = '\0'

/** What a word is given to the program as, by the rules on which bash, dash and zsh agree. */
export function readWord(word: Word): ReadWord {
  const read = new WordReader()
  for (const part of word.parts ?? [{type: 'Literal', text: word.text}]) read.take(part as WordPart)
  const {text, shape, pattern, unknown} = read
  const asWritten = {text: word.text, literal: false}
  if (unknown || isExpanded(shape)) return asWritten
  if (shape !== '[' && /[*?[]/.test(shape)) return read.globs > 0 ? {...asWritten, text, pattern} : asWritten
  // Two readings of the same word that differ are one too many.
  return text === word.value ? {text, literal: true} : asWritten
}

/** `~` and `=` at places where one of the three expands them, braces that may be a list, and strays. */
function isExpanded(shape: string): boolean {
  if (/^~|[=:]~|^=./s.test(shape)) return true
  if (/[$`()<>|&;"'\\\s]/.test(shape)) return true
  return /[{}]/.test(shape) && !hasHarmlessBraces(shape)
}

/** `@{u}`, `stash@{0}`, `{}`: no comma, no range, each closed. zsh takes a lone `}` for a reserved word. */
function hasHarmlessBraces(shape: string): boolean {
  return !/,|\.\./.test(shape) && /^[^{}]*(?:\{[^{}]*\}[^{}]*)+$/.test(shape)
}

class WordReader {
  text = ''
  /** The unquoted characters, with `QUOTED` for each of the others. */
  shape = ''
  pattern = ''
  globs = 0
  unknown = false

  take(part: WordPart): void {
    if (part.type === 'Literal') this.#unquoted(part.text)
    else if (part.type === 'SingleQuoted') this.#quoted(part.text.slice(1, -1))
    else if (part.type === 'DoubleQuoted') this.#doubleQuoted(part)
    else if (part.type === 'Glob') this.#glob(part.text)
    else this.unknown = true
  }

  #unquoted(raw: string): void {
    for (let at = 0; at < raw.length; at++) {
      const char = raw.charAt(at)
      if (char === '\\' && at + 1 < raw.length) {
        at++
        // A backslash at the end of a line joins it with the next.
        if (raw[at] !== '\n') this.#quoted(raw.charAt(at))
        continue
      }
      this.text += char
      this.shape += char
      this.pattern += escapeGlob(char)
    }
  }

  #quoted(text: string): void {
    this.text += text
    // Of empty quotes nothing: zsh expands `""~`.
    this.shape += QUOTED.repeat(text.length)
    this.pattern += escapeGlob(text)
  }

  #doubleQuoted(part: DoubleQuotedPart): void {
    if (part.parts.some((inner) => inner.type !== 'Literal')) {
      this.unknown = true
      return
    }
    const raw = part.text.slice(1, -1)
    // A `$` in front of these, or at the end, is a `$`.
    if (/(?:^|[^\\])(?:\\\\)*(?:`|\$(?![ |)]|$))/.test(raw)) this.unknown = true
    this.#quoted(raw.replace(/\\([$`"\\\n])/g, (_, char) => (char === '\n' ? '' : char)))
  }

  #glob(raw: string): void {
    this.globs++
    this.text += raw
    this.shape += raw
    this.pattern += raw
    if (!/^(?:\*+|\?|\[!?[A-Za-z0-9_.-]+\])$/.test(raw)) this.unknown = true
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[*?[\]\\]/g, '\\$&')
}
