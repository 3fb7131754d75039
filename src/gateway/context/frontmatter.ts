import {excessOf} from '../../config/files/bounds.js'
import {visibleText} from '../../control-sequences.js'

export interface Fronted {
  /** Values that are a text, a number or a boolean, each as one line; names in small letters. */
  fields: Readonly<Record<string, string>>
  body: string
}

/** A frontmatter is a dozen lines. */
const MAX_CHARACTERS = 20_000
const MAX_VALUE = 2000

/**
 * A Markdown file with, or without, YAML between two lines `---` at its beginning. What is not valid YAML, such as a
 * value with a colon in it, is read line by line: that is how people write it. Never throws.
 */
export async function readFrontmatter(text: string): Promise<Fronted> {
  const plain = text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n')
  const end = plain.startsWith('---\n') ? /\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(plain.slice(3, MAX_CHARACTERS)) : null
  if (!end) return {fields: {}, body: plain}
  const head = plain.slice(4, Math.max(4, 3 + end.index))
  return {fields: await fieldsOf(head), body: plain.slice(3 + end.index + end[0].length)}
}

async function fieldsOf(head: string): Promise<Record<string, string>> {
  const fields = new Map<string, string>()
  const lines = new Map(fromLines(head))
  for (const [name, value] of (await fromYaml(head)) ?? fromLines(head)) {
    // `argument-hint: [file]` is a list to YAML, and to people what it looks like.
    const text = Array.isArray(value) ? lines.get(name) : value
    if (!['string', 'number', 'boolean'].includes(typeof text)) continue
    const line = visibleText(String(text).replaceAll(/\s+/g, ' ').trim())
    fields.set(name.toLowerCase(), line.length > MAX_VALUE ? `${line.slice(0, MAX_VALUE).toWellFormed()}…` : line)
  }
  return Object.fromEntries(fields)
}

/** Undefined: it is no YAML, or no group of names and values. */
async function fromYaml(head: string): Promise<[string, unknown][] | undefined> {
  const {load} = await import('js-yaml')
  try {
    const value: unknown = load(head)
    if (typeof value !== 'object' || value === null || Array.isArray(value) || excessOf(value)) return undefined
    return Object.entries(value)
  } catch {
    return undefined
  }
}

function fromLines(head: string): [string, string][] {
  return head.split('\n').flatMap((line): [string, string][] => {
    const [, name, value] = /^([A-Za-z][\w-]{0,63}):[ \t]+(.*)$/.exec(line) ?? []
    return name === undefined ? [] : [[name, (value ?? '').trim().replace(/^(["'])(.*)\1$/, '$2')]]
  })
}
