import fc from 'fast-check'

const hex = fc.integer({min: 0, max: 0xffff}).map((value) => value.toString(16).padStart(4, '0'))
const small = fc.integer({min: 0, max: 300})
const mouseByte = fc.integer({min: 32, max: 255})

/** The body of an answer without its introducer and terminator, and what kind of sequence it is. */
const bodies = {
  ']': fc.oneof(
    fc.tuple(fc.constantFrom('10', '11', '12', '4;7'), hex, hex, hex).map(([n, r, g, b]) => `${n};rgb:${r}/${g}/${b}`),
    fc.constantFrom('11;rgb:0/0/0', '52;c;aGk=', 'lÜber title – 世界', 'L'),
  ),
  P: fc.constantFrom('>|kitty(0.36.4)', '>|XTerm(390)', '1$r0m', '0$r', '!|00000000', '1+r544e=787465726d'),
  _: fc.constantFrom('Gi=31;OK', 'Gi=31;ENOTSUPPORTED:x'),
  '[': fc.oneof(
    fc.tuple(small, small).map(([row, column]) => `${row};${column}R`),
    fc.tuple(small, small, small, fc.constantFrom('M', 'm')).map(([b, x, y, end]) => `<${b};${x};${y}${end}`),
    fc.tuple(small, small, small).map(([b, x, y]) => `${b};${x};${y}M`),
    fc.constantFrom('?62;22c', '?1;2c', '>1;4000;29c', '0n', '?6c', 'I', 'O', '?2026;2$y', '?997;1n'),
    fc.constantFrom('8;24;80t', '4;600;800t', '?1;0;256S', '?1u'),
  ),
}
const eightBit = {']': 0x9d, P: 0x90, _: 0x9f, '[': 0x9b}

const intro = (kind: keyof typeof bodies) =>
  fc.constantFrom(
    Buffer.from(`\x1b${kind}`),
    Buffer.from([eightBit[kind]]),
    Buffer.from(String.fromCharCode(eightBit[kind])),
  )
const stringEnd = fc.constantFrom(
  Buffer.from('\x07'),
  Buffer.from('\x1b\\'),
  Buffer.from([0x9c]),
  Buffer.from(String.fromCharCode(0x9c)),
)

const strings = fc
  .constantFrom(']' as const, 'P' as const, '_' as const)
  .chain((kind) =>
    fc
      .tuple(intro(kind), bodies[kind], stringEnd)
      .map(([start, body, end]) => Buffer.concat([start, Buffer.from(body), end])),
  )
const reports = fc.tuple(intro('['), bodies['[']).map(([start, body]) => Buffer.concat([start, Buffer.from(body)]))
const x10 = fc
  .tuple(intro('['), mouseByte, mouseByte, mouseByte)
  .map(([start, ...report]) => Buffer.concat([start, Buffer.from('M'), Buffer.from(report)]))

/** What a terminal answers or reports, with 7 and 8 bits: nothing of it is typed. */
export const answer = fc.oneof(strings, reports, x10)

/** Letters of one to four bytes, as they are typed: no line ends. */
export const typed = fc.string({
  unit: fc.constantFrom('a', 'Z', '0', ';', '?', '[', ']', 'M', 'G', ' ', 'é', 'Ü', '世', '😀', 'ā', 'ß', 'à'),
  minLength: 1,
  maxLength: 6,
})

/** The same bytes in chunks. */
export function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index])).filter((chunk) => chunk.length > 0)
}
