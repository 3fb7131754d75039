import {expect} from 'chai'
import {placeOf} from '../../../src/tui/text/place.js'

describe('the name of a folder', () => {
  it('begins with ~ in the home, and hides nothing', () => {
    expect(placeOf('/home/me', '/home/me')).to.equal('~')
    expect(placeOf('/home/me/a b', '/home/me')).to.equal('~/a b')
    expect(placeOf('/home/meadow', '/home/me')).to.equal('/home/meadow')
    expect(placeOf('/srv/x\x1b]0;y\x07', '/home/me')).to.equal('/srv/x⟦\\x1b⟧]0;y⟦\\x07⟧')
  })
})
