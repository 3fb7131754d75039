import {expect} from 'chai'
import * as fc from 'fast-check'
import {guardMemory, memoryLimits, readMemory} from '../../src/chat/memory-guard.js'
import {judgeMemory, type MemorySample, nextSampleMs} from '../../src/chat/memory-policy.js'

const policy = {warnPercent: 80, criticalPercent: 92}

describe('memory policy', () => {
  const limits = {cgroupBytes: 1000, heapBytes: 500}

  it('looks at the limit that is nearest', () => {
    expect(judgeMemory({rssBytes: 700, heapBytes: 100}, limits, policy)).to.include({level: 'fine', limit: 'cgroup'})
    expect(judgeMemory({rssBytes: 800, heapBytes: 100}, limits, policy)).to.include({level: 'warning', limit: 'cgroup'})
    expect(judgeMemory({rssBytes: 800, heapBytes: 460}, limits, policy)).to.deep.equal({
      level: 'critical',
      limit: 'heap',
      usedBytes: 460,
      limitBytes: 500,
      share: 0.92,
    })
    const unlimited = {...limits, cgroupBytes: undefined}
    expect(judgeMemory({rssBytes: 1e12, heapBytes: 1}, unlimited, policy)).to.include({level: 'fine', limit: 'heap'})
  })

  it('looks more often the nearer it is, and at least once a second from the middle on', () => {
    const bytes = fc.integer({min: 0, max: 2000})
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [low, high] = [Math.min(a, b) / 1000, Math.max(a, b) / 1000]
        expect(nextSampleMs(high, policy)).to.be.at.most(nextSampleMs(low, policy))
        if (high >= 0.5) expect(nextSampleMs(high, policy)).to.be.at.most(1000)
      }),
    )
  })
})

describe('memory guard', () => {
  /** Lets a guard see these samples one after the other; the last one stays. */
  async function watch(heap: number[]): Promise<string[]> {
    const seen: string[] = []
    const samples = heap.map((heapBytes): MemorySample => ({rssBytes: 0, heapBytes}))
    let index = 0
    await new Promise<void>((resolve) => {
      const guard = guardMemory({
        policy,
        limits: {cgroupBytes: undefined, heapBytes: 100},
        read: () => samples[Math.min(index++, samples.length - 1)] ?? {rssBytes: 0, heapBytes: 0},
        onSample: () => {
          if (index <= samples.length + 1) return
          guard.stop()
          resolve()
        },
        onWarning: ({usedBytes}) => seen.push(`warning ${usedBytes}`),
        onCritical: ({usedBytes}) => {
          seen.push(`critical ${usedBytes}`)
          resolve()
        },
      })
    })
    return seen
  }

  it('warns once, then asks for the end when the heap is full twice in a row', async () => {
    expect(await watch([79, 81, 85, 93, 85, 93, 94])).to.deep.equal(['warning 81', 'critical 94'])
    expect(await watch([85, 97, 20])).to.deep.equal(['warning 85', 'critical 97'])
  })

  it('warns again after it was well below', async () => {
    expect(await watch([81, 70, 85, 79, 85])).to.deep.equal(['warning 81', 'warning 85'])
  })

  it('reads real numbers', () => {
    const {rssBytes, heapBytes} = readMemory()
    expect(heapBytes).to.be.within(1e6, rssBytes)
    expect(memoryLimits().heapBytes).to.be.above(heapBytes)
  })
})
