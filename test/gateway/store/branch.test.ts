import {expect} from 'chai'
import {branchTitle} from '../../../src/gateway/store/titles.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {begin, finished, Scratch, say, thrownBy} from './scratch.js'

describe('store: branches', () => {
  let scratch: Scratch
  let store: Store

  beforeEach(() => {
    scratch = new Scratch()
    let now = 1000
    store = scratch.open({now: () => now++})
  })
  afterEach(() => scratch.remove())

  const texts = (key: string) => store.messages(key).map(({role, text}) => `${role}: ${text}`)

  it('has what was shown, and goes its own way from there', () => {
    say(store, 'k', 'one', '1')
    say(store, 'k', 'taken back', 'x')
    store.undoLastTurn('k')
    say(store, 'k', 'two', '2')
    store.setTitle('k', 'Plans')
    const branch = finished(store.branchSession('k', {key: 'b', title: 'Plans (2)'}))
    expect(branch).to.include({key: 'b', title: 'Plans (2)', parentKey: 'k'})
    expect(texts('b')).to.deep.equal(texts('k'))
    say(store, 'b', 'three', '3')
    say(store, 'k', 'drei', 'III')
    expect(texts('b').slice(-2)).to.deep.equal(['user: three', 'assistant: 3'])
    expect(texts('k').slice(-2)).to.deep.equal(['user: drei', 'assistant: III'])
    expect(store.search('two', 9).map(({key}) => key)).to.have.members(['k', 'b'])
    expect(store.mostRecent()?.key).to.equal('k')
    store.deleteSession('k')
    expect(texts('b')).to.have.length(6)
    expect(store.session('b')?.parentKey).to.equal(null)
  })

  it('takes a running turn as it is now, and leaves it running', () => {
    const turn = begin(store, 'k', 'go')
    store.journal(turn.id, [
      {kind: 'text', text: 'half'},
      {kind: 'tool-start', id: 't', name: 'terminal', context: 'ls', args: {}},
    ])
    finished(store.branchSession('k', {key: 'b', title: null}))
    expect(store.lastTurn('b')).to.include({status: 'interrupted', promptId: turn.promptId, deaths: 0})
    expect(store.messages('b').map(({role, status}) => [role, status])).to.deep.equal([
      ['user', 'complete'],
      ['assistant', 'interrupted'],
      ['tool', 'interrupted'],
    ])
    expect(store.usage('b').calls).to.equal(0)
    store.journal(turn.id, [{kind: 'tool-end', id: 't', result: 'ok', durationS: 1}])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(store.lastTurn('k')?.status).to.equal('complete')
    expect(store.lastTurn('b')?.status).to.equal('interrupted')
  })

  it('is not made of nothing, nor under a title that is taken', () => {
    say(store, 'k', 'one', '1')
    store.setTitle('k', 'Plans')
    expect(thrownBy(() => finished(store.branchSession('gone', {key: 'b', title: null})))).to.include({
      code: 'store/unknown-session',
    })
    expect(thrownBy(() => finished(store.branchSession('k', {key: 'b', title: 'Plans'})))).to.include({
      code: 'store/title-taken',
    })
    expect(store.session('b')).to.equal(undefined)
  })

  it('is called by the next number', () => {
    const taken = new Set(['Plans', 'Plans (2)'])
    expect(branchTitle('Plans', (title) => taken.has(title))).to.equal('Plans (3)')
    expect(branchTitle('Plans (2)', (title) => taken.has(title))).to.equal('Plans (3)')
    expect([...branchTitle('😀'.repeat(100), () => false)]).to.have.length(100)
  })
})
