import {expect} from 'chai'
import {Silence} from '../../../src/supervisor/process/silence.js'
import {Harness} from '../helpers/harness.js'

describe('silence of a gateway without a heartbeat', () => {
  it('is told once, and its end; one that is told is asked no more', async () => {
    const told: string[] = []
    let asked = 0
    let wake = () => {}
    const next = () => new Promise<void>((resolve) => (wake = resolve))
    const silence = new Silence({
      intervalMs: 5,
      now: () => performance.now(),
      ping: () => {
        asked += 1
      },
      facts: () => ({state: told.length === 0 ? 'T' : 'S', cpuMs: 0}),
      onSilent: (ms, stopped) => {
        told.push(`silent ${stopped}`)
        expect(ms).to.be.above(0)
        wake()
      },
      onHeard: () => told.push('heard'),
    })
    await next()
    expect(told).to.deep.equal(['silent true'])
    expect(asked).to.equal(2)
    silence.heard()
    silence.heard()
    expect(told).to.deep.equal(['silent true', 'heard'])
    await next()
    expect(told.at(-1)).to.equal('silent false')
    silence.stop()
    silence.heard()
    expect(told).to.have.length(3)
  })

  it('is shown of one that was stopped, which then goes on as if nothing had been', async function () {
    if (process.platform !== 'linux') this.skip()
    this.timeout(30_000)
    const harness = await Harness.create({script: {FG_REFERENCE: '1', FG_WORDS: '2000'}})
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
      await harness.until(() => harness.replied.includes('word1500'))
      expect(harness.deaths).to.deep.equal([])
      expect(harness.record('hang')).to.deep.equal([])
    } finally {
      await harness.finish()
    }
  })
})
