import {expect} from 'chai'
import {safeAddress} from '../../src/redact/index.js'

describe('an address that is shown', () => {
  it('is taken apart only as far as it is one', () => {
    expect(safeAddress('http://u:p@h:1/v1/?q=1#f')).to.equal('http://h:1/v1')
    expect(safeAddress('//u:p@nowhere?x=1')).to.equal('//nowhere')
  })
})
