import {expect} from 'chai'
import fc from 'fast-check'
import {InputFilter} from '../../../src/tui/terminal/input-filter.js'
import {runs} from '../../helpers/sample.js'
import {answer, split, typed} from './terminal-answers.js'

/** The answer that Ink has asked for, and takes itself. */
const kitty = '\x1b[?1u'

/** What goes to the program: `/` is the silence that the filter waits for. */
function through(...input: (string | Buffer)[]): string {
  const filter = new InputFilter()
  let keys = ''
  for (const chunk of input) {
    if (chunk === '/') {
      for (let rests = 0; filter.waits !== undefined && rests < 3; rests++) keys += filter.rest().keys
    } else keys += filter.push(Buffer.from(chunk)).keys
  }
  return keys
}

const paste = (text: string) => `\x1b[200~${text}\x1b[201~`
const escapeKey = '\x1b[27u'

describe('InputFilter', () => {
  it('takes answers of the terminal out, wherever they are cut', () => {
    let tried = 0
    const input = fc.array(fc.oneof(answer, typed), {minLength: 1, maxLength: 4})
    fc.assert(
      fc.property(input, (parts) => {
        const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)))
        const text = parts.filter((part) => typeof part === 'string').join('')
        for (let cut = 0; cut <= bytes.length; cut++) {
          tried++
          const keys = through(...split(bytes, [cut]), '/').replaceAll(kitty, '')
          expect(keys, `cut at ${cut} of ${JSON.stringify(bytes.toString('latin1'))}`).to.equal(text)
        }
        const bytewise = through(...[...bytes].map((byte) => Buffer.from([byte])), '/').replaceAll(kitty, '')
        expect(bytewise).to.equal(text)
      }),
      {numRuns: runs(1000, 200)},
    )
    console.log(`      ${tried} cuts`)
  })

  it('tells what the terminal answers of itself, wherever it is cut', () => {
    const before = fc.constantFrom('', 'a', '\x1b[A', '\x1bP>|XTerm(390)\x1b\\')
    const ends = fc.constantFrom('\x07', '\x1b\\')
    const texts = fc.constantFrom('11;rgb:1e1e/1e1e/2e2e', '10;rgb:0/0/0', '52;c;aGk=')
    fc.assert(
      fc.property(before, texts, ends, fc.nat(), (first, text, end, cut) => {
        const filter = new InputFilter()
        const answers: string[] = []
        for (const chunk of split(Buffer.from(`${first}\x1b]${text}${end}b`), [cut])) {
          answers.push(...filter.push(chunk).answers)
        }
        expect(answers).to.deep.equal([text])
      }),
    )
    const filter = new InputFilter()
    const [long = ''] = filter.push(Buffer.from(`\x1b]11;${'x'.repeat(100_000)}\x07`)).answers
    expect(long.length, 'of a long one the beginning').to.be.below(300)
  })

  it('takes the answer of a kitty terminal through as a whole, for it is asked for', () => {
    for (let cut = 1; cut < kitty.length; cut++) {
      expect(through(kitty.slice(0, cut), kitty.slice(cut), '/')).to.equal(kitty)
    }
  })

  it('leaves keys as they are, wherever they are cut', () => {
    const keys = [
      ...['\x1b[A', '\x1b[1;5C', '\x1b[H', '\x1b[3~', '\x1b[13;2u', '\x1b[99;5u', '\x1b[1;1:3A', '\x1bOP', '\x1bOA'],
      ...['\x1b\x1b[A', '\x1b[Z', '\x1b[[A', '\x1b[2$', '\x1b[7^', '\x1b[c', '\x1b\r', '\x1bb', '\x1bé', '\x1b\x7f'],
      ...['\x01', '\x03', '\x1a', '\x1f', '\r', '\x7f', '\t', '\n', 'a', 'é', '😀'],
    ]
    fc.assert(
      fc.property(fc.constantFrom(...keys), typed, fc.nat(), (key, text, cut) => {
        expect(through(...split(Buffer.from(text + key), [cut]), '/')).to.equal(text + key)
      }),
    )
  })

  it('reads keys of modifyOtherKeys as those of the kitty protocol, and what Shift types as text, wherever they are cut', () => {
    const code = fc.oneof(fc.integer({min: 33, max: 126}), fc.constantFrom(8, 9, 13, 27, 32, 127, 0xe9, 0x1f600))
    fc.assert(
      fc.property(code, fc.integer({min: 1, max: 16}), typed, fc.nat(), (char, modifiers, before, cut) => {
        const keys = through(...split(Buffer.from(`${before}\x1b[27;${modifiers};${char}~`), [cut]), '/')
        const held = modifiers - 1
        const isText = char >= 32 && char !== 127 && held <= 1
        const letter = String.fromCodePoint(char)
        const text = held === 1 && /^[a-z]$/.test(letter) ? letter.toUpperCase() : letter
        // Meta is Alt.
        const bits = held >= 8 ? (held - 8) | 2 : held
        const key = `\x1b[${char === 8 ? 127 : char};${bits + 1}u`
        expect(keys).to.equal(before + (isText ? text : key))
      }),
    )
  })

  it('takes ESC for the key when nothing follows, and for Alt when something does', () => {
    expect(through('\x1b')).to.equal('')
    expect(through('\x1b', '/')).to.equal(escapeKey)
    expect(through('\x1b', '/', 'b')).to.equal(`${escapeKey}b`)
    expect(through('\x1b', 'b')).to.equal('\x1bb')
    expect(through('\x1b\x1b', '/')).to.equal(escapeKey + escapeKey)
    for (const key of ['_', ']', 'P', 'X', '^']) {
      expect(through(`\x1b${key}`, '/', 'a'), 'with Alt').to.equal(`\x1b${key}a`)
    }
  })

  it('takes ESC for the key right before an answer', () => {
    fc.assert(
      fc.property(answer, fc.nat(), (bytes, cut) => {
        const seven = bytes[0] === 0x1b
        const keys = through(...split(Buffer.concat([Buffer.from('\x1b'), bytes]), [cut]), '/').replaceAll(kitty, '')
        if (seven) expect(keys).to.equal(escapeKey)
      }),
    )
  })

  it('hears a control key in an answer that never ends, and text after a silence', () => {
    expect(through('\x1b]11;rgb:', '\x03')).to.equal('\x03')
    expect(through('\x1b[?6', '\r')).to.equal('\r')
    expect(through('\x1b[M', '/', 'abc')).to.equal('abc')
    expect(through('\x1b]11;rgb:', '/', 'abc')).to.equal('abc')
  })

  it('tells that the window got the keyboard', () => {
    const filter = new InputFilter()
    const nothing = {keys: '', focusIn: false, focusOut: false, answers: [], knowsKitty: false}
    expect(filter.push(Buffer.from('a\x1b['))).to.deep.equal({...nothing, keys: 'a'})
    expect(filter.push(Buffer.from('Ib'))).to.deep.equal({...nothing, keys: 'b', focusIn: true})
    expect(filter.push(Buffer.from('\x1b[O'))).to.deep.equal({...nothing, focusOut: true})
  })

  it('tells that the terminal knows the kitty protocol, and leaves the answer to Ink, too', () => {
    const filter = new InputFilter()
    expect(filter.push(Buffer.from('a\x1b[?')).knowsKitty).to.equal(false)
    expect(filter.push(Buffer.from('1u'))).to.include({knowsKitty: true, keys: '\x1b[?1u'})
    expect(filter.push(Buffer.from('b'))).to.include({knowsKitty: false, keys: 'b'})
  })

  describe('of a paste', () => {
    const pasted = fc.string({
      unit: fc.constantFrom('a', 'é', '😀', '\r', '\n', '\t', '\x1b', '[', '2', '0'),
      maxLength: 20,
    })

    it('hands it on whole, wherever it is cut, whatever is in it', () => {
      fc.assert(
        fc.property(pasted, typed, fc.array(fc.nat(), {maxLength: 6}), (content, after, cuts) => {
          fc.pre(content !== '')
          const bytes = Buffer.from(paste(content) + after)
          expect(through(...split(bytes, cuts), '/')).to.equal(paste(content) + after)
        }),
        {numRuns: runs(500, 100)},
      )
    })

    it('takes it without its end after a silence', () => {
      fc.assert(
        fc.property(pasted, fc.array(fc.nat(), {maxLength: 4}), (content, cuts) => {
          fc.pre(content !== '')
          const filter = ['/', ...['x', '\r', '\x03']]
          expect(through(...split(Buffer.from(`\x1b[200~${content}`), cuts), ...filter)).to.equal(
            `${paste(content)}x\r\x03`,
          )
        }),
      )
    })

    it('goes on with it after the silence where more than a key comes', () => {
      expect(through('\x1b[200~one\r', '/', 'two\rthree\r', 'four\x1b[201~', '\r')).to.equal(
        `${paste('one\r')}${paste('two\rthree\rfour')}\r`,
      )
      expect(through('\x1b[200~one', '/', ' more\r')).to.equal(`${paste('one')} more\r`)
    })

    it('does not tear a letter at the silence', () => {
      const bytes = Buffer.from('\x1b[200~é')
      expect(through(bytes.subarray(0, -1), '/', bytes.subarray(-1))).to.equal('é')
    })

    it('drops it at Ctrl+C, with all that still comes of it, and leaves at the second one', () => {
      for (const key of ['\x03', '\x1b[99;5u', '\x1b[27;5;99~']) {
        expect(through(`\x1b[200~one\rtwo${key}`)).to.equal('')
        expect(through('\x1b[200~one\r', `two\r${key}`, 'three\rfour\r', '\x1b[201~', 'typed\r')).to.equal('typed\r')
        expect(through('\x1b[200~one\r', key, 'two\r', '/', 'typed')).to.equal('typed')
        expect(through(`\x1b[200~one\rtwo${key}typed`, '/', '\r'), 'in one chunk').to.equal('typed\r')
        const heard = key === '\x03' ? key : '\x1b[99;5u'
        expect(through('\x1b[200~one\r', key, 'two\r', key, 'typed')).to.equal(`${heard}typed`)
      }
    })
  })

  describe('of several lines without brackets', () => {
    const line = fc.string({unit: fc.constantFrom('a', ' ', 'é', '😀', '\t'), minLength: 1, maxLength: 5})

    it('makes one paste of them, wherever the terminal cuts after the second line', () => {
      let tried = 0
      fc.assert(
        fc.property(fc.array(line, {minLength: 2, maxLength: 6}), fc.boolean(), (lines, ends) => {
          const text = lines.join('\r') + (ends ? '\r' : '')
          const bytes = Buffer.from(text)
          const first = Buffer.byteLength(`${lines[0]}\r`) + Buffer.byteLength([...(lines[1] ?? '')][0] ?? '')
          for (let cut = first; cut <= bytes.length; cut++) {
            tried++
            expect(through(...split(bytes, [cut]), '/')).to.equal(paste(text))
          }
        }),
      )
      console.log(`      ${tried} cuts`)
    })

    it('leaves what can be typed: a line with its Enter, keys among text', () => {
      for (const text of ['hello\r', 'hello\r\r', '\rnext', 'a\x01\rb', 'a\n'])
        expect(through(text, '/')).to.equal(text)
    })

    it('takes a key at once, behind them', () => {
      expect(through('a\rb', '\x03')).to.equal(`${paste('a\rb')}\x03`)
    })
  })
})
