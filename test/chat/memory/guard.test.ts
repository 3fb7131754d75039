import {expect} from 'chai'
import * as fc from 'fast-check'
import {guardMemory, memoryLimits, memoryReader} from '../../../src/chat/memory/guard.js'
import {isTooFast, judgeMemory, type MemorySample, nextSampleMs} from '../../../src/chat/memory/policy.js'

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

  it('counts the whole cgroup where this process is the one that the kernel would kill', () => {
    const sample = {rssBytes: 400, heapBytes: 100}
    const judge = (largest: boolean) => judgeMemory({...sample, cgroup: {heldBytes: 930, largest}}, limits, policy)
    expect(judge(true)).to.include({level: 'critical', limit: 'cgroup', usedBytes: 930})
    expect(judge(false)).to.include({level: 'fine', limit: 'cgroup', usedBytes: 400})
  })

  it('looks at least four times before a gigabyte a second has filled the room that is left', () => {
    const megabyte = 1_000_000
    const bytes = fc.integer({min: 0, max: 8000}).map((count) => count * megabyte)
    fc.assert(
      fc.property(bytes, bytes, bytes, (heapLimit, cgroupLimit, used) => {
        const sample = {rssBytes: used, heapBytes: used / 2}
        const wait = nextSampleMs(sample, {heapBytes: heapLimit, cgroupBytes: cgroupLimit})
        const room = Math.min(heapLimit - used / 2, cgroupLimit - used)
        expect(wait).to.be.within(20, 1000)
        if (room >= 80 * megabyte) expect(wait * 4 * megabyte).to.be.at.most(room)
      }),
    )
    const crowded = {rssBytes: 1e8, heapBytes: 0, cgroup: {heldBytes: 1e9, largest: false}}
    expect(nextSampleMs(crowded, {heapBytes: 4e9, cgroupBytes: 1e9})).to.equal(20)
  })

  it('ends in time when a climb would reach the limit before an orderly end is done', () => {
    const climb = (from: MemorySample, to: MemorySample) => isTooFast(judgeMemory(to, limits, policy), to, from, 50)
    const rss = (rssBytes: number): MemorySample => ({rssBytes, heapBytes: 0})
    expect(climb(rss(700), rss(850))).to.equal(true)
    expect(climb(rss(800), rss(850))).to.equal(false)
    expect(climb(rss(100), rss(700)), 'not yet near').to.equal(false)
    const heap = (heapBytes: number): MemorySample => ({rssBytes: 0, heapBytes})
    expect(climb(heap(300), heap(450)), 'maybe garbage').to.equal(false)
    const beside = (heldBytes: number, largest: boolean): MemorySample => ({...rss(400), cgroup: {heldBytes, largest}})
    expect(climb(beside(790, false), beside(800, true)), 'others were there before').to.equal(false)
  })
})

describe('memory guard', () => {
  /** Lets a guard see these samples one after the other; the last one stays. */
  async function watch(samples: Partial<MemorySample>[]): Promise<string[]> {
    const seen: string[] = []
    let index = 0
    await new Promise<void>((resolve) => {
      const guard = guardMemory({
        policy,
        limits: {cgroupBytes: 100, heapBytes: 100},
        read: () => ({rssBytes: 0, heapBytes: 0, ...samples[Math.min(index++, samples.length - 1)]}),
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
  const heaps = (...heaps: number[]) => heaps.map((heapBytes) => ({heapBytes}))

  it('warns once, then asks for the end when the heap is full twice in a row', async () => {
    expect(await watch(heaps(79, 81, 85, 93, 85, 93, 94))).to.deep.equal(['warning 81', 'critical 94'])
    expect(await watch(heaps(85, 97, 20))).to.deep.equal(['warning 85', 'critical 97'])
  })

  it('does not end for what a process had that was killed a moment ago', async () => {
    const held = (heldBytes: number) => ({rssBytes: 30, cgroup: {heldBytes, largest: true}})
    expect(await watch([held(99), held(60), held(60)])).to.deep.equal(['warning 99'])
    expect(await watch([held(93), held(94)])).to.deep.equal(['warning 93', 'critical 94'])
  })

  it('warns again after it was well below', async () => {
    expect(await watch(heaps(81, 70, 85, 79, 85))).to.deep.equal(['warning 81', 'warning 85'])
  })

  it('reads real numbers', () => {
    const {rssBytes, heapBytes} = memoryReader(memoryLimits(), policy)()
    expect(heapBytes).to.be.within(1e6, rssBytes)
    expect(memoryLimits().heapBytes).to.be.above(heapBytes)
  })

  it('asks who is largest only when the cgroup is nearly full', () => {
    let asked = 0
    let heldBytes = 700
    const cgroup = {heldBytes: () => heldBytes, isLargest: () => ++asked > 0}
    const read = memoryReader({cgroupBytes: 1000, heapBytes: 1e9}, policy, cgroup)
    expect(read().cgroup).to.deep.equal({heldBytes: 700, largest: false})
    expect(asked).to.equal(0)
    heldBytes = 800
    expect(read().cgroup).to.deep.equal({heldBytes: 800, largest: true})
  })
})
