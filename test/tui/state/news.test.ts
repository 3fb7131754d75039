import {expect} from 'chai'
import {todoLine} from '../../../src/tui/state/news.js'

describe('what the agent means to do', () => {
  const todos = (...states: string[]) => states.map((status, index) => ({content: `step ${index + 1}`, status}))

  it('is a line while something of it is left', () => {
    expect(todoLine([])).to.equal(undefined)
    expect(todoLine(todos('completed', 'cancelled'))).to.equal(undefined)
    expect(todoLine(todos('completed', 'in_progress', 'pending'))).to.equal('1 of 3 done · now: step 2')
    expect(todoLine(todos('pending', 'some new word'))).to.equal('0 of 2 done')
  })
})
