/**
 * In which comment or string of several lines a line of code ends: code is coloured in parts, and a part that begins in
 * one is not to be taken for code.
 */

/** What opens, and what closes it. */
type Pairs = Readonly<Record<string, string>>

const slashes: Pairs = {'/*': '*/'}
const families: Readonly<Record<string, Pairs>> = {
  c: slashes,
  script: {...slashes, '`': '`'},
  python: {'"""': '"""', "'''": "'''"},
  markup: {'<!--': '-->'},
}

const familyOf: Readonly<Record<string, keyof typeof families>> = {
  c: 'c',
  h: 'c',
  cpp: 'c',
  'c++': 'c',
  css: 'c',
  java: 'c',
  rust: 'c',
  rs: 'c',
  sql: 'c',
  go: 'script',
  golang: 'script',
  js: 'script',
  jsx: 'script',
  mjs: 'script',
  javascript: 'script',
  ts: 'script',
  tsx: 'script',
  typescript: 'script',
  py: 'python',
  python: 'python',
  html: 'markup',
  xml: 'markup',
  svg: 'markup',
}

/** Strings of one line and comments up to its end, in which nothing opens; then all that opens or closes. */
const marks: Readonly<Record<string, RegExp>> = {
  c: /"(?:\\.|[^"\\])*"|\/\/.*|\/\*|\*\//g,
  script: /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\/\/.*|\\.|\/\*|\*\/|`/g,
  python: /"""|'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\.|#.*/g,
  markup: /<!--|-->/g,
}

/** `inside`: the mark in which the line begins, or empty. Returns that in which it ends. `language`: as behind a fence. */
export function insideAfter(line: string, language: string, inside: string): string {
  const family = familyOf[language.toLowerCase()]
  const pairs = family && families[family]
  const pattern = family && marks[family]
  if (!pairs || !pattern) return ''
  let open = inside
  let at = 0
  while (at < line.length) {
    if (open !== '') {
      const close = pairs[open] ?? ''
      const found = line.indexOf(close, at)
      if (found === -1) return open
      at = found + close.length
      open = ''
      continue
    }
    pattern.lastIndex = at
    const found = pattern.exec(line)
    if (!found) return ''
    at = pattern.lastIndex
    if (Object.hasOwn(pairs, found[0])) open = found[0]
  }
  return open
}
