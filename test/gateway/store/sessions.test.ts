import {expect} from 'chai'
import type {Store} from '../../../src/gateway/store/types.js'
import {begin, Scratch, say, thrownBy} from './scratch.js'

describe('store: sessions', () => {
  let scratch: Scratch
  let store: Store
  let now: number

  beforeEach(() => {
    now = 1000
    scratch = new Scratch()
    store = scratch.open({now: () => now++})
  })
  afterEach(() => scratch.remove())

  it('finds a session by key, then by title, then by the live id of any process', () => {
    say(store, 'k1', 'one', '1')
    say(store, 'k2', 'two', '2')
    store.setTitle('k1', 'k2')
    store.setTitle('k2', 'Plans')
    store.bindLiveId('0a1b2c3d', 'k1')
    store.bindLiveId('ffffffff', 'k1')
    store.close()
    store = scratch.open()
    expect(store.findSession('k2')?.key).to.equal('k2')
    expect(store.findSession(' Plans ')?.key).to.equal('k2')
    expect(store.findSession('0a1b2c3d')?.key).to.equal('k1')
    expect(store.findSession('plans')).to.equal(undefined)
    expect(store.findSession('')).to.equal(undefined)
    store.bindLiveId('0a1b2c3d', 'k2')
    expect(store.findSession('0a1b2c3d')?.key).to.equal('k2')
  })

  it('tells the newest messages in whole turns', () => {
    for (const name of ['one', 'two', 'three']) say(store, 'k', name, `${name} it is`)
    const newest = (count: number) => store.messages('k', count).map((message) => message.text)
    expect(newest(1)).to.deep.equal(['three', 'three it is'])
    expect(newest(3)).to.deep.equal(['two', 'two it is', 'three', 'three it is'])
    expect(newest(6)).to.deep.equal(store.messages('k').map((message) => message.text))
    expect(newest(100)).to.have.length(6)
  })

  it('takes a live id before the first prompt gives the session its row', () => {
    store.bindLiveId('0a1b2c3d', 'k')
    expect(store.findSession('0a1b2c3d')).to.equal(undefined)
    begin(store, 'k', 'hello')
    expect(store.findSession('0a1b2c3d')?.key).to.equal('k')
  })

  it('keeps the newest 64 live ids of a session', () => {
    say(store, 'k', 'one', '1')
    for (let n = 0; n < 80; n++) store.bindLiveId(String(n), 'k')
    expect(store.findSession('15')).to.equal(undefined)
    expect(store.findSession('16')?.key).to.equal('k')
    expect(store.findSession('79')?.key).to.equal('k')
  })

  it('lists by last activity, with a preview of one line and the number of messages', () => {
    say(store, 'old', `first\n  ${'line '.repeat(30)}`, 'ok')
    say(store, 'new', 'second 😀', 'ok')
    say(store, 'old', 'third', 'ok')
    const list = store.listSessions(10)
    expect(list.map(({key, messageCount}) => [key, messageCount])).to.deep.equal([
      ['old', 4],
      ['new', 2],
    ])
    expect(list[1]?.preview).to.equal('second 😀')
    expect(list[0]?.preview)
      .to.match(/^first line line .*…$/)
      .and.have.length(60)
    expect(list[0]?.lastActiveAt).to.be.greaterThan(list[1]?.lastActiveAt ?? 0)
    expect(store.listSessions(1).map(({key}) => key)).to.deep.equal(['old'])
    for (const limit of [0, -1, Number.NaN]) expect(store.listSessions(limit)).to.deep.equal([])
    expect(store.listSessions(Number.POSITIVE_INFINITY)).to.have.length(2)
    expect(store.listSessions(1.5)).to.have.length(1)
  })

  it('never moves a session back in the list when the clock goes back', () => {
    now = 5000
    say(store, 'k', 'one', '1')
    const before = store.session('k')?.lastActiveAt
    now = 10
    begin(store, 'k', 'two')
    expect(store.session('k')?.lastActiveAt).to.equal(before)
  })

  it('names the most recently active session that has a prompt', () => {
    expect(store.mostRecent()).to.equal(undefined)
    say(store, 'a', 'one', '1')
    say(store, 'b', 'two', '2')
    say(store, 'a', 'three', '3')
    expect(store.mostRecent()).to.include({key: 'a', preview: 'one', messageCount: 4})
    say(store, 'c', 'four', '4')
    store.undoLastTurn('c')
    expect(store.mostRecent()?.key).to.equal('a')
  })

  it('trims titles and refuses those that cannot be one or are taken', () => {
    say(store, 'a', 'one', '1')
    say(store, 'b', 'two', '2')
    store.setTitle('a', '  My\n plans ')
    expect(store.session('a')?.title).to.equal('My plans')
    store.setTitle('a', 'My plans')
    const taken = thrownBy(() => store.setTitle('b', 'My plans'))
    expect(taken).to.include({code: 'store/title-taken', message: 'Another session has the title "My plans" already.'})
    for (const title of ['', '   ', 'x'.repeat(101), 'a\u0007b']) {
      expect(thrownBy(() => store.setTitle('b', title))).to.include({code: 'store/title-invalid'})
    }
    store.setTitle('b', '😀'.repeat(100))
    expect(store.findSession('😀'.repeat(100))?.key).to.equal('b')
    expect(thrownBy(() => store.setTitle('unknown', 'x'))).to.include({code: 'store/unknown-session', exit: 7})
  })

  it('ends a session and opens it again, by name or by a prompt', () => {
    say(store, 'k', 'one', '1')
    store.endSession('k', 'quit')
    expect(store.session('k')).to.include({endReason: 'quit', endedAt: now - 1})
    expect(store.findSession('k')?.key).to.equal('k')
    store.reopenSession('k')
    expect(store.session('k')).to.include({endReason: null, endedAt: null})
    store.endSession('k', 'quit')
    begin(store, 'k', 'two')
    expect(store.session('k')).to.include({endReason: null, endedAt: null})
  })

  it('changes nothing where no session is stored', () => {
    store.endSession('none', 'quit')
    store.reopenSession('none')
    store.setModel('none', 'offline')
    expect(store.session('none')).to.equal(undefined)
    expect(store.deleteSession('none')).to.equal(false)
    expect(store.messages('none')).to.deep.equal([])
    expect(store.lastTurn('none')).to.equal(undefined)
    expect(store.settleSession('none')).to.deep.equal([])
  })

  it('deletes a session with all that belongs to it', () => {
    say(store, 'k', 'secret', 'whisper')
    say(store, 'other', 'secret', 'stays')
    const turn = begin(store, 'k', 'running')
    store.journal(turn.id, [{kind: 'text', text: 'x'}])
    store.bindLiveId('0a1b2c3d', 'k')
    store.setOwner('k', {pid: 1, birth: null, boot: null, since: 1})
    expect(store.deleteSession('k')).to.equal(true)
    expect(store.session('k')).to.equal(undefined)
    expect(store.messages('k')).to.deep.equal([])
    expect(store.turn('k', 'secret')).to.equal(undefined)
    expect(store.findSession('0a1b2c3d')).to.equal(undefined)
    expect(store.owner('k')).to.equal(undefined)
    expect(store.search('secret', 10).map(({key}) => key)).to.deep.equal(['other'])
    expect(store.deleteSession('k')).to.equal(false)
  })

  it('remembers which process works on a session, with or without a row', () => {
    const owner = {pid: 42, birth: '12345', boot: 'b00t', since: 7}
    expect(store.owner('k')).to.equal(undefined)
    store.setOwner('k', owner)
    expect(store.owner('k')).to.deep.equal(owner)
    const next = {pid: 43, birth: null, boot: null, since: 8}
    store.setOwner('k', next)
    store.close()
    store = scratch.open()
    expect(store.owner('k')).to.deep.equal(next)
    store.setOwner('k', undefined)
    expect(store.owner('k')).to.equal(undefined)
  })

  it('can be closed twice', () => {
    store.close()
    store.close()
  })
})
