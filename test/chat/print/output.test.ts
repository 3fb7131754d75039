import {Writable} from 'node:stream'
import {expect} from 'chai'
import {createPrintWriter, type PrintResult} from '../../../src/chat/print/format.js'
import {createOutlet} from '../../../src/chat/print/outlet.js'

const result: PrintResult = {
  session_key: 'k',
  model: 'm',
  text: 'hello',
  usage: null,
  cost_usd: null,
  status: 'complete',
  tools: [],
  permission_denials: [],
  num_turns: 1,
  recoveries: 0,
  duration_ms: 1,
}

function sink(isTTY = false) {
  let text = ''
  const stream = Object.assign(
    new Writable({
      write(chunk, _encoding, done) {
        text += chunk
        done()
      },
    }),
    {isTTY},
  )
  return {outlet: createOutlet(stream), text: () => text}
}

describe('print output', () => {
  it('streams text and ends it with exactly one newline', () => {
    for (const end of ['', '\n']) {
      const {outlet, text} = sink()
      const write = createPrintWriter('text', outlet, () => true)
      write({type: 'delta', text: 'hel'})
      write({type: 'delta', text: `lo${end}`})
      write({type: 'result', ...result})
      expect(text()).to.equal('hello\n')
    }
  })

  it('holds text back that might start over, and prints it once', () => {
    const {outlet, text} = sink()
    const write = createPrintWriter('text', outlet, () => false)
    write({type: 'delta', text: 'lost'})
    write({type: 'recovery', state: 'recovered', reply: 'starts-over'})
    write({type: 'delta', text: 'hello'})
    expect(text()).to.equal('')
    write({type: 'result', ...result})
    expect(text()).to.equal('hello\n')
  })

  it('prints nothing at all for an empty answer', () => {
    const {outlet, text} = sink()
    createPrintWriter('text', outlet, () => true)({type: 'result', ...result, text: ''})
    expect(text()).to.equal('')
  })

  it('does not let text drive a terminal, and leaves it as it is in a file', () => {
    for (const isTTY of [true, false]) {
      const {outlet, text} = sink(isTTY)
      createPrintWriter('text', outlet, () => true)({type: 'delta', text: 'a\x1b[2Jb'})
      expect(text()).to.equal(isTTY ? 'ab' : 'a\x1b[2Jb')
    }
  })

  it('writes one object for json, and one a line for stream-json', () => {
    const json = sink()
    const lines = sink()
    for (const write of [
      createPrintWriter('json', json.outlet, () => true),
      createPrintWriter('stream-json', lines.outlet, () => true),
    ]) {
      write({type: 'delta', text: 'hel\nlo'})
      write({type: 'result', ...result})
    }
    expect(JSON.parse(json.text())).to.deep.equal(result)
    expect(
      lines
        .text()
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).to.deep.equal([
      {type: 'delta', text: 'hel\nlo'},
      {type: 'result', ...result},
    ])
  })

  it('tells once that the reader has gone, and drops what follows', async () => {
    let gone = 0
    let writes = 0
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        writes += 1
        done(Object.assign(new Error('write EPIPE'), {code: 'EPIPE'}))
      },
    })
    const outlet = createOutlet(stream, {onGone: () => (gone += 1)})
    outlet.write('a')
    await outlet.flush()
    outlet.write('b')
    await outlet.flush()
    expect({gone, writes, open: outlet.open}).to.deep.equal({gone: 1, writes: 1, open: false})
  })

  it('tells of other errors', async () => {
    const stream = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space left'), {code: 'ENOSPC'})),
    })
    const errors: string[] = []
    const outlet = createOutlet(stream, {onError: (error) => errors.push(error.message)})
    outlet.write('a')
    await outlet.flush()
    expect(errors).to.deep.equal(['no space left'])
  })
})
