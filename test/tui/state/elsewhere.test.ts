import {expect} from 'chai'
import {elsewherePicker} from '../../../src/tui/state/elsewhere.js'

describe('the choices for a session that is open elsewhere', () => {
  const labels = (...args: [live: boolean, agent: boolean]) =>
    elsewherePicker({key: 'K', title: '', pid: 1, since: 0, taken: false}, true, ...args).choices.map(
      ({label}) => label,
    )

  it('leave out what can not be done with a session of an agent', () => {
    expect(labels(true, false)).to.deep.equal(['Take over', 'Watch', 'Read only', 'Branch', 'New session'])
    expect(labels(true, true)).to.deep.equal(['Take over', 'Read only', 'New session'])
  })
})
