/**
 * Files and folders in a prompt: `@src/main.ts`, `@src/` for a folder, `@"my notes.txt"` for a name that can't stand
 * bare. Between quotes a backslash begins `\"`, `\\`, `\n`, `\t` or `\u{202e}`, so that what stands in a prompt is one
 * line, shows each character, and means one path.
 */

/** Letters, digits and marks of any script, and signs that neither end a sentence nor mean something to a shell. */
const bare = /^[\p{L}\p{N}_~./+-][\p{L}\p{N}\p{M}_~./+@%=:#-]*(?<![.:])$/u
/** Letters that look like nothing. */
const blank = /[\p{Default_Ignorable_Code_Point}\u2800\u1160-\u11ff\ud7b0-\ud7ff]/u
/** What has to be written by its number. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u1160-\u11ff\ud7b0-\ud7ff]|(?! )\p{Zs}/gu
const named: Readonly<Record<string, string>> = {'\n': '\\n', '\t': '\\t'}

/** As it stands in a prompt. */
export function mentionOf(path: string): string {
  if (bare.test(path) && !blank.test(path)) return `@${path}`
  const quoted = path
    .replace(/["\\]/g, '\\$&')
    // Else it could be taken for a label of a long paste.
    .replace(/(?<=\[(?:Pasted text|Command output) )#/g, '\\#')
    .replace(unseen, (one) => named[one] ?? `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`)
  return `@"${quoted}"`
}

/** A mention in a text: `text.slice(start, end)` is all of it. */
export interface Mention {
  path: string
  start: number
  end: number
}

/** An `@` counts where a word begins; a full stop or colon behind it ends a sentence and is not of the path. */
const mention = /(?<=^|[\s([{<,;])@(?:"((?:[^"\\\n]|\\.)*)"|([\p{L}\p{N}\p{M}_~./+@%=:#-]+))/gu

export function mentionsIn(text: string): Mention[] {
  return [...text.matchAll(mention)].flatMap((match) => {
    const [whole, quoted, plain] = match
    const path = quoted === undefined ? trimmed(plain ?? '') : unquoted(quoted)
    if (path === '') return []
    const length = quoted === undefined ? path.length + 1 : whole.length
    return [{path, start: match.index, end: match.index + length}]
  })
}

/** What was typed of a mention up to the cursor, with its `@`. */
export interface BegunMention {
  path: string
  start: number
}

const begun = /(?:^|[\s([{<,;])(@(?:"((?:[^"\\\n]|\\.)*)\\?|([^\s"\\]*)))$/u

/** The mention that is being typed at the end of `text`; undefined where there is none. */
export function begunMention(text: string): BegunMention | undefined {
  const [, word, quoted, plain] = begun.exec(text) ?? []
  if (word === undefined) return undefined
  return {path: quoted === undefined ? (plain ?? '') : unquoted(quoted), start: text.length - word.length}
}

function trimmed(path: string): string {
  return path.replace(/[.:]+$/, '')
}

function unquoted(quoted: string): string {
  return quoted.replace(/\\(?:u\{([0-9a-f]{1,6})\}|(.))/giu, (whole, hex: string | undefined, one: string) => {
    if (hex === undefined) return one === 'n' ? '\n' : one === 't' ? '\t' : one
    const code = Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
