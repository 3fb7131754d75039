import {expect} from 'chai'
import {handDownMalloc, takeMalloc} from '../../src/memory/malloc.js'

describe('how memory is kept in a gateway', () => {
  for (const name of ['MALLOC_ARENA_MAX', 'MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_']) {
    it(`is for the gateway alone, and as the person has said: ${name}`, () => {
      for (const own of [undefined, '4', '']) {
        const person = {PATH: '/bin', ...(own === undefined ? {} : {[name]: own})}
        const gateway: NodeJS.ProcessEnv = {...person, ...handDownMalloc(person)}
        expect(gateway[name]).to.equal(own ?? (name === 'MALLOC_ARENA_MAX' ? '1' : '131072'))
        takeMalloc(gateway)
        expect(gateway).to.deep.equal(person)
      }
    })
  }

  it('is not touched where the person has said all of it', () => {
    const person = {MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1', MALLOC_TRIM_THRESHOLD_: '1'}
    expect(handDownMalloc(person)).to.deep.equal({})
    const gateway = {...person}
    takeMalloc(gateway)
    expect(gateway).to.deep.equal(person)
  })
})
