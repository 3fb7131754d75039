import {expect} from 'chai'
import {MAX_REQUEST_BYTES} from '../../../src/protocol/frames.js'
import {type Frame, type GatewayProcess, Scratch} from '../gateway-process.js'

describe('framing', () => {
  const scratch = new Scratch()
  let gateway: GatewayProcess

  beforeEach(async () => {
    gateway = await scratch.start()
  })

  /** The answer to a raw line, after which the process must still serve. */
  async function answerTo(input: string | Buffer): Promise<Frame> {
    const from = gateway.frames.length
    gateway.raw(input)
    const answer = await gateway.frame(() => true, from)
    const {home} = await gateway.call('config.get', {key: 'profile'})
    expect(home).to.equal(scratch.home)
    return answer
  }

  const request = (id: string, key = 'busy') => `{"id":${id},"method":"config.get","params":{"key":"${key}"}}`

  it('begins with gateway.ready and what it can do', async () => {
    const ready = gateway.frames[0]?.params
    expect(ready?.session_id).to.equal(undefined)
    expect(ready?.payload).to.include({protocol_version: 1, pid: gateway.pid})
    expect(ready?.payload?.skin).to.deep.equal({})
    expect(ready?.payload?.capabilities).to.include.members(['prompt_id', 'journal', 'continue', 'resume_live_id'])
    expect(ready?.payload?.gateway_version).to.match(/^\d+\.\d+\.\d+/)
  })

  const parseErrors: [name: string, input: string | Buffer][] = [
    ['what is not JSON', '{nope\n'],
    ['a byte order mark', `\uFEFF${request('1')}\n`],
    ['two objects on one line', `${request('1')}{"id":2}\n`],
    ['a NaN id', `${request('NaN')}\n`],
    ['invalid UTF-8', Buffer.from(`${request('1', 'busy\xff\xfe')}\n`, 'latin1')],
  ]
  for (const [name, input] of parseErrors) {
    it(`answers ${name} with a parse error`, async () => {
      const {id, error} = await answerTo(input)
      expect(id).to.equal(null)
      expect(error?.code).to.equal(-32700)
      expect(error?.message).to.match(/^parse error/)
    })
  }

  for (const input of ['42', '"x"', 'null', `[${request('1')}]`]) {
    it(`refuses ${input.slice(0, 12)}: a request is an object`, async () => {
      const {id, error} = await answerTo(`${input}\n`)
      expect(id).to.equal(null)
      expect(error).to.deep.equal({code: -32600, message: 'invalid request: expected an object'})
    })
  }

  it('refuses a request without a method, and echoes its id', async () => {
    const message = 'invalid request: method must be a non-empty string'
    expect(await answerTo('{"id": 7}\n')).to.deep.include({id: 7, error: {code: -32600, message}})
    expect(await answerTo('{"id": 8, "method": ""}\n')).to.deep.include({id: 8, error: {code: -32600, message}})
    expect(await answerTo('{"id": 9, "method": 5}\n')).to.deep.include({id: 9, error: {code: -32600, message}})
  })

  it('refuses params that are no object, and takes null for none', async () => {
    const {error} = await answerTo('{"id": 1, "method": "config.get", "params": ["busy"]}\n')
    expect(error).to.deep.equal({code: -32602, message: 'invalid params: expected an object'})
    const none = await answerTo('{"id": 2, "method": "config.get", "params": null}\n')
    expect(none.error).to.deep.equal({code: 4002, message: 'unknown config key: '})
  })

  it('names the unknown method', async () => {
    const {id, error} = await answerTo('{"id": 7, "method": "nope.nope"}\n')
    expect(id).to.equal(7)
    expect(error).to.deep.equal({code: -32601, message: 'unknown method: nope.nope'})
    // Names that every object has are no methods.
    expect((await answerTo('{"id": 8, "method": "toString"}\n')).error?.code).to.equal(-32601)
    expect((await answerTo('{"id": 9, "method": "__proto__"}\n')).error?.code).to.equal(-32601)
  })

  it('echoes any id, and answers a request without one with null', async () => {
    for (const id of ['"raw"', '7', '{"a":1}', 'null', '1.5', 'true']) {
      const answer = await answerTo(`${request(id)}\n`)
      expect(answer.id).to.deep.equal(JSON.parse(id))
      expect(answer.result).to.deep.equal({value: 'queue'})
    }
    const answer = await answerTo('{"method":"config.get","params":{"key":"busy"}}\n')
    expect(answer.id).to.equal(null)
    expect(answer.result).to.deep.equal({value: 'queue'})
  })

  it('does not look at the jsonrpc member, and takes CRLF and blank lines', async () => {
    const old = `{"jsonrpc":"1.0",${request('1').slice(1)}`
    expect((await answerTo(`\n\r\n   \n\t\n${old}\r\n`)).result).to.deep.equal({value: 'queue'})
  })

  it('waits for the rest of a line', async () => {
    const text = `${request('"split"')}\n`
    gateway.raw(text.slice(0, 10))
    await gateway.event('gateway.ready')
    gateway.raw(text.slice(10, 30))
    expect(await answerTo(text.slice(30))).to.deep.include({id: 'split', result: {value: 'queue'}})
  })

  it('lives on with a lone surrogate in id and text', async () => {
    const {id} = await answerTo(`${request('"\\ud800"')}\n`)
    expect(id).to.equal('\ud800')
    const {error} = await answerTo(`${request('1', '\\udc00')}\n`)
    expect(error?.code).to.equal(4002)
  })

  it('lives on with very deep nesting, also where it must echo it', async () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const ignored = await answerTo(`{"id":1,"method":"config.get","params":{"key":"busy","extra":${deep}}}\n`)
    expect(ignored.result).to.deep.equal({value: 'queue'})
    const {id, error} = await answerTo(`{"id":${deep},"method":"config.get","params":{"key":"busy"}}\n`)
    expect(id).to.equal(null)
    expect(error?.code).to.equal(-32603)
  })

  it('names the member that is wrong where the reference dies', async () => {
    const {error} = await answerTo('{"id":1,"method":"session.create","params":{"cols":"abc"}}\n')
    expect(error?.code).to.equal(-32602)
    expect(error?.message).to.match(/^invalid params: cols: .*abc/)
  })

  it('answers for a home that cannot be, and lives on', async () => {
    const broken = await scratch.start({env: {HERMES_HOME: '/dev/null'}})
    const error = await broken.refused('session.create')
    expect(error.code).to.equal(5000)
    expect((await broken.call('gateway.ping')).pong).to.equal(true)
  })

  it('serves a line of 32 MiB', async () => {
    const frame = '{"id":1,"method":"config.get","params":{"key":"busy","pad":""}}'
    const line = frame.replace('""', `"${'x'.repeat(MAX_REQUEST_BYTES - frame.length)}"`)
    expect(line.length).to.equal(MAX_REQUEST_BYTES)
    expect((await answerTo(`${line}\n`)).result).to.deep.equal({value: 'queue'})
  })

  it('refuses a longer line, names the limit, and holds none of it', async () => {
    const before = await residentBytes(gateway.pid)
    const mebibyte = Buffer.alloc(1024 * 1024, 'x')
    let peak = 0
    for (let sent = 0; sent < 200; sent++) {
      if (!gateway.child.stdin.write(mebibyte)) {
        await new Promise((resolve) => gateway.child.stdin.once('drain', resolve))
      }
      peak = Math.max(peak, await residentBytes(gateway.pid))
    }
    const {id, error} = await answerTo('\n')
    expect(id).to.equal(null)
    expect(error?.code).to.equal(-32600)
    expect(error?.message).to.match(/209715200 bytes, the limit is 33554432 \(32 MiB\)/)
    // Up to the limit it is held; of the other 168 MiB, nothing.
    expect(peak - before).to.be.below(120 * 1024 * 1024)
  })
})

async function residentBytes(pid: number): Promise<number> {
  const {readFile} = await import('node:fs/promises')
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024
}
