import path from 'node:path'
import {expect} from 'chai'
import {hermesHome, homeFiles, randomHex, randomUuid} from '../src/platform.js'

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

describe('the files below it', () => {
  it('lie there, however it is written', () => {
    for (const home of ['/srv/h', '/srv/h/', '/srv//x/../h', '/']) {
      const {database, crashLog} = homeFiles(home)
      expect(database).to.equal(path.join(home, 'hermes-chat.db'))
      expect(crashLog).to.equal(path.join(home, 'logs', 'tui_gateway_crash.log'))
    }
  })
})

describe('what nobody can foretell', () => {
  it('is as long as it is asked for, and never the same', () => {
    const texts = Array.from({length: 200}, () => randomHex(8))
    for (const text of texts) expect(text).to.match(/^[0-9a-f]{16}$/)
    expect(new Set(texts).size).to.equal(200)
  })

  it('is a UUID where one is asked for', () => {
    const ids = Array.from({length: 200}, randomUuid)
    for (const id of ids) expect(id).to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(new Set(ids).size).to.equal(200)
  })
})
