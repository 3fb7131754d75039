import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {type Lexer, loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {softWrapped} from '../../../src/tui/text/wrap.js'
import {itemRows} from '../../../src/tui/transcript/draw-item.js'
import type {Item, ItemBody, ToolRecord} from '../../../src/tui/transcript/items.js'

describe('itemRows', () => {
  let lexer: Lexer
  const plain = createStyle({TERM: 'dumb'})
  const colored = createStyle({TERM: 'xterm'})

  before(async () => {
    lexer = await loadLexer()
  })

  const rows = (body: ItemBody, options: {width?: number; showReasoning?: boolean} = {}) =>
    itemRows({...body, id: 0} as Item, undefined, {width: 40, style: plain, showReasoning: true, lexer, ...options})
  const markdown = (text: string, width?: number) =>
    rows({kind: 'assistant', text, first: true}, width ? {width} : {}).slice(1)
  const tool = (more: Partial<ToolRecord>) =>
    rows({kind: 'tool', tool: {id: 't', name: 'terminal', context: 'ls', status: 'complete', ...more}}).slice(1)

  it('shows Markdown lightly', () => {
    expect(markdown('# Title\n\nSome **bold** and `code`.')).to.deep.equal(['Title', '', 'Some bold and code.'])
    expect(markdown('- one\n- two\n  - inner')).to.deep.equal(['• one', '• two', '  • inner'])
    expect(markdown('3. three\n4. four')).to.deep.equal(['3. three', '4. four'])
    expect(markdown('> quoted')).to.deep.equal(['│ quoted'])
    expect(markdown('```ts\nlet a = 1\n\nlet b\n```')).to.deep.equal(['── ts', 'let a = 1', '', 'let b'])
    expect(markdown('see [the docs](https://example.org/x)')).to.deep.equal(['see the docs (https://example.org/x)'])
  })

  it('starts a continued reply at its first word, and leaves code that is indented as it is', () => {
    expect(markdown(' and goes on')).to.deep.equal(['and goes on'])
    expect(markdown('\n\n  after blank rows')).to.deep.equal(['after blank rows'])
    expect(markdown('    let a = 1').join('')).to.include('let a = 1').and.not.match(/^let/)
  })

  it('shows what was answered to a question, not how it is stored', () => {
    const result = {question: 'which?', choices_offered: ['a', 'b'], user_response: 'b'}
    expect(tool({name: 'clarify', context: 'which?', result}).join('|')).to.match(/^● clarify {2}which\?\|\s+⎿ b$/)
  })

  it('shows the address of a link whatever its label says', () => {
    expect(markdown('[https://good.example](https://bad.example)', 80).join('')).to.include('(https://bad.example)')
  })

  it('aligns a table, and lists its cells when it is too wide', () => {
    const table = '| name | size |\n|---|---|\n| a.txt | 12 |\n| longer.txt | 3 |'
    expect(markdown(table)).to.deep.equal([
      'name       │ size',
      '───────────┼─────',
      'a.txt      │ 12',
      'longer.txt │ 3',
    ])
    expect(markdown(table, 10)[0]).to.equal('name: ')
  })

  it('never makes a row wider than the terminal, with wide characters and colours too', () => {
    const unit = fc.constantFrom(
      'word',
      ' ',
      '\n',
      '**',
      '`',
      '日本',
      '😀',
      '# ',
      '- ',
      '| a ',
      '|\n',
      '```\n',
      '[x](y)',
      '\x1b[31m',
      '\t',
    )
    fc.assert(
      fc.property(fc.string({unit, maxLength: 60}), fc.integer({min: 20, max: 60}), (text, width) => {
        for (const kind of ['assistant', 'user', 'reasoning', 'output'] as const) {
          const item = {kind, text, first: true, id: 0} as Item
          const drawn = itemRows(item, undefined, {width, style: colored, showReasoning: true, lexer})
          for (const row of softWrapped(drawn, width)) {
            expect(stringWidth(row), row).to.be.at.most(width)
          }
        }
      }),
    )
  })

  it('goes on with a code block that was cut off from its opening line', () => {
    const open = {kind: 'code', fence: {marker: '```', indent: 0, language: 'ts'}, inside: ''} as const
    const before = {open, links: new Map(), wanted: new Set<string>()}
    expect(rows({kind: 'assistant', text: 'let c\n```\n', first: false, before})).to.deep.equal(['let c'])
  })

  it('shows tools with time, a short result, failures and unknown outcomes', () => {
    expect(tool({seconds: 0.84, result: {output: 'a\nb\nc\nd\ne\nf'}})).to.deep.equal([
      '● terminal  ls 0.8s',
      '  ⎿ a',
      '    b',
      '    c',
      '    d',
      '    … 2 more lines',
    ])
    expect(tool({result: {error: 'no such file'}}).at(-1)).to.equal('  ⎿ no such file')
    expect(tool({result: {exit_code: 2, output: 'bad'}}).at(-1)).to.equal('  ⎿ exit code 2: bad')
    expect(tool({status: 'unknown'}).at(-1)).to.include('outcome unknown')
    expect(tool({status: 'asked'}).at(-1)).to.include('its question was still open')
    expect(tool({status: 'not-started'}).at(-1)).to.include('not run')
    for (const reason of ['the person said no: use rsync', 'not allowed in this run', 'a deny rule says so: rm *']) {
      const denied = {status: 'denied', result: {error: `terminal: ${reason}`, denied: true}} as const
      expect(tool(denied).at(-1)).to.equal(`  ${reason}`)
    }
    expect(tool({status: 'denied'}).at(-1), 'no reason is known').to.equal('  not allowed')
    expect(tool({result: 'plain text'}).at(-1)).to.equal('  ⎿ plain text')
  })

  it('shows the colours of a diff and nothing else that is in it', () => {
    const style = colored
    const item: Item = {
      kind: 'tool',
      id: 0,
      tool: {
        id: 't',
        name: 'edit',
        context: 'a.ts',
        status: 'complete',
        diff: '\x1b[31m-old\x1b[0m\n\x1b[2J\x1b[32m+new\x1b[0m',
      },
    }
    const text = itemRows(item, undefined, {width: 40, style, showReasoning: true, lexer}).join('\n')
    expect(text).to.include('\x1b[31m-old').and.not.to.include('\x1b[2J')
  })

  it('tells a change to a file in words, and colours a diff that has no colours of its own', () => {
    const diff = '--- a/demo.ts\n+++ b/demo.ts\n@@ -1,3 +1,3 @@\n one\n--- two\n-three\n+++ two\n+3\u200b\n'
    const record = {name: 'edit_file', context: 'demo.ts', seconds: 0.1, diff, result: {path: 'demo.ts', bytes: 9}}
    const [head, ...more] = tool(record)
    expect(head).to.equal('● Edited demo.ts +2 −2 0.1s')
    expect(more.join('\n')).to.include('+3⟦U+200B⟧').and.to.include('--- two').and.not.to.include('bytes')
    const item = {kind: 'tool', id: 0, tool: {id: 't', status: 'complete', ...record}} as Item
    const text = itemRows(item, undefined, {width: 40, style: colored, showReasoning: true, lexer}).join('\n')
    expect(text).to.include('\x1b[31m--- two').and.to.include('\x1b[32m+++ two').and.to.include('\x1b[36m@@ -1,3')
    expect(tool({name: 'write_file', context: 'x', result: {path: 'a.ts', bytes: 9, created: true}})).to.deep.equal([
      '● Created a.ts',
    ])
    expect(
      tool({name: 'write_file', context: 'x', result: {path: 'a.ts', created: false, added: 3, removed: 2}}),
    ).to.deep.equal(['● Edited a.ts +3 −2'])
    expect(
      tool({name: 'write_file', context: 'x', result: {path: 'a.ts', created: false, added: 3}}),
      'the lines of a binary file are not counted',
    ).to.deep.equal(['● Edited a.ts +3 −0'])
    expect(tool({name: 'write_file', context: 'a.ts', result: {error: 'refused'}})[0]).to.equal('● write_file  a.ts')
  })

  it('lists what is to do', () => {
    const todos = [
      {id: '1', content: 'read', status: 'completed'},
      {id: '2', content: 'write', status: 'in_progress'},
      {id: '3', content: 'test', status: 'pending'},
    ]
    expect(tool({name: 'todo', context: '', result: {todos}}).slice(1)).to.deep.equal([
      '  ⎿ [x] read',
      '    [>] write',
      '    [ ] test',
    ])
  })

  it('folds reasoning where it is hidden', () => {
    expect(rows({kind: 'reasoning', text: 'hmm'}, {showReasoning: false}).at(-1)).to.match(
      /^✻ thought for 3 characters/,
    )
    expect(rows({kind: 'reasoning', text: 'hmm'}).at(-1)).to.equal('✻ hmm')
  })

  it('cuts a long pasted prompt on screen and says so', () => {
    const text = Array.from({length: 200}, (_, index) => `line ${index}`).join('\n')
    const shown = rows({kind: 'user', text})
    expect(shown.length).to.be.below(50)
    expect(shown.at(-1)).to.include('160 more lines, sent in full')
  })
})
