import {PassThrough} from 'node:stream'
import {expect} from 'chai'
import {readInput} from '../../../src/chat/print/piped-input.js'

describe('piped input', () => {
  it('reads to the end, with characters that are split between chunks', async () => {
    const stream = new PassThrough()
    const text = readInput(stream, {optional: false})
    const bytes = Buffer.from('grüße\n')
    stream.write(bytes.subarray(0, 3))
    stream.end(bytes.subarray(3))
    expect(await text).to.equal('grüße\n')
  })

  it('leaves a silent pipe alone when there is a prompt already', async () => {
    let told = false
    const onSilent = () => {
      told = true
    }
    expect(await readInput(new PassThrough(), {optional: true, onSilent, silentMs: 1})).to.equal('')
    expect(told).to.equal(true)
  })

  it('refuses more than a request can carry', async () => {
    const stream = new PassThrough()
    const refusal = readInput(stream, {optional: false}).catch((error: {exit: number}) => error)
    stream.end(Buffer.alloc(17 * 1024 * 1024))
    expect(await refusal).to.include({exit: 2})
  })
})
