import {expect} from 'chai'
import fc from 'fast-check'
import {oneLine, sanitize, sanitizeAnsi} from '../../../src/tui/text/sanitize.js'
import {tellTried} from '../../helpers/tried.js'

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

describe('what has no width', () => {
  const named = (character: string) => `<U+${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0')}>`

  it('is named wherever it stands in a text', () => {
    const hiding = ['\u00ad', '\u034f', '\u115f', '\u180e', '\u200b', '\u2060', '\u2064', '\u3164', '\ufeff', '\uffa0']
    const tags = Array.from('\u{e0001}\u{e0041}\u{e007f}')
    let tried = 0
    for (const character of [...hiding, ...tags]) {
      for (const [before, after] of [
        ['', ''],
        ['a', 'b'],
        [' ', ' '],
        ['日', '本'],
        ['😀', '😀'],
        ['\n', '\n'],
      ] as const) {
        tried++
        expect(sanitize(before + character + after)).to.equal(before + named(character) + after)
        expect(oneLine(`x${before}${character}${after}x`)).to.include(named(character))
      }
    }
    tellTried(tried, 'characters without width')
  })

  it('stays where an emoji or a script is made of it', () => {
    const proper = [
      '👩‍👩‍👧',
      '❤️‍🔥',
      '🏳️‍🌈',
      '☺️',
      '1️⃣',
      '#️⃣',
      '👩🏽‍💻',
      'می‌خواهم',
      'क्‍ष',
      '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
      '葛\u{e0100}',
    ]
    for (const text of proper) expect(sanitize(text)).to.equal(text)
  })

  it('is named where it only says something that nobody sees', () => {
    expect(sanitize('pass\u200dword')).to.equal('pass<U+200d>word')
    expect(sanitize('a\ufe0f')).to.equal('a<U+fe0f>')
    expect(sanitize('😀\ufe0f\ufe01\u{e0101}')).to.equal('😀\ufe0f<U+fe01><U+e0101>')
    expect(sanitize('🏴\u{e0068}\u{e0069}\u{e007f}')).to.equal('🏴<U+e0068><U+e0069><U+e007f>')
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
