import {expect} from 'chai'
import {type Lexer, loadLexer, TooMuch} from '../../../src/tui/text/lexer.js'
import {bombs} from '../../helpers/markdown/bombs.js'
import {tellTried} from '../../helpers/tried.js'

describe('the lexer', () => {
  let lexer: Lexer
  before(async () => {
    lexer = await loadLexer()
  })

  const outcome = (text: string) => {
    try {
      lexer(text)
      return 'tokens'
    } catch (error) {
      if (error instanceof TooMuch) return error.message
      throw error
    }
  }

  it('gives tokens or says why not, for each repetition at each size', () => {
    let tried = 0
    for (const [name, bomb] of Object.entries(bombs)) {
      for (const size of [10, 300, 3000, 30_000, 300_000]) {
        tried++
        expect(outcome(bomb(size)), `${name} × ${size}`).to.match(
          /^(?:tokens|nested too deeply|its Markdown takes too long)$/,
        )
      }
    }
    tellTried(tried, 'repetitions × sizes')
  })

  it('gives up what nests deeper than a person can follow', () => {
    for (const mark of ['> ', '- ', '+ ', '1. ', '>']) {
      expect(outcome(`${mark.repeat(10)}x`), mark).to.equal('tokens')
      expect(outcome(`${mark.repeat(40)}x`), mark).to.equal('nested too deeply')
    }
  })

  it('takes ordinary long texts', () => {
    expect(
      outcome('A sentence with **bold** words and `code`, and a [link](https://example.org/a). '.repeat(30)),
    ).to.equal('tokens')
    expect(outcome(`| a | b |\n|---|---|\n${'| one cell | another cell |\n'.repeat(500)}`)).to.equal('tokens')
    expect(outcome('- an item of a list\n  that goes on\n'.repeat(200))).to.equal('tokens')
    expect(outcome('日本語の文章がここにあります。'.repeat(500))).to.equal('tokens')
  })

  it('counts anew for each text', () => {
    expect(outcome('*a '.repeat(3000) + 'b* '.repeat(3000))).to.not.equal('tokens')
    expect(outcome('*a*')).to.equal('tokens')
  })
})
