import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {branchTitle} from '../../../src/gateway/store/titles.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {checkDatabase} from '../../soak/oracle.js'
import {Child} from './child.js'
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

  describe('of a long session', () => {
    const TURNS = 300
    beforeEach(() => {
      for (let turn = 0; turn < TURNS; turn++) say(store, 'k', `prompt ${turn}`, `reply ${turn} sesame`)
    })

    const isSeen = (key: string, on = store) =>
      [
        on.session(key),
        on.findSession(key),
        on.findSession('A branch'),
        ...on.listSessions(9).filter((each) => each.key === key),
        ...on.search('sesame', 1000).filter((hit) => hit.key === key),
        ...on.search('ésam', 1000).filter((hit) => hit.key === key),
        on.mostRecent()?.key === key ? key : undefined,
      ].some((found) => found !== undefined)

    it('is not seen before it is whole, and others work meanwhile', () => {
      const work = store.branchSession('k', {key: 'b', title: 'A branch'})
      let slices = 0
      for (;;) {
        const {done, value} = work.next()
        if (done) {
          expect(value).to.include({key: 'b', title: 'A branch', parentKey: 'k'})
          break
        }
        slices++
        expect(isSeen('b')).to.equal(false)
        say(store, 'k', `meanwhile ${slices}`, 'later')
      }
      expect(slices).to.be.greaterThan(2)
      expect(isSeen('b')).to.equal(true)
      expect(texts('b')).to.deep.equal(texts('k').slice(0, 2 * TURNS))
      expect(store.messageCount('b')).to.equal(2 * TURNS)
    })

    it('is gone when it is given up, or its original is deleted', () => {
      const rows = () => {
        const db = new DatabaseSync(scratch.file)
        const left = ['sessions', 'turns', 'messages'].map((table) => {
          const column = table === 'sessions' ? 'key' : 'session_key'
          return db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${column} = 'b'`).get()?.n
        })
        db.close()
        return left
      }
      for (const slices of [1, 2, 4]) {
        const work = store.branchSession('k', {key: 'b', title: null})
        for (let slice = 0; slice < slices; slice++) work.next()
        work.return(undefined as never)
        expect(rows()).to.deep.equal([0, 0, 0])
      }
      const work = store.branchSession('k', {key: 'b', title: null})
      for (let slice = 0; slice < 3; slice++) work.next()
      store.deleteSession('k')
      expect(thrownBy(() => finished(work))).to.include({code: 'store/unknown-session'})
      expect(rows()).to.deep.equal([0, 0, 0])
      checkDatabase(scratch.file)
    })

    it('is never seen of a process that was killed over it, and tidied up by the next one', async () => {
      for (const slices of [1, 2, 3]) {
        const child = new Child('branch-for-ever.ts', [scratch.file, 'k', String(slices)])
        await child.until((stdout) => stdout === 'slice\n'.repeat(slices))
        expect(isSeen('branch')).to.equal(false)
        finished(store.tidy())
        // It is still at work: nobody takes it away.
        const made = () => {
          const db = new DatabaseSync(scratch.file)
          const count = db.prepare(`SELECT count(*) AS n FROM sessions WHERE key = 'branch'`).get()?.n
          db.close()
          return count
        }
        expect(made()).to.equal(1)
        await child.kill()
        const next = scratch.open()
        expect(isSeen('branch', next)).to.equal(false)
        finished(next.tidy())
        expect(made()).to.equal(0)
        checkDatabase(scratch.file)
        next.close()
      }
      expect(store.messageCount('k')).to.equal(2 * TURNS)
    }).timeout(60_000)
  })

  it('takes a turn that runs as it was when it began', () => {
    for (let turn = 0; turn < 100; turn++) say(store, 'k', `prompt ${turn}`, `reply ${turn}`)
    const {id} = begin(store, 'k', 'last')
    store.journal(id, [{kind: 'text', text: 'half'}])
    const work = store.branchSession('k', {key: 'b', title: null})
    work.next()
    store.journal(id, [{kind: 'text', text: ' and whole'}])
    store.finishTurn(id, {status: 'complete'})
    finished(work)
    expect(store.messages('b').at(-1)).to.include({text: 'half', status: 'interrupted'})
    expect(store.lastTurn('b')).to.include({status: 'interrupted', promptId: 'last'})
    expect(store.messages('k').at(-1)).to.include({text: 'half and whole', status: 'complete'})
  })

  it('is called by the next number', () => {
    const taken = new Set(['Plans', 'Plans (2)'])
    expect(branchTitle('Plans', (title) => taken.has(title))).to.equal('Plans (3)')
    expect(branchTitle('Plans (2)', (title) => taken.has(title))).to.equal('Plans (3)')
    expect([...branchTitle('😀'.repeat(100), () => false)]).to.have.length(100)
  })
})
