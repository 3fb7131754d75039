import {execFileSync} from 'node:child_process'
import {expect} from 'chai'
import {lateOptimising} from '../../src/memory/late-optimising.js'

describe('flags that keep a gateway small', () => {
  it('are known to this Node, and are left out where they may not be', () => {
    const printed = execFileSync(process.execPath, [...lateOptimising(), '-p', '1 + 1'], {encoding: 'utf8'})
    expect(printed).to.equal('2\n')
    expect(lateOptimising('12.4.254.21-node.27')).to.have.length(1)
    expect(lateOptimising('14.1.146.11-node.14')).to.deep.equal([])
    expect(lateOptimising('15.0')).to.deep.equal([])
  })
})
