import path from 'node:path'
import {expect} from 'chai'
import {hermesHome} from '../src/platform.js'

describe('the home of hermes', () => {
  it('is where HERMES_HOME says, as a shell would have read it', () => {
    const home = path.resolve('/home/me')
    const of = (HERMES_HOME: string) => hermesHome({HOME: home, HERMES_HOME})
    expect(of('~/x y')).to.equal(path.join(home, 'x y'))
    expect(of('~')).to.equal(home)
    expect(of(' /srv/h ')).to.equal(path.resolve('/srv/h'))
    expect(of('~backup')).to.equal(path.resolve('~backup'))
    expect(of('')).to.equal(hermesHome({HOME: home}))
  })
})
