import {expect} from 'chai'
import fc from 'fast-check'
import {harmless} from '../../../src/control-sequences.js'
import {sessionOpened} from '../../../src/protocol/shapes/answers.js'
import {StderrTail} from '../../../src/supervisor/process/stderr-tail.js'
import {idInHead, readFrame} from '../../../src/supervisor/wire/frame-reader.js'
import {gatewayEvent} from '../../../src/supervisor/wire/gateway-event.js'

const read = (text: string) => readFrame(Buffer.from(text))

describe('frames from a gateway', () => {
  it('are events, results and errors', () => {
    expect(
      read('{"method":"event","params":{"type":"error","session_id":"s","payload":{"message":"m"}}}'),
    ).to.deep.equal({
      kind: 'event',
      type: 'error',
      sessionId: 's',
      payload: {message: 'm'},
    })
    expect(read('{"id":"r1","result":{"a":1}}')).to.deep.equal({kind: 'result', id: 'r1', result: {a: 1}})
    expect(read('{"id":null,"error":{"code":-32700,"message":"parse error"}}')).to.deep.equal({
      kind: 'error',
      id: null,
      code: -32700,
      message: 'parse error',
      data: undefined,
    })
  })

  it('that are none are told as malformed, and blank lines not at all', () => {
    for (const text of ['[]', '1', 'null', 'x', '{}', '{"method":"event"}', '\ufeff{}', '{"id":1} {}']) {
      expect(read(text)?.kind, text).to.equal('malformed')
    }
    expect(read('  \r')).to.equal(undefined)
  })

  it('never throw, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({maxLength: 300}), (bytes) => {
        const frame = readFrame(Buffer.from(bytes))
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
        if (frame?.kind === 'malformed') expect(frame.detail).to.not.match(/[\u0000-\u001f\u007f-\u009f]/)
      }),
    )
    fc.assert(fc.property(fc.json(), (text) => void read(text)))
  })

  it('are cut where they nest too deeply to be walked, and stay what they are otherwise', () => {
    for (const levels of [1, 50, 90, 5000, 500_000]) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const value = `${open.repeat(levels)}1${close.repeat(levels)}`
        const frames = [
          `{"method":"event","params":{"type":"tool.complete","payload":{"result":${value}}}}`,
          `{"id":"r1","result":{"messages":[${value}]}}`,
          `{"id":"r1","error":{"code":1,"message":"m","data":{"x":${value}}}}`,
        ]
        for (const frame of frames) {
          const json = JSON.stringify(read(frame))
          if (levels < 100) expect(json).to.include(value)
          else expect(json).to.include('nested too deeply')
        }
      }
    }
  })

  it('show their id even when they are too long', () => {
    expect(idInHead(Buffer.from('{"jsonrpc": "2.0", "id": "r12", "result": {'))).to.equal('r12')
    expect(idInHead(Buffer.from('{"jsonrpc":"2.0","method":"event"'))).to.equal(undefined)
  })

  it('carry only what an event must have', () => {
    expect(gatewayEvent('message.delta', 's', {text: 'x'})).to.deep.equal({
      event: {type: 'message.delta', sessionId: 's', payload: {text: 'x'}},
    })
    expect(gatewayEvent('message.delta', 's', {})).to.deep.equal({malformed: 'message.delta without a proper text'})
    expect(gatewayEvent('message.complete', 's', {text: null, status: 'interrupted'})).to.have.property('event')
    expect(gatewayEvent('message.start', 's', undefined)).to.have.property('event')
    expect(gatewayEvent('skin.changed', '', {})).to.equal(undefined)
    expect(gatewayEvent('toString', 's', {})).to.equal(undefined)
  })

  it('belong to the gateway as a whole when their session is empty', () => {
    expect(gatewayEvent('error', '', {message: 'm'})).to.have.nested.property('event.sessionId', undefined)
  })

  it('open a session when they have its id', () => {
    expect(sessionOpened({})).to.equal(undefined)
    expect(sessionOpened({session_id: 7})).to.equal(undefined)
    expect(sessionOpened({session_id: 's', messages: [{role: 'user', text: 'x'}, 1, null]})).to.deep.include({
      session_id: 's',
      message_count: 1,
      messages: [{role: 'user', text: 'x'}],
    })
  })
})

describe('stderr tail', () => {
  it('keeps the last 200 lines, and joins what comes in pieces', () => {
    const tail = new StderrTail()
    tail.push(Buffer.from('hal'))
    expect(tail.push(Buffer.from('f\nnext'))).to.deep.equal(['half'])
    for (let i = 0; i < 300; i++) tail.push(Buffer.from(`line ${i}\n`))
    expect(tail.lines).to.have.length(200)
    expect(tail.lines.at(-1)).to.equal('line 299')
    tail.push(Buffer.from('no newline'))
    expect(tail.end()).to.deep.equal(['no newline'])
  })

  it('says how many lines of a flood it left out', () => {
    const lines = new StderrTail().push(Buffer.from('x\n'.repeat(500)))
    expect(lines).to.have.length(201)
    expect(lines[0]).to.equal('… 300 lines left out')
  })

  it('says how long a line was that it cut', () => {
    expect(new StderrTail().push(Buffer.from(`${'y'.repeat(5000)}\n`))[0]).to.match(
      /^y{4096}… \[truncated 904 chars\]$/,
    )
    expect(new StderrTail().push(Buffer.from(`${'z'.repeat(50_000)}\n`))[0]).to.match(/^z{240}… \[50000 bytes\]$/)
  })

  it('removes control sequences and keeps the text around them', () => {
    expect(
      harmless('a\u001b[1;31mred\u001b[0m b\u001b]8;;http://x\u0007link\u001b]8;;\u001b\\ c\u009b2J', 99),
    ).to.equal('ared blink c')
    expect(harmless(`\u001b]`.repeat(50_000), 99)).to.equal('')
  })

  it('lets nothing through that drives a terminal', () => {
    const piece = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      'P',
      '0;',
      '31m',
      '\u0007',
      '\\',
      '\u009b',
      '\u009d',
      '\u202e',
      '\r',
      'a',
      '😀',
    )
    fc.assert(
      fc.property(fc.string({unit: piece}), (text) => {
        expect(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u.test(harmless(text, 4096))).to.equal(false)
      }),
    )
  })
})
