import {mock} from 'node:test'
import {expect} from 'chai'
import {beginning} from '../../../src/tui/text/blocks/split.js'
import {type Lexer, loadLexer} from '../../../src/tui/text/lexer.js'
import {createStyle} from '../../../src/tui/text/style.js'
import {LiveReply} from '../../../src/tui/transcript/live-reply.js'

describe('the unfinished piece of a reply', () => {
  let lexer: Lexer
  before(async () => {
    lexer = await loadLexer()
  })
  beforeEach(() => mock.timers.enable({apis: ['setTimeout']}))
  afterEach(() => mock.timers.reset())

  it('is drawn to its end when it stops growing, however long it is, and not for each key before', () => {
    let asked = 0
    const reply = new LiveReply({
      look: {style: createStyle({TERM: 'dumb'})},
      lexer: () => lexer,
      colours: undefined,
      again: () => asked++,
    })
    const rows = (text: string) => reply.rows({text, before: beginning.before}, 80, 20).join('\n')
    let text = 'word '.repeat(4000)
    rows(text)
    const {times} = reply.drawn
    for (let token = 0; token < 50; token++) {
      text += `new${token} `
      rows(text)
      // A key, twenty times a second.
      mock.timers.tick(50)
      rows(text)
    }
    expect(reply.drawn.times).to.equal(times)
    expect(asked).to.equal(0)
    mock.timers.tick(250)
    expect(asked).to.equal(1)
    expect(rows(text)).to.match(/new49$/)
    expect(reply.drawn.times).to.equal(times + 1)
    mock.timers.tick(10_000)
    rows(text)
    expect(asked).to.equal(1)
    expect(reply.drawn.times).to.equal(times + 1)
  })
})
