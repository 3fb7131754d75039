import fc from 'fast-check'

/** Documents as models write them, and as nobody does: blocks of all kinds in one another, with and without empty lines. */

const word = fc.constantFrom(
  'a',
  'the',
  'words',
  'reasoningEffort',
  'https://example.org/a/long/path?with=a&query=1#and-more',
  '日本語の文章、です。',
  '⚠️',
  '1️⃣',
  '👩‍👩‍👧',
  '🇩🇪',
  'e\u0301',
  '&amp;',
  '&lt;b&gt;',
  '&#27;[31m',
  '&rarr;',
  '&unknown;',
  'Array<T>',
  'x < y',
  'snake_case_name',
  '2 * 3 * 4',
  '1.',
  '-',
  '+',
  '#',
  '|',
  '\\*',
  '[x]',
  'a[i][j]',
  '[^1]',
  'tab\there',
  '**',
  '`',
)

const plain = fc.array(word, {minLength: 1, maxLength: 8}).map((words) => words.join(' '))

const inline = fc.letrec<{text: string; node: string}>((tie) => ({
  text: fc.array(tie('node'), {minLength: 1, maxLength: 4}).map((parts) => parts.join(' ')),
  node: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    plain,
    plain.map((text) => `\`${text.replaceAll('`', '')}\``),
    tie('text').map((text) => `**${text}**`),
    tie('text').map((text) => `*${text}*`),
    tie('text').map((text) => `~~${text}~~.`),
    tie('text').map((text) => `[${text}](https://example.org/${text.length})`),
    fc.constantFrom(
      '[docs][ref]',
      '[ref]',
      '[Ref][]',
      '[later][late]',
      '![picture](a.png)',
      '<https://example.org>',
      'me@example.org',
      '<br>',
      '<!-- hidden -->',
      '<kbd>Ctrl</kbd>',
      '<b>bold</b>',
      '<a href="https://example.org">here</a>',
      'hard  \nbreak',
      'hard\\\nbreak',
      'soft\nbreak',
    ),
  ),
})).text

const paragraph = inline.map((text) => text.replace(/^(?=[\s#>|=-])/, 'x'))

const codeLine = fc.oneof(
  fc.constantFrom(
    '',
    'const a = `of\n  several lines` + 1',
    '/* a comment',
    'that ends */ let b',
    '\tindented()',
    '"""a string',
    '# no heading',
    '- no item',
    '> no quote',
    '~~~',
    'def f(x): # why',
    '{"key": [1, true, "text"]}',
    '<b class="x">text</b>',
    '+ added',
    '- removed',
    '@@ -1 +1 @@',
    'echo "$HOME" && ls | wc -l',
    'x'.repeat(300),
    '日本語'.repeat(30),
  ),
)

const language = fc.constantFrom(
  '',
  'ts',
  'python',
  'bash',
  'diff',
  'json',
  'html',
  'sql',
  'unknown',
  'rust,ignore',
  'c++',
)

const fence = fc
  .tuple(
    fc.constantFrom('```', '~~~~', '````'),
    language,
    fc.array(codeLine, {maxLength: 12}),
    fc.integer({min: 1, max: 12}),
  )
  .map(([marker, name, lines, times]) => {
    const code = Array<string[]>(times).fill(lines).flat()
    const own = code.filter((line) => !line.startsWith(marker.slice(0, 3)))
    return `${marker}${name}\n${own.map((line) => `${line}\n`).join('')}${marker}`
  })

const cell = inline.map((text) => text.replace(/\n/g, ' ').replace(/\|/g, '\\|'))
const table = fc
  .integer({min: 1, max: 5})
  .chain((columns) =>
    fc.tuple(
      fc.array(fc.constantFrom('---', ':--', '--:', ':-:'), {minLength: columns, maxLength: columns}),
      fc.array(fc.array(cell, {minLength: columns, maxLength: columns}), {minLength: 1, maxLength: 5}),
    ),
  )
  .map(([rule, [head = [], ...rows]]) => [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n'))

const indented = (text: string, by: number) =>
  text
    .split('\n')
    .map((line, index) => (index === 0 || line === '' ? line : ' '.repeat(by) + line))
    .join('\n')

const gap = fc.constantFrom('\n', '\n\n', '\n\n', '\n\n\n')

const block = fc.letrec<{block: string; blocks: string}>((tie) => ({
  blocks: fc.array(fc.tuple(tie('block'), gap), {minLength: 1, maxLength: 4}).map((parts) =>
    parts
      .map(([text, space]) => text + space)
      .join('')
      .trimEnd(),
  ),
  block: fc.oneof(
    {depthSize: 'small', withCrossShrink: true},
    paragraph,
    fc
      .tuple(fc.integer({min: 1, max: 6}), inline)
      .map(([level, text]) => `${'#'.repeat(level)} ${text.replace(/\n/g, ' ')}`),
    fc.tuple(paragraph, fc.constantFrom('===', '---')).map(([text, line]) => `${text}\n${line}`),
    fc.constantFrom('---', '***', '- - -'),
    fence,
    table,
    fc.array(codeLine, {minLength: 1, maxLength: 4}).map((lines) => lines.map((line) => `    ${line}`).join('\n')),
    tie('blocks').map((text) =>
      text
        .split('\n')
        .map((line) => `> ${line}`)
        .join('\n'),
    ),
    fc
      .tuple(
        fc.constantFrom('- ', '* ', '1. ', '3) ', '-   ', '- [ ] ', '- [x] ', '10.  '),
        fc.array(fc.tuple(tie('blocks'), gap), {minLength: 1, maxLength: 5}),
        fc.integer({min: 1, max: 6}),
      )
      .map(([mark, items, times]) =>
        Array<typeof items>(times)
          .fill(items)
          .flat()
          .map(([text, space]) => mark + indented(text, mark.replace(/\[.*/, '').length) + space)
          .join('')
          .trimEnd(),
      ),
    fc.tuple(inline, tie('blocks')).map(([summary, text]) => {
      return `<details>\n<summary>${summary.replace(/\n/g, ' ')}</summary>\n\n${text}\n\n</details>`
    }),
    fc.constantFrom(
      '<!-- a comment\n\nof several lines -->',
      '<div>\n*no Markdown*\n</div>',
      '<pre>\n  a\n\n  b\n</pre>',
      '<T>',
    ),
    fc.constantFrom('[ref]: https://example.org/ref "Title"', '[late]: <https://example.org/late>', '[^1]: A note'),
    tie('blocks').map((text) => `[^1]: ${indented(text, 4)}`),
  ),
})).blocks

const atom = fc.constantFrom(
  'word ',
  '\n',
  '\n',
  '\n\n',
  '  ',
  '    ',
  '\t',
  '- ',
  '* ',
  '1. ',
  '2) ',
  '> ',
  '# ',
  '```',
  '```ts\n',
  '~~~\n',
  '| a | b |\n',
  '|---|:-:|\n',
  '===\n',
  '---\n',
  '**',
  '`',
  '[ref]',
  '[ref]: /url\n',
  '[^1]: note\n',
  '<div>\n',
  '</div>\n',
  '<!--',
  '-->\n',
  '&amp;',
  '日本',
  '<details>',
)

/** A whole text in Markdown of at most some 6 000 characters that ends with a line break. */
export const markdownDocuments: fc.Arbitrary<string> = fc
  .oneof(
    {weight: 3, arbitrary: fc.array(block, {minLength: 1, maxLength: 4}).map((parts) => `${parts.join('\n\n')}\n`)},
    {weight: 1, arbitrary: fc.array(atom, {maxLength: 60}).map((parts) => `${parts.join('')}\n`)},
  )
  .map((text) => (text.length > 6000 ? `${text.slice(0, 6000).toWellFormed()}\n` : text))
