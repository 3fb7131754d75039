import {readFile} from 'node:fs/promises'
import {PassThrough, Writable} from 'node:stream'
import {expect} from 'chai'
import {FrameWriter} from '../../../src/gateway/server/frame-writer.js'
import {Scratch} from '../gateway-process.js'

describe('a client that does not read', () => {
  const scratch = new Scratch()

  it('makes the turn wait instead of the memory grow, and gets all of it later', async () => {
    const gateway = await scratch.start({model: 'offline/400000@1000000'})
    const {sid} = await gateway.create()
    await gateway.event('session.info')
    gateway.child.stdout.pause()
    gateway.send('prompt.submit', {session_id: sid, text: 'more than the pipe takes'})
    const peak = await peakUntilSteady(gateway.pid)
    expect(peak).to.be.below(400 * 1024 * 1024)
    gateway.child.stdout.resume()
    const complete = await gateway.event('message.complete')
    expect(complete.status).to.equal('complete')
    expect(complete.text).to.equal(gateway.shown())
    expect(gateway.shown()).to.match(/word399999$/)
  }).timeout(60_000)

  it('is not waited for at the end', async () => {
    const gateway = await scratch.start({model: 'offline/400000@1000000'})
    const {sid} = await gateway.create()
    gateway.child.stdout.pause()
    gateway.send('prompt.submit', {session_id: sid, text: 'more than the pipe takes'})
    await peakUntilSteady(gateway.pid)
    gateway.child.stdin.end()
    const exit = new Promise((resolve) => gateway.child.once('exit', resolve))
    expect(await exit).to.equal(0)
    gateway.child.stdout.resume()
  }).timeout(60_000)

  describe('as the frame writer sees it', () => {
    const frame = {jsonrpc: '2.0', id: 1, result: {text: 'x'.repeat(1000)}} as const

    it('is congested above the mark, and no longer when the client has read', async () => {
      const stream = new PassThrough()
      const writer = new FrameWriter(stream, {highWaterBytes: 10_000})
      while (!writer.congested) writer.send(frame)
      expect(writer.unread).to.be.greaterThan(10_000)
      const drained = writer.drained()
      stream.resume()
      await drained
      expect(writer.congested).to.equal(false)
    })

    it('writes each frame in one piece', async () => {
      const writes: string[] = []
      const stream = new Writable({
        write(chunk: Buffer, _encoding, done) {
          writes.push(chunk.toString())
          setImmediate(done)
        },
      })
      const writer = new FrameWriter(stream)
      for (let index = 0; index < 5; index++) writer.send({...frame, id: index})
      await writer.flush(5000)
      expect(writes.map((line) => JSON.parse(line).id)).to.deep.equal([0, 1, 2, 3, 4])
      expect(writes.every((line) => line.endsWith('\n'))).to.equal(true)
    })

    it('says once that the client is gone, and takes what comes after', async () => {
      const stream = new Writable({write: (_chunk, _encoding, done) => done(new Error('EPIPE'))})
      let closed = 0
      const gone = new Promise<void>((resolve) => {
        const writer = new FrameWriter(stream, {
          onClosed: () => {
            closed++
            writer.send(frame)
            resolve()
          },
        })
        writer.send(frame)
      })
      await gone
      expect(closed).to.equal(1)
    })
  })
})

/** Waits until a process has stopped to work (its CPU time stands still), and returns its largest size in bytes. */
async function peakUntilSteady(pid: number): Promise<number> {
  let last = ''
  let same = 0
  while (same < 5) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    const ticks = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
      .join()
    same = ticks === last ? same + 1 : 0
    last = ticks
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024
}
