import {getHeapStatistics} from 'node:v8'
import {Script} from 'node:vm'
import {expect} from 'chai'
import {collectGarbage} from '../../src/memory/collect-garbage.js'

describe('a full collection', () => {
  it('takes all that nobody refers to', () => {
    let held: object[] | undefined = Array.from({length: 200_000}, (_, index) => ({index}))
    const gone = new WeakRef(held)
    const before = getHeapStatistics().used_heap_size
    held = undefined
    // A weak reference holds its object until the end of the job that made it or looked at it.
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      collectGarbage()
      expect(gone.deref()).to.equal(undefined)
      expect(getHeapStatistics().used_heap_size).to.be.below(before)
    })
  })

  it('leaves V8 taking the compiled code that is kept', () => {
    const cachedData = new Script('function f() { return 1 }; f()').createCachedData()
    collectGarbage()
    // V8 compares no more than the length; a text that it knows it does not look up.
    expect(new Script('function f() { return 2 }; f()', {cachedData}).cachedDataRejected).to.equal(false)
  })

  it('leaves no function for it to others', () => {
    collectGarbage()
    expect(globalThis.gc).to.equal(undefined)
  })
})
