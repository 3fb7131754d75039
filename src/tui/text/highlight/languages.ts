/** The grammars that are there, each with the other names of its language. */
const aliases: Readonly<Record<string, string>> = {
  bash: 'sh shell zsh console shellsession shell-session',
  c: 'h',
  cpp: 'c++ cc cxx hpp h++ hxx',
  css: 'scss less',
  diff: 'patch',
  go: 'golang',
  java: 'kotlin',
  javascript: 'js jsx mjs cjs',
  json: 'jsonc json5 jsonl',
  python: 'py python3 py3 pyi',
  rust: 'rs',
  sql: 'postgresql postgres mysql sqlite',
  typescript: 'ts tsx mts cts',
  xml: 'html xhtml svg vue svelte',
  yaml: 'yml',
}

let known: Map<string, string> | undefined

/** The grammar of a language as it is named behind a fence; undefined where there is none. */
export function grammarOf(language: string): string | undefined {
  known ??= new Map(
    Object.entries(aliases).flatMap(([grammar, names]) =>
      [grammar, ...names.split(' ')].map((name) => [name, grammar]),
    ),
  )
  return known.get(language.toLowerCase())
}
