import {expect} from 'chai'
import fc from 'fast-check'
import {oneLine, sanitize, sanitizeAnsi} from '../../../src/tui/text/sanitize.js'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
const drives = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/
/** Text rich in what drives terminals. */
const nasty = fc.string({
  unit: fc.constantFrom(
    '\x1b',
    '[',
    ']',
    '0',
    ';',
    'm',
    'H',
    'J',
    '\x07',
    '\x9b',
    '\x9d',
    '\\',
    'P',
    '\n',
    '\r',
    '\t',
    'a',
    'é',
    '\u202e',
    '\ud800',
    '\x7f',
  ),
})

describe('sanitize', () => {
  it('leaves nothing that can drive a terminal', () => {
    fc.assert(fc.property(nasty, (text) => !drives.test(sanitize(text)) && sanitize(text).isWellFormed()))
  })

  it('keeps ordinary text, newlines and tabs as they are', () => {
    const text = 'one\ttwo\n日本語 😀 naïve — “quoted”'
    expect(sanitize(text)).to.equal(text)
  })

  it('removes sequences whole and keeps the text around them', () => {
    expect(sanitize('a\x1b[31mred\x1b[0m b')).to.equal('ared b')
    expect(sanitize('x\x1b]0;title\x07y\x1b]52;c;aGk=\x1b\\z')).to.equal('xyz')
    expect(sanitize('x\x1bP+q544e\x1b\\y\x1bc')).to.equal('xy')
    expect(sanitize('8-bit \x9b2Jclear')).to.equal('8-bit clear')
  })

  it('loses no more than one line to a sequence that never ends', () => {
    expect(sanitize('a\x1b]0;open\nnext line')).to.equal('a\nnext line')
  })

  it('shows other control characters and bidirectional controls', () => {
    expect(sanitize('bell\x07 nul\x00')).to.equal('bell\\x07 nul\\x00')
    expect(sanitize('rm \u202etxt.exe')).to.equal('rm <U+202e>txt.exe')
    expect(sanitize('a\r\nb\rc\u2028d')).to.equal('a\nb\nc\nd')
  })
})

describe('sanitizeAnsi', () => {
  it('keeps colours alone and closes them on each line', () => {
    expect(sanitizeAnsi('\x1b[31m-old\n\x1b[2J+new')).to.equal('\x1b[31m-old\x1b[0m\n+new')
  })

  it('leaves nothing but colours', () => {
    fc.assert(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: SGR sequences are what may be left.
      fc.property(nasty, (text) => !drives.test(sanitizeAnsi(text).replace(/\x1b\[[0-9;:]*m/g, ''))),
    )
  })
})

describe('oneLine', () => {
  it('joins lines visibly and marks what was cut', () => {
    expect(oneLine(' a\n  b\tc ')).to.equal('a ↵ b c')
    expect(oneLine('abcdef', 4)).to.equal('abc…')
  })
})
