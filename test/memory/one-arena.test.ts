import {expect} from 'chai'
import {handDownOneArena, takeOneArena} from '../../src/memory/one-arena.js'

describe('one arena for a gateway', () => {
  it('is for the gateway alone, and not where the person has said how many', () => {
    for (const own of [undefined, '4', '']) {
      const person = {PATH: '/bin', ...(own === undefined ? {} : {MALLOC_ARENA_MAX: own})}
      const gateway: NodeJS.ProcessEnv = {...person, ...handDownOneArena(person)}
      expect(gateway.MALLOC_ARENA_MAX).to.equal(own ?? '1')
      takeOneArena(gateway)
      expect(gateway).to.deep.equal(person)
    }
  })
})
