import {expect} from 'chai'
import {FrameRing} from '../../../src/supervisor/wire/frame-ring.js'

const start = Date.UTC(2026, 10, 23, 18, 42)

describe('the frames of the last minute', () => {
  let now = start
  const ring = () => new FrameRing(() => now)
  beforeEach(() => {
    now = start
  })

  it('are told by direction, kind, id, size and time; a run of events as one row', () => {
    const frames = ring()
    frames.add(1, {sent: true, name: 'prompt.submit', id: 'r1', bytes: 90})
    frames.add(1, {sent: false, name: 'result', id: 'r1', bytes: 40})
    for (let index = 0; index < 1000; index += 1) {
      now += 10
      frames.add(1, {sent: false, name: 'message.delta', id: undefined, bytes: 100})
    }
    frames.add(2, {sent: false, name: 'message.delta', id: undefined, bytes: 7})
    expect(frames.lines()).to.deep.equal([
      '2026-11-23T18:42:00.000Z gen=1 > prompt.submit id=r1 bytes=90',
      '2026-11-23T18:42:00.000Z gen=1 < result id=r1 bytes=40',
      '2026-11-23T18:42:00.010Z gen=1 < message.delta bytes=100000 count=1000 until=2026-11-23T18:42:10.000Z',
      '2026-11-23T18:42:10.000Z gen=2 < message.delta bytes=7',
    ])
    now += 55_000
    expect(frames.lines()).to.have.length(2)
    now += 6000
    expect(frames.lines()).to.deep.equal([])
  })

  it('are bounded, the latest stay', () => {
    const frames = ring()
    for (let index = 0; index < 2000; index += 1) frames.add(1, {sent: true, name: 'x', id: `r${index}`, bytes: 1})
    expect(frames.lines()).to.have.length(400)
    expect(frames.lines().at(-1)).to.contain('id=r1999')
  })

  it('hold nothing that only looks like a name', () => {
    const frames = ring()
    frames.add(1, {sent: false, name: 'my secret plan\nforged', id: 'and more of it', bytes: 5})
    expect(frames.lines()).to.deep.equal(['2026-11-23T18:42:00.000Z gen=1 < ? id=? bytes=5'])
  })
})
