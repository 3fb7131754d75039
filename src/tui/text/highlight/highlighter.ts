import {loadKept} from '../../../memory/late-optimising.js'
import type {CodeStyle} from '../style.js'

export type CodeScope = Exclude<keyof CodeStyle, 'span' | 'text' | 'head'>

/** A run of code; without a scope it is nothing in particular. */
export interface CodeRun {
  text: string
  scope?: CodeScope
}

/** Takes code apart; the runs joined are the code. `grammar`: one of those that there are. */
export type Highlighter = (code: string, grammar: string) => CodeRun[]

/** So long the printing of code waits for its colours at most, ms. They are there in 10. */
const LOAD_MS = 1000

/** Loaded when the first fence comes: 2.5 MB. Undefined where it can't be had, and where it takes too long. */
export async function loadHighlighter(): Promise<Highlighter | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, LOAD_MS, undefined)
  })
  const loaded = loadKept(() => import('./grammars.js')).then(
    ({highlight}) => highlighterOf(highlight),
    () => undefined,
  )
  const highlighter = await Promise.race([loaded, late])
  clearTimeout(timer)
  return highlighter
}

/** `highlight` gives HTML, of spans with classes only. */
function highlighterOf(highlight: (code: string, grammar: string) => string): Highlighter {
  return (code, grammar) => {
    let html: string
    try {
      html = highlight(code, grammar)
    } catch {
      return [{text: code}]
    }
    return runsOf(html)
  }
}

const pieces = /<span class="([^"]*)">|(<\/span>)|&(amp|lt|gt|quot|#x27);|[^<&]+/g
const characters: Readonly<Record<string, string>> = {amp: '&', lt: '<', gt: '>', quot: '"', '#x27': "'"}

function runsOf(html: string): CodeRun[] {
  const runs: CodeRun[] = []
  const open: (CodeScope | undefined)[] = []
  for (const [all, classes, close, entity] of html.matchAll(pieces)) {
    if (close !== undefined) open.pop()
    else if (classes !== undefined) {
      const scope = scopes[classes.split(' ')[0]?.replace(/^hljs-/, '') ?? '']
      // What has no colour of its own has that of what is around it.
      open.push(scope === 'none' ? undefined : (scope ?? open.at(-1)))
    } else {
      const text = entity === undefined ? all : (characters[entity] ?? all)
      const scope = open.at(-1)
      const last = runs.at(-1)
      if (last && last.scope === scope) last.text += text
      else runs.push(scope === undefined ? {text} : {text, scope})
    }
  }
  return runs
}

const scopes: Readonly<Record<string, CodeScope | 'none'>> = {
  keyword: 'keyword',
  'selector-tag': 'keyword',
  name: 'keyword',
  string: 'string',
  regexp: 'string',
  char: 'string',
  'meta-string': 'string',
  subst: 'none',
  number: 'number',
  literal: 'number',
  symbol: 'number',
  comment: 'comment',
  quote: 'comment',
  doctag: 'comment',
  title: 'title',
  section: 'title',
  'selector-class': 'title',
  'selector-id': 'title',
  type: 'type',
  built_in: 'type',
  class: 'type',
  attr: 'attribute',
  attribute: 'attribute',
  property: 'attribute',
  variable: 'attribute',
  'template-variable': 'attribute',
  meta: 'meta',
  addition: 'added',
  deletion: 'removed',
}
