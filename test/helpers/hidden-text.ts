import fc from 'fast-check'

const range = (from: number, to: number) => Array.from({length: to - from + 1}, (_, index) => from + index)
const characters = (codes: readonly number[]) => codes.map((code) => String.fromCodePoint(code))

const c0 = characters([...range(0x00, 0x1f), 0x7f]).filter((character) => character !== '\n')
const c1 = characters(range(0x80, 0x9f))
const bidi = characters([0x61c, 0x200e, 0x200f, ...range(0x202a, 0x202e), ...range(0x2066, 0x2069)])
const zeroWidth = characters([
  ...range(0x200b, 0x200f),
  ...range(0x2060, 0x2064),
  ...[0xfeff, 0xad, 0x34f, 0x115f, 0x1160, 0x3164, 0x180e, 0xffa0, 0x2800],
  ...range(0xfe00, 0xfe0f),
  ...range(0xe0100, 0xe0104),
])
const tags = characters(range(0xe0000, 0xe007f))
const separators = ['\u2028', '\u2029', '\u00a0', '\u2003', '\u3000', '\u1680', '\u202f']
const surrogates = ['\ud800', '\udbff', '\udc00', '\udfff']
const marks = ['\u0301', '\u0338', '\u20dd', 'e\u0301', 'Z\u0351\u0352\u0353\u0354\u0355', '\u212a', '\u037e']

/** Every one of these must be seen where it stands. */
export const hiddenCharacters = [...c0, ...c1, ...bidi, ...zeroWidth, ...tags, ...separators, ...surrogates]

const body = fc.string({unit: fc.constantFrom('a', ';', ' ', '0', '\\', '/'), maxLength: 8})
const strings = fc
  .tuple(
    fc.constantFrom('\x1b]', '\x1bP', '\x1b_', '\x1b^', '\x1bX', '\x90', '\x9d', '\x9f', '\x9e', '\x98'),
    body,
    fc.constantFrom('\x07', '\x1b\\', '\x9c', ''),
  )
  .map((parts) => parts.join(''))
const sequences = fc.constantFrom(
  '\x1b[8m',
  '\x1b[2J',
  '\x1b[1;1H',
  '\x9b31m',
  '\x1bc',
  '\x1b(0',
  '\x1b[?1049h',
  '\x1b[0m',
)

const words = fc.constantFrom(
  ...[
    'ls -la',
    'rm -rf build',
    '; touch PWNED #',
    ' && ',
    '|',
    '"',
    "'",
    '\\x1b',
    '<U+202E>',
    '⟦',
    '⟧',
    '⟦\\x1b⟧',
    '⇥   ',
  ],
  ...[
    '·',
    '←',
    '↳ ',
    '日本',
    '😀',
    '❤️',
    '1️⃣',
    'é',
    'שלום',
    'раураl',
    'привет',
    '  ',
    ' \n',
    '\n',
    '\t',
    '\r\n',
    '…',
    ' '.repeat(70),
  ],
)

/** Text in which something hides: words of a shell with control characters, sequences, invisible ones anywhere. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      {weight: 4, arbitrary: words},
      {weight: 3, arbitrary: fc.constantFrom(...hiddenCharacters, ...marks)},
      {weight: 1, arbitrary: strings},
      {weight: 1, arbitrary: sequences},
    ),
    {maxLength: 24},
  )
  .map((parts) => parts.join(''))
