/** An array in an array in an array, `levels` deep: `JSON.parse` takes it, `JSON.stringify` does not. */
export function deep(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels))
}

/** What a peer may send in place of anything, by name: all types of JSON, empty, extreme, deep and long. */
export const wrongValues: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['zero', 0],
  ['negative', -1.5],
  ['infinite', JSON.parse('1e999')],
  ['huge number', 1.7e308],
  ['empty text', ''],
  ['text', 'text'],
  ['long text', 'long '.repeat(20_000)],
  ['one long word', 'x'.repeat(100_000)],
  ['lone surrogates', '\ud800a\udfff'],
  ['controls', '\x1b]0;x\x07\x9b2J\u202e\u200b\0'],
  ['empty list', []],
  ['list', [1, 'a', null, {}, []]],
  ['empty object', {}],
  ['object', {a: 1, toString: 1, length: 7}],
  ['object that has the name of a prototype', JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}')],
  ['deep list', deep(20_000)],
  ['deep object', JSON.parse(`${'{"output":'.repeat(20_000)}1${'}'.repeat(20_000)}`)],
])
