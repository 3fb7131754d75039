import {expect} from 'chai'
import fc from 'fast-check'
import {Silence} from '../../../src/supervisor/process/silence.js'
import {Harness} from '../helpers/harness.js'

/** A time that passes when the test has it, for one call at a time. */
class Clock {
  now = 0
  #next: {at: number; call: () => void} | undefined

  get isSet(): boolean {
    return this.#next !== undefined
  }

  readonly later = (ms: number, call: () => void) => {
    const next = {at: this.now + ms, call}
    this.#next = next
    return () => {
      if (this.#next === next) this.#next = undefined
    }
  }

  /** Until what comes next, or so much later, and all that follows from it. */
  async strike(lateMs = 0): Promise<void> {
    const next = this.#next
    if (!next) throw new Error('nothing is to come')
    this.#next = undefined
    this.now = next.at + lateMs
    next.call()
    // A verdict waits for two turns of the event loop.
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  }
}

describe('silence of a gateway without a heartbeat', () => {
  it('is told once, and its end; one that is told is asked no more', async () => {
    const told: string[] = []
    let asked = 0
    const clock = new Clock()
    const silence = new Silence({
      intervalMs: 5,
      now: () => clock.now,
      later: clock.later,
      ping: () => {
        asked += 1
      },
      facts: () => ({state: told.length === 0 ? 'T' : 'S', cpuMs: 0}),
      onSilent: (ms, stopped) => told.push(`silent ${ms} ${stopped}`),
      onHeard: () => told.push('heard'),
    })
    for (const _ of ['first', 'missed', 'missed']) await clock.strike()
    expect(told).to.deep.equal(['silent 10 true'])
    expect(asked).to.equal(2)
    expect(clock.isSet).to.equal(false)
    silence.heard()
    silence.heard()
    expect(told).to.deep.equal(['silent 10 true', 'heard'])
    for (const _ of ['first', 'heard', 'missed', 'missed']) await clock.strike()
    expect(told.at(-1)).to.equal('silent 10 false')
    silence.stop()
    silence.heard()
    expect(told).to.have.length(3)
    expect(clock.isSet).to.equal(false)
  })

  it('is told of two beats in a row, in their time, that nothing came back to', async () => {
    const beats = fc.array(fc.record({late: fc.boolean(), heard: fc.boolean()}), {maxLength: 12})
    await fc.assert(
      fc.asyncProperty(beats, async (list) => {
        let told = 0
        let asked = 0
        const clock = new Clock()
        const silence = new Silence({
          intervalMs: 5,
          now: () => clock.now,
          later: clock.later,
          ping: () => {
            asked += 1
          },
          facts: () => undefined,
          onSilent: () => {
            told += 1
          },
          onHeard: () => {},
        })
        await clock.strike()
        let missed = 0
        let beaten = 0
        for (const {late, heard} of list) {
          if (missed === 2) break
          if (heard) silence.heard()
          await clock.strike(late ? 100 : 0)
          missed = late || heard ? 0 : missed + 1
          beaten += 1
        }
        expect(told).to.equal(missed === 2 ? 1 : 0)
        expect(asked).to.equal(missed === 2 ? beaten : beaten + 1)
        silence.stop()
      }),
    )
  })

  it('is shown of one that was stopped, which then goes on as if nothing had been', async function () {
    if (process.platform !== 'linux') this.skip()
    this.timeout(30_000)
    const harness = await Harness.create({script: {FG_REFERENCE: '1', FG_WORDS: '600'}})
    try {
      await harness.live()
      await harness.submit('a long one')
      await harness.until(() => harness.replied.includes('word5'))
      process.kill(harness.pid, 'SIGSTOP')
      await harness.until(() => harness.view.silence)
      expect(harness.view.silence?.stopped).to.equal(true)
      expect(Date.now() - (harness.view.silence?.since ?? 0)).to.be.within(5000, 20_000)
      process.kill(harness.pid, 'SIGCONT')
      await harness.until(() => !harness.view.silence)
      await harness.until(() => harness.replied.includes('word400'))
      expect(harness.deaths).to.deep.equal([])
      expect(harness.record('hang')).to.deep.equal([])
    } finally {
      await harness.finish()
    }
  })
})
