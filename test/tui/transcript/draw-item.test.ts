import {expect} from 'chai'
import fc from 'fast-check'
import stringWidth from 'string-width'
import {type Lexer, loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {themes} from '../../../src/tui/text/theme/themes.js'
import {softWrapped, stripSgr} from '../../../src/tui/text/wrap.js'
import {itemRows} from '../../../src/tui/transcript/draw-item.js'
import {type Item, type ItemBody, reasoningItem, toolItem} from '../../../src/tui/transcript/items.js'
import type {ToolCall} from '../../../src/tui/transcript/tool-lines/index.js'

describe('itemRows', () => {
  let lexer: Lexer
  const plain = createStyle({TERM: 'dumb'})
  const colored = createStyle({TERM: 'xterm'})
  const tinted = createStyle({TERM: 'xterm'}, {level: 3, theme: themes.dark})

  before(async () => {
    lexer = await loadLexer()
  })

  const rows = (body: ItemBody, options: {width?: number; showReasoning?: boolean} = {}) =>
    itemRows({...body, id: 0} as Item, undefined, {width: 40, style: plain, showReasoning: true, lexer, ...options})
  const markdown = (text: string, width?: number) =>
    rows({kind: 'assistant', text, first: true}, width ? {width} : {}).slice(1)
  const tool = (more: Partial<ToolCall>) =>
    rows(toolItem({id: 't', name: 'terminal', context: 'ls', status: 'complete', ...more})).slice(1)

  it('shows Markdown lightly', () => {
    expect(markdown('# Title\n\nSome **bold** and `code`.')).to.deep.equal(['Title', '', 'Some bold and code.'])
    expect(markdown('- one\n- two\n  - inner')).to.deep.equal(['• one', '• two', '  • inner'])
    expect(markdown('3. three\n4. four')).to.deep.equal(['3. three', '4. four'])
    expect(markdown('> quoted')).to.deep.equal(['│ quoted'])
    expect(markdown('```ts\nlet a = 1\n\nlet b\n```')).to.deep.equal(['── ts', 'let a = 1', '', 'let b'])
    expect(markdown('see [the docs](https://example.org/x)')).to.deep.equal(['see the docs (https://example.org/x)'])
  })

  it('leaves nothing behind the text of a prompt that one would copy, in any look', () => {
    const word = fc.string({unit: fc.constantFrom('a', 'word', ' ', '  ', '\n', '日本', '\t'), maxLength: 80})
    fc.assert(
      fc.property(word, fc.integer({min: 20, max: 60}), (text, width) => {
        const shown = [plain, colored, tinted].map((style) => {
          const drawn = itemRows({kind: 'user', text, id: 0}, undefined, {width, style, showReasoning: true, lexer})
          return drawn.map(stripSgr).filter((row) => !/^─+$/.test(row))
        })
        for (const row of [...(shown[1] ?? []), ...(shown[2] ?? [])]) expect(row).to.equal(row.trimEnd())
        expect(shown[2], 'the same words in the same rows').to.deep.equal(shown[1])
        expect(shown[0]?.map((row) => row.trimEnd())).to.deep.equal(shown[1])
      }),
    )
  })

  it('shows all of an output, in columns where there is room for them', () => {
    const unit = fc.constantFrom(
      'a',
      'label',
      ' ',
      '  ',
      '     ',
      '\n',
      '/command [name]',
      '日本',
      'a sentence of words',
    )
    fc.assert(
      fc.property(fc.string({unit, maxLength: 60}), fc.integer({min: 20, max: 200}), (text, width) => {
        const drawn = rows({kind: 'output', text}, {width})
        expect(drawn.join('').replace(/\s+/g, '')).to.equal(text.replace(/\s+/g, ''))
      }),
    )
    const status = 'folder   /home/me/projects/with a long name'
    expect(rows({kind: 'output', text: status}, {width: 30}).slice(1)).to.deep.equal([
      'folder   /home/me/projects/wit',
      '         h a long name',
    ])
    const help = `${'/permissions [remove N]'.padEnd(24)} what may be done, and why`
    expect(rows({kind: 'output', text: help}, {width: 40}).slice(1)).to.deep.equal([
      '/permissions [remove N]  what may be ',
      '    done, and why',
    ])
  })

  it('starts a continued reply at its first word, and leaves code that is indented as it is', () => {
    expect(markdown(' and goes on')).to.deep.equal(['and goes on'])
    expect(markdown('\n\n  after blank rows')).to.deep.equal(['after blank rows'])
    expect(markdown('    let a = 1').join('')).to.include('let a = 1').and.not.match(/^let/)
  })

  it('shows what was answered to a question, not how it is stored', () => {
    const result = {question: 'which?', choices_offered: ['a', 'b'], user_response: 'b'}
    expect(tool({name: 'clarify', context: 'which?', result}).join('|')).to.match(/^● Asked which\?\|\s+⎿ b$/)
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
        for (const style of [colored, tinted]) {
          for (const kind of ['assistant', 'user', 'command', 'reasoning', 'output'] as const) {
            const item = {kind, text, first: true, id: 0} as Item
            const drawn = itemRows(item, undefined, {width, style, showReasoning: true, lexer})
            for (const row of softWrapped(drawn, width)) {
              expect(stringWidth(row), row).to.be.at.most(width)
            }
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
    expect(tool({seconds: 2.44, result: {output: 'a\nb\nc\nd\ne\nf', exit_code: 0}})).to.deep.equal([
      '● Ran ls · 2.4 s',
      '  ⎿ a',
      '    b',
      '    c',
      '    d',
      '    … 2 more lines · Ctrl+O',
    ])
    expect(tool({seconds: 0.84, result: {output: '', exit_code: 0}}), 'a time that nobody waited for').to.deep.equal([
      '● Ran ls',
    ])
    expect(tool({result: {error: 'terminal: no such file'}})).to.deep.equal(['● Could not run ls', '  ⎿ no such file'])
    expect(tool({status: 'unknown'})).to.deep.equal([
      '● Run ls',
      '  outcome unknown: the gateway died ',
      '  while it ran',
    ])
    expect(tool({status: 'asked'}).join(' ')).to.include('its question was still open')
    expect(tool({status: 'not-started'})).to.deep.equal(['○ Run ls', '  not run'])
    for (const reason of ['the person said no: use rsync', 'not allowed in this run', 'a deny rule says so: rm *']) {
      const denied = {status: 'denied', result: {error: `terminal: ${reason}`, denied: true}} as const
      expect(tool(denied)).to.deep.equal(['● Run ls', `  ${reason}`])
    }
    expect(tool({status: 'denied'}).at(-1), 'no reason is known').to.equal('  not allowed')
    expect(tool({name: 'fetch_mail', context: 'inbox', result: 'plain text'})).to.deep.equal([
      '● Called fetch_mail inbox',
      '  ⎿ plain text',
    ])
    const titled = {name: 'titled', context: 'Ask Which way?'}
    expect(tool({...titled, result: {output: 'left'}})).to.deep.equal(['● Ask Which way?', '  ⎿ left'])
    expect(tool({...titled, result: {error: 'gone'}})).to.deep.equal(['● Failed: Ask Which way?', '  ⎿ gone'])
    expect(tool({...titled, status: 'not-started'})).to.deep.equal(['○ Ask Which way?', '  not run'])
    expect(tool({name: 'titled', context: '', result: {}})[0]).to.equal('● Used a tool')
  })

  it('shows the end of what a command that failed said, in its own lines', () => {
    const lines = Array.from({length: 30}, (_, index) => `line ${index}`)
    const shown = tool({context: 'npm test', result: {output: `${lines.join('\n')}\n`, exit_code: 1}})
    expect(shown.slice(0, 3)).to.deep.equal([
      '● Ran npm test · exit 1',
      '  ⎿ … 20 more lines above · Ctrl+O',
      '    line 20',
    ])
    expect(shown).to.have.lengthOf(12)
    expect(shown.at(-1)).to.equal('    line 29')
    expect(tool({result: {exit_code: 2, output: 'a\nb'}})).to.deep.equal(['● Ran ls · exit 2', '  ⎿ a', '    b'])
  })

  it('shows the colours of a diff and nothing else that is in it', () => {
    const diff = '\x1b[31m-old\x1b[0m\n\x1b[2J\x1b[32m+new\x1b[0m'
    const item = {id: 0, ...toolItem({id: 't', name: 'patch', context: 'a.ts', status: 'complete', diff})} as Item
    const text = itemRows(item, undefined, {width: 40, style: colored, showReasoning: true, lexer}).join('\n')
    expect(text).to.include('\x1b[31m-old').and.not.to.include('\x1b[2J')
  })

  it('tells a change to a file in words, and colours a diff that has no colours of its own', () => {
    const diff = '--- a/demo.ts\n+++ b/demo.ts\n@@ -1,3 +1,3 @@\n one\n--- two\n-three\n+++ two\n+3\u200b\n'
    const record = {name: 'edit_file', context: 'demo.ts', seconds: 0.1, diff, result: {path: 'demo.ts', bytes: 9}}
    const [head, ...more] = tool(record)
    expect(head).to.equal('● Edited demo.ts +2 −2')
    expect(more.join('\n')).to.include('+3⟦U+200B⟧').and.to.include('--- two').and.not.to.include('bytes')
    const item = {id: 0, ...toolItem({id: 't', status: 'complete', ...record})} as Item
    const text = itemRows(item, undefined, {width: 40, style: colored, showReasoning: true, lexer}).join('\n')
    expect(text).to.include('\x1b[31m--- two').and.to.include('\x1b[32m+++ two').and.to.include('\x1b[36m@@ -1,3')
    expect(tool({name: 'write_file', context: 'a.ts', result: {error: 'write_file: refused'}})).to.deep.equal([
      '● Could not write a.ts',
      '  ⎿ refused',
    ])
  })

  it('lists what is to do', () => {
    const todos = [
      {id: '1', content: 'read', status: 'completed'},
      {id: '2', content: 'write', status: 'in_progress'},
      {id: '3', content: 'test', status: 'pending'},
      {id: '4', content: 'dance', status: 'cancelled'},
    ]
    expect(tool({name: 'todo', context: '4 tasks', result: {todos}})).to.deep.equal([
      '● Tasks · 1 of 4 done',
      '  ⎿ ✔ read',
      '    ▸ write',
      '    ☐ test',
      '    – dance',
    ])
  })

  it('folds reasoning to a line with its time where it is hidden', () => {
    const folded = (seconds?: number) => rows(reasoningItem('hmm', seconds), {showReasoning: false}).at(-1)
    expect(folded(12.4)).to.equal('✻ thought for 12 s')
    expect(folded(0.2)).to.equal('✻ thought for a moment')
    expect(folded(125)).to.equal('✻ thought for 2 m 05 s')
    expect(folded(), 'of a stored transcript').to.equal('✻ thought')
    expect(rows(reasoningItem('hmm')).at(-1)).to.equal('✻ hmm')
  })

  it('cuts a long pasted prompt on screen and says so', () => {
    const text = Array.from({length: 200}, (_, index) => `line ${index}`).join('\n')
    const shown = rows({kind: 'user', text})
    expect(shown.length).to.be.below(50)
    expect(shown.at(-1)).to.include('160 more lines, sent in full')
  })
})
