import {expect} from 'chai'
import {loadLexer} from '../../../../src/tui/text/lexer.js'
import {codeBlocksOf} from '../../../../src/tui/text/markdown/code-blocks.js'

describe('codeBlocksOf', () => {
  it('finds each block in order, nested ones and long ones too, as it was written', async () => {
    const lexer = await loadLexer()
    for (const lines of [1, 63, 64, 65, 1000, 20_000]) {
      const code = Array.from({length: lines}, (_, line) => `\tline ${line}  `).join('\n')
      const text = `a\n\n1. one\n\n   \`\`\`sh\n   ls\n   \`\`\`\n\n> ~~~\n> quoted\n> ~~~\n\n\`\`\`ts\n${code}\n\`\`\`\n\nend\n\`\`\`\nopen`
      expect(codeBlocksOf(text, lexer), `${lines} lines`).to.deep.equal(['ls', 'quoted', code, 'open'])
    }
    expect(codeBlocksOf('no code', lexer)).to.deep.equal([])
  })
})
