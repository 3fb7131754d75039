import {expect} from 'chai'
import {DeltaBatch} from '../../../src/tui/state/delta-batch.js'

describe('DeltaBatch', () => {
  it('makes one change of many deltas', async () => {
    const changes: {reasoning: string; text: string}[] = []
    const batch = new DeltaBatch(5, (deltas) => changes.push(deltas))
    for (let index = 0; index < 1000; index++) batch.text(`${index} `)
    expect(changes).to.deep.equal([])
    while (changes.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(changes).to.have.length(1)
    expect(changes[0]?.text.split(' ')).to.have.length(1001)
  })

  it('keeps the order of reasoning and text', () => {
    const seen: string[] = []
    const batch = new DeltaBatch(1000, ({reasoning, text}) => seen.push(`r:${reasoning} t:${text}`))
    batch.reasoning('a')
    batch.text('b')
    batch.reasoning('c')
    batch.flush()
    batch.flush()
    expect(seen).to.deep.equal(['r:a t:b', 'r:c t:'])
  })
})
