import {expect} from 'chai'
import fc from 'fast-check'
import {ContextRoom} from '../../../src/gateway/compaction/room.js'
import type {Model} from '../../../src/gateway/models/types.js'

describe('the room that a conversation has', () => {
  const work = {
    store: {} as never,
    key: 'k',
    turnId: 1,
    assertOwned: () => {},
  }

  /** A model whose window is told a moment after it was asked for. */
  function learning(window: number | undefined): Model & {learn: () => void} {
    const {promise, resolve} = Promise.withResolvers<void>()
    let known: number | undefined
    const learn = () => {
      known = window
      resolve()
    }
    const stream = () => {
      throw new Error('nobody asks it')
    }
    return {
      id: 'test/m',
      provider: 'test',
      get contextMax() {
        return known
      },
      learned: promise,
      learn,
      stream,
    }
  }

  const sized = (words: number) => [{role: 'user' as const, text: 'word '.repeat(words)}]

  it('is looked at when the window of the model is known, where the request is not a small one', async () => {
    let looked = 0
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 20_000, max: 60_000}), fc.boolean(), async (words, isKnown) => {
        const model = learning(isKnown ? 4000 : undefined)
        const asked: number[] = []
        const room = new ContextRoom({
          windows: new Map(),
          percent: async () => asked.push(1) * 0,
          work,
          rebuild: async () => [],
          emit: () => {},
          scale: {value: 1},
        })
        const request = {model, system: '', messages: sized(words), tools: []}
        const before = room.beforeStep(request, new AbortController().signal)
        model.learn()
        await before
        expect(asked.length).to.equal(isKnown ? 1 : 0)
        looked++
      }),
      {numRuns: 20},
    )
    console.log(`      ${looked} conversations`)
  })

  it('is not waited for by a small one', async () => {
    const room = new ContextRoom({
      windows: new Map(),
      percent: () => Promise.reject(new Error('it is not known')),
      work,
      rebuild: async () => [],
      emit: () => {},
      scale: {value: 1},
    })
    const request = {model: learning(4000), system: '', messages: sized(100), tools: []}
    expect(await room.beforeStep(request, new AbortController().signal)).to.equal(undefined)
  })
})
