/** A key as a terminal tells of it. `name` is `text` for what types something, which is `text`. */
export interface Pressed {
  name: string
  text?: string
  ctrl: boolean
  alt: boolean
  shift: boolean
}

const named = [
  ...['enter', 'escape', 'tab', 'backspace', 'delete', 'space'],
  ...['up', 'down', 'left', 'right', 'home', 'end', 'pageup', 'pagedown'],
] as const

/** Other words for the same key. */
const synonyms: Readonly<Record<string, string>> = {
  return: 'enter',
  esc: 'escape',
  del: 'delete',
  pgup: 'pageup',
  pgdn: 'pagedown',
  ' ': 'space',
  newline: 'ctrl+j',
  control: 'ctrl',
  meta: 'alt',
  option: 'alt',
}

/** To an old terminal these are one key; a new one tells them apart, and nobody's fingers do. */
const twins: Readonly<Record<string, string>> = {
  'ctrl+[': 'escape',
  'ctrl+m': 'enter',
  'ctrl+i': 'tab',
  'ctrl+h': 'backspace',
}

/** Keys that are pressed one after the other. */
const MOST_KEYS = 3

/** The spellings under which a key may be bound, the most exact first. */
export function spellingsOf({name, text = '', ctrl, alt, shift}: Pressed): string[] {
  // Words come in one piece too, and "up" is one.
  if (name === 'text' && [...text].length !== 1) return []
  const key = name === 'text' ? text : name
  const base = synonyms[key] ?? key
  const chord = (withShift: boolean) =>
    [ctrl && 'ctrl', alt && 'alt', withShift && 'shift', base].filter(Boolean).join('+')
  const exact = chord(shift && name !== 'text')
  const found = [exact, chord(false)]
  return [...new Set(found.flatMap((one) => (Object.hasOwn(twins, one) ? [one, twins[one] as string] : [one])))]
}

/** Reads `Ctrl+X Ctrl+E`: the one spelling of it, or what is wrong with it, which completes "expected …". */
export function parseKeys(written: string): {keys: string} | {expected: string} {
  const parts = written.trim().split(/\s+/).filter(Boolean)
  if (parts.length === 0 || parts.length > MOST_KEYS) return {expected: `1 to ${MOST_KEYS} keys such as ctrl+x ctrl+e`}
  const keys: string[] = []
  for (const part of parts) {
    const key = parseKey(part)
    if ('expected' in key) return key
    keys.push(key.key)
  }
  return {keys: keys.join(' ')}
}

function parseKey(part: string): {key: string} | {expected: string} {
  const pieces = part === '+' ? ['+'] : part.split(/\+(?!$)/)
  const last = pieces.pop() ?? ''
  const held = new Set<string>()
  for (const piece of pieces) {
    const modifier = synonyms[piece.toLowerCase()] ?? piece.toLowerCase()
    if (!['ctrl', 'alt', 'shift'].includes(modifier)) return {expected: 'ctrl, alt or shift before the +'}
    held.add(modifier)
  }
  const single = [...last].length === 1
  const lower = last.toLowerCase()
  const word = synonyms[lower] ?? lower
  if (!single && !(named as readonly string[]).includes(word)) {
    return {expected: `a character or one of ${named.join(', ')} as the key`}
  }
  // A letter that is held with Ctrl or Alt has no case.
  const name = single ? (held.size > 0 ? lower : last) : word
  if (held.size === 1 && held.has('shift') && single)
    return {expected: 'ctrl or alt with a character: shift alone types it'}
  const key = [...['ctrl', 'alt', 'shift'].filter((modifier) => held.has(modifier)), name].join('+')
  return {key: Object.hasOwn(twins, key) ? (twins[key] as string) : key}
}

const shown: Readonly<Record<string, string>> = {
  escape: 'Esc',
  pageup: 'PageUp',
  pagedown: 'PageDown',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
}

/** `Ctrl+X Ctrl+E`, for people. */
export function shownKeys(keys: string): string {
  const one = (key: string) => {
    const at = key.lastIndexOf('+', key.length - 2)
    const name = key.slice(at + 1)
    const held = at === -1 ? [] : key.slice(0, at).split('+')
    const word = shown[name] ?? (name.length === 1 ? (held.length > 0 ? name.toUpperCase() : name) : capital(name))
    return [...held.map(capital), word].join('+')
  }
  return keys.split(' ').map(one).join(' ')
}

/** They type what is on them. */
export function isTyped(keys: string): boolean {
  return keys.split(' ').some((key) => key === 'space' || [...key].length === 1)
}

function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}
