import {expect} from 'chai'
import fc from 'fast-check'
import {formatRecord, maxValueLength, parseRecord} from '../../src/crash-log/index.js'

const keep = (text: string) => text
const time = Date.UTC(2026, 10, 23, 18, 42, 0, 123)
const lineOf = (value: string) => formatRecord('tui-parent', {time, event: 'exit', fields: [['cause', value]]}, keep)
const readField = (name: string, value: string) =>
  parseRecord(formatRecord('tui-parent', {time, event: 'exit', fields: [[name, value]]}, keep).trimEnd())?.fields.get(
    name,
  ) ?? ''
const readBack = (value: string) => parseRecord(lineOf(value).trimEnd())?.fields.get('cause')

describe('record of the crash log', () => {
  it('is one greppable line of key=value', () => {
    const fields = [
      ['gen', 2],
      ['code', null],
      ['signal', 'SIGKILL'],
      ['expected', false],
      ['mono', 1234.56789],
      ['cause', 'exit code 1'],
      ['absent', undefined],
    ] as const
    expect(formatRecord('gateway', {time, event: 'exit', fields}, keep)).to.equal(
      '[gateway] 2026-11-23T18:42:00.123Z exit gen=2 code=null signal=SIGKILL expected=false mono=1234.568 cause="exit code 1"\n',
    )
  })

  it('is one record whatever a text holds', () => {
    const forged = 'boom\r\n[tui-parent] 2026-11-23T18:42:00.123Z kill reason=quit\n\x1b[2J\x1b]0;owned\x07'
    const line = lineOf(forged)
    expect(line).to.equal(
      '[tui-parent] 2026-11-23T18:42:00.123Z exit cause="boom ↵ [tui-parent] 2026-11-23T18:42:00.123Z kill reason=quit ↵ \\x1b[2J\\x1b]0;owned\\x07"\n',
    )
    expect(parseRecord(line.trimEnd())?.event).to.equal('exit')
  })

  it('shows characters that would make a text look like another one', () => {
    expect(lineOf('a\u202eb\u200bc\u2028d\u0085e\ud800f')).to.contain('cause="a\\u202eb\\u200bc\\u2028d\\x85e\\ud800f"')
  })

  it('cuts a long value, says how much, and leaves no half character', () => {
    const value = `${'x'.repeat(maxValueLength - 1)}😀${'y'.repeat(5000)}`
    const read = readBack(value) ?? ''
    expect(read.endsWith('… [truncated 5002 chars]')).to.equal(true)
    expect(read.slice(0, 4095)).to.equal('x'.repeat(4095))
    expect(read.isWellFormed()).to.equal(true)
    expect(readBack('z'.repeat(1_000_000))).to.equal(`${'z'.repeat(4096)}… [truncated 995904 chars]`)
  })

  it('keeps the last lines of stderr, where the error is', () => {
    const lines = Array.from({length: 3000}, (_, index) => `line ${index} of what it said 😀`)
    const read = readField('stderrTail', [...lines, 'TypeError: boom'].join('\n'))
    expect(read.endsWith('line 2999 of what it said 😀 ↵ TypeError: boom')).to.equal(true)
    const [, count = '', tail = ''] = /^\[truncated (\d+) chars\] …(.*)$/.exec(read) ?? []
    const written = lines.join('\n').length + '\nTypeError: boom'.length
    expect(Number(count) + tail.replaceAll(' ↵ ', '\n').length).to.equal(written)
    expect(tail.replaceAll(' ↵ ', '\n').length).to.be.within(maxValueLength - 1, maxValueLength)
    expect(read.isWellFormed()).to.equal(true)
    expect(readField('stderrTail', 'one\ntwo')).to.equal('one ↵ two')
  })

  it('keeps both ends of a stack: the innermost frames, and those behind a long message', () => {
    const frames = ['    at inner (a.js:1:1)', '    at outer (b.js:2:2)']
    const read = readField('stack', [`Error: ${'m'.repeat(50_000)}`, ...frames].join('\n'))
    expect(read.startsWith('Error: mmmm')).to.equal(true)
    expect(read).to.match(/m… \[truncated \d+ chars\] …/)
    expect(read.endsWith(frames.join(' ↵ '))).to.equal(true)
    expect(read.length).to.be.below(maxValueLength + 60)
    expect(readField('stack', frames.join('\n'))).to.equal(frames.join(' ↵ '))
  })

  it('leaves no part of a secret at either end', () => {
    const secret = `sk-${'S'.repeat(40)}`
    const hide = (text: string) => text.replaceAll(secret, '[redacted]')
    for (const name of ['cause', 'stderrTail', 'stack']) {
      for (let shift = 0; shift < 60; shift += 1) {
        const value = `${'x'.repeat(maxValueLength - shift)}${secret}\n${'y'.repeat(maxValueLength - 30)}${secret}`
        const line = formatRecord('tui-parent', {time, event: 'exit', fields: [[name, value]]}, hide)
        expect(line).not.to.contain('SS')
      }
    }
  })

  it('takes secrets out before it cuts, so that no part of one is left', () => {
    const secret = 'SECRETVALUE'
    const line = formatRecord(
      'tui-parent',
      {time, event: 'exit', fields: [['cause', `${'x'.repeat(maxValueLength - 5)}${secret}`]]},
      (text) => text.replaceAll(secret, '[redacted]'),
    )
    expect(line).not.to.contain('SECR')
  })

  it('survives impossible times and names', () => {
    const line = formatRecord('gateway', {time: Number.NaN, event: 'a b\nc', fields: [['x y=', 'v']]}, keep)
    expect(line).to.equal('[gateway] 1970-01-01T00:00:00.000Z a-b-c x-y-=v\n')
    expect(formatRecord('gateway', {time: 8.64e15, event: 'e', fields: []}, keep)).to.contain('1970-')
  })

  it('reads back every text without line breaks as it was', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 200}), (text) => {
        fc.pre(!/[\r\n]/.test(text))
        expect(readBack(text)).to.equal(text)
      }),
    )
  })

  it('is always exactly one line that reads back', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 300}), (text) => {
        const line = lineOf(text)
        expect(line.indexOf('\n')).to.equal(line.length - 1)
        expect(parseRecord(line.slice(0, -1))).not.to.equal(undefined)
      }),
    )
  })

  it('is not read from torn or foreign lines', () => {
    const line = formatRecord('tui-parent', {time, event: 'exit', fields: [['cause', 'exit code 1']]}, keep).trimEnd()
    for (let length = 0; length < line.length - 1; length += 1) {
      const read = parseRecord(line.slice(0, length))
      // A cut between two fields cannot be told from an end.
      if (read) expect([...read.fields.values()]).to.deep.equal([])
    }
    expect(parseRecord('=== SIGTERM received · 2026-11-23 18:42:00 ===')).to.equal(undefined)
    expect(parseRecord('[tui-parent] 2026-11-23T18:42:00.123Z [lifecycle] spawned gateway child pid=1')).to.equal(
      undefined,
    )
  })
})
