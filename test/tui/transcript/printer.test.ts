import {expect} from 'chai'
import {loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import type {Item} from '../../../src/tui/transcript/items.js'
import {Printer} from '../../../src/tui/transcript/printer.js'

const item = (id: number, kind: 'user' | 'assistant', text: string): Item =>
  kind === 'user' ? {id, kind, text} : {id, kind, text, first: true}

describe('Printer', () => {
  let width: number
  const create = () => new Printer({look: {style: createStyle({TERM: 'dumb'})}, width: () => width})

  beforeEach(() => {
    width = 40
  })

  it('gives the very same array while nothing new came, so that the static part is not drawn again', async () => {
    const printer = create()
    printer.lexer = await loadLexer()
    const items = [item(0, 'user', 'a'), item(1, 'assistant', 'b')]
    const blocks = printer.blocks(items, true)
    expect(printer.blocks(items, true)).to.equal(blocks)
    expect(printer.blocks([...items], false)).to.equal(blocks)
  })

  it('joins what came together, and never touches a block again', async () => {
    const printer = create()
    printer.lexer = await loadLexer()
    const items = [item(0, 'user', 'a'), item(1, 'assistant', 'b'), item(2, 'user', 'c')]
    const first = printer.blocks(items.slice(0, 2), true)
    const second = printer.blocks(items, true)
    expect(second.slice(0, -1)).to.deep.equal(first)
    expect(second.map((block) => block.text)).to.deep.equal(['\n› a\n\nb', '\n› c'])
  })

  it('holds a reply, and what follows it, until Markdown can be shown', async () => {
    const printer = create()
    const items = [item(0, 'user', 'a'), item(1, 'assistant', '**b**'), item(2, 'user', 'c')]
    expect(printer.blocks(items, true).at(-1)?.text).to.equal('\n› a')
    printer.lexer = await loadLexer()
    expect(printer.blocks(items, true).at(-1)?.text).to.equal('\nb\n\n› c')
  })

  it('prints a long transcript in parts, and holds no text that is drawn', async () => {
    const printer = create()
    printer.lexer = await loadLexer()
    const items = Array.from({length: 10}, (_, id) => item(id, 'user', `${id} `.repeat(4000)))
    const texts: string[] = []
    while (printer.behind(items)) {
      texts.push(printer.blocks(items, true).at(-1)?.text ?? '')
      printer.drawn()
    }
    expect(texts).to.have.lengthOf(5)
    for (const {id} of items) expect(texts.join('\n')).to.include(`› ${id} ${id} `)
    expect(printer.blocks(items, true).map((block) => block.text)).to.deep.equal(Array(5).fill(''))
  })

  it('prints nothing, and no blank row, for what is not to be seen', async () => {
    const printer = create()
    printer.lexer = await loadLexer()
    const items = [item(0, 'assistant', '<!-- hidden -->'), item(1, 'assistant', '</details>'), item(2, 'user', 'c')]
    for (const count of [1, 2]) expect(printer.blocks(items.slice(0, count), true)).to.deep.equal([])
    expect(printer.behind(items.slice(0, 2))).to.equal(false)
    expect(printer.blocks(items, true).map((block) => block.text)).to.deep.equal(['\n› c'])
  })
})
