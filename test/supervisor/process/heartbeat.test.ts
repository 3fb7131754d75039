import {expect} from 'chai'
import fc from 'fast-check'
import {beat, firstPulse, Heartbeat, judge, type Pulse} from '../../../src/supervisor/process/heartbeat.js'

const INTERVAL = 1000

/** Unanswered beats after each of these. */
function play(beats: {afterMs: number; heard: boolean}[]): number[] {
  let now = 0
  let pulse: Pulse = firstPulse(now)
  return beats.map(({afterMs, heard}) => {
    now += afterMs
    pulse = beat(pulse, now, heard, INTERVAL)
    return pulse.unanswered
  })
}

describe('heartbeat', () => {
  it('counts the beats in a row that nothing came back to', () => {
    const silent = {afterMs: INTERVAL, heard: false}
    expect(play([silent, silent, silent])).to.deep.equal([1, 2, 3])
    expect(play([silent, silent, {...silent, heard: true}, silent])).to.deep.equal([1, 2, 0, 1])
  })

  it('starts over when its own timer was late', () => {
    const silent = {afterMs: INTERVAL, heard: false}
    expect(play([silent, silent, {afterMs: 60_000, heard: false}, silent])).to.deep.equal([1, 2, 0, 1])
  })

  it('never comes to three while one sign of life in three beats arrives', () => {
    fc.assert(
      fc.property(fc.array(fc.record({afterMs: fc.integer({min: 900, max: 5000}), heard: fc.boolean()})), (beats) => {
        const alive = beats.map((each, i) => (i % 3 === 2 ? {...each, heard: true} : each))
        expect(Math.max(0, ...play(alive))).to.be.below(3)
      }),
    )
  })

  it('measures the silence from the first ping that was not answered', () => {
    let pulse = firstPulse(0)
    pulse = beat(pulse, 1000, true, INTERVAL)
    pulse = beat(pulse, 2000, false, INTERVAL)
    expect(beat(pulse, 3000, false, INTERVAL)).to.deep.equal({beatAt: 3000, silentSince: 1000, unanswered: 2})
  })

  const at = (state: string, cpuMs: number) => ({state, cpuMs})
  const verdicts: [string, Parameters<typeof judge>, string][] = [
    ['a stopped process', [3000, at('S', 100), at('T', 100)], 'stopped'],
    ['one in an endless loop', [3000, at('R', 100), at('R', 3000)], 'unresponsive'],
    ['one in an endless loop beside 32 others', [3000, at('R', 100), at('R', 280)], 'unresponsive'],
    ['one that gets no processor time', [3000, at('R', 100), at('R', 110)], 'alive'],
    ['one that waits for a lock', [3000, at('S', 100), at('S', 100)], 'unresponsive'],
    ['one that waits for the disk', [3000, at('S', 100), at('D', 100)], 'alive'],
    ['one that a debugger holds', [3000, at('S', 100), at('t', 100)], 'alive'],
    ['one of which the system says nothing', [3000, undefined, undefined], 'unresponsive'],
  ]
  for (const [name, input, verdict] of verdicts) {
    it(`takes ${name} for ${verdict}`, () => {
      expect(judge(...input)).to.equal(verdict)
    })
  }

  describe('of a process that does not answer', () => {
    let heartbeat: Heartbeat
    let pings: number
    let looks: number
    /** The stacks of the hangs that were told, and the wish for the next thing to happen. */
    let hangs: (string | undefined)[]
    let happened: () => void

    function begin(stack: () => Promise<string | undefined>): void {
      pings = 0
      looks = 0
      hangs = []
      happened = () => {}
      let time = 0
      heartbeat = new Heartbeat({
        intervalMs: 1,
        misses: 3,
        // Each beat in its time, however slow this machine is.
        now: () => time++,
        ping: () => {
          pings++
          happened()
        },
        facts: () => undefined,
        stack: () => {
          looks++
          return stack()
        },
        onHang: (_silentMs, _verdict, seen) => {
          hangs.push(seen)
          happened()
        },
      })
    }
    async function until(holds: () => boolean): Promise<void> {
      while (!holds())
        await new Promise<void>((resolve) => {
          happened = resolve
        })
    }
    afterEach(() => heartbeat.stop())

    it('tells the hang with what it was doing', async () => {
      begin(async () => 'at loop')
      await until(() => hangs.length > 0)
      expect(hangs).to.deep.equal(['at loop'])
    })

    it('goes on when a sign of life comes in the last look', async () => {
      begin(async () => {
        heartbeat.heard()
        return 'at slow'
      })
      await until(() => looks > 0 && pings > 6)
      expect(hangs).to.deep.equal([])
    })

    it('says nothing of one that dies in the last look', async () => {
      const looked = Promise.withResolvers<void>()
      begin(async () => {
        heartbeat.stop()
        looked.resolve()
        return 'no JavaScript stack'
      })
      await looked.promise
      await new Promise(setImmediate)
      expect(hangs).to.deep.equal([])
    })
  })
})
