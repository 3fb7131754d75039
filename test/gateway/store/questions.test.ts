import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {APPLICATION_ID, migrations} from '../../../src/gateway/store/sqlite/migrations.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {begin, brief, calls, finished, Scratch, stepEnd, text, thrownBy, toolEnd} from './scratch.js'

const payload = {command: 'rm x', description: 'delete', diff: '-a\n+b\n'}

describe('store: questions', () => {
  let scratch: Scratch
  let store: Store
  let turnId: number

  beforeEach(() => {
    let now = 1000
    scratch = new Scratch()
    store = scratch.open({now: () => now++})
    turnId = begin(store, 'k', 'go').id
    store.journal(turnId, [text('Two.'), calls('t1', 't2'), stepEnd])
  })
  afterEach(() => scratch.remove())

  const ask = (id: string, toolId = 't1', replaces: string[] = []) =>
    store.ask(turnId, {id, toolId, kind: 'approval', payload, replaces})
  const rows = (): number => {
    const db = new DatabaseSync(scratch.file)
    const row = db.prepare('SELECT count(*) AS n FROM questions').get()
    db.close()
    return Number(row?.n)
  }
  const died = () => store.settleSession('k')

  it('are stored with the state of their call, and taken up as they were', () => {
    ask('q1')
    died()
    expect(store.lastTurn('k')).to.include({status: 'interrupted', deaths: 1})
    expect(store.messages('k').flatMap(({tool}) => tool?.state ?? [])).to.deep.equal(['asked', 'not-started'])
    const taken = store.takeUpTurn(turnId)
    expect(taken?.turn).to.include({id: turnId, status: 'running'})
    expect(taken?.questions).to.deep.equal([
      {id: 'q1', toolId: 't1', kind: 'approval', payload, answer: undefined, createdAt: taken?.questions[0]?.createdAt},
    ])
  })

  it('take one answer', () => {
    ask('q1')
    expect(store.answer('q1', {choice: 'once'})).to.equal(true)
    expect(store.answer('q1', {choice: 'deny'})).to.equal(false)
    expect(store.answer('nobody', 'x')).to.equal(false)
    died()
    expect(store.takeUpTurn(turnId)?.questions[0]?.answer).to.deep.equal({choice: 'once'})
  })

  for (const [what, entry] of [
    ['runs', {kind: 'allowed', id: 't1'}],
    ['is settled', toolEnd('t1')],
  ] as const) {
    it(`are gone when their call ${what}`, () => {
      ask('q1')
      ask('q2', 't2')
      store.journal(turnId, [entry])
      expect(rows()).to.equal(1)
      died()
      expect(store.takeUpTurn(turnId)?.questions.map(({id}) => id)).to.deep.equal(['q2'])
    })
  }

  it('are gone when their turn ends, unless it waits', () => {
    ask('q1')
    store.finishTurn(turnId, {status: 'interrupted', waiting: true})
    expect(store.takeUpTurn(turnId)?.questions).to.have.length(1)
    store.finishTurn(turnId, {status: 'interrupted'})
    expect(rows()).to.equal(0)
    expect(store.takeUpTurn(turnId)).to.equal(undefined)
    expect(store.lastTurn('k')?.status).to.equal('interrupted')
  })

  it('are gone with what they belong to: a session, a turn that is taken back, a prompt before another', () => {
    for (const remove of [
      () => store.deleteSession('k'),
      () => store.undoLastTurn('k'),
      () => begin(store, 'k', 'another'),
    ]) {
      const {id} = begin(store, 'k', String(remove))
      store.journal(id, [calls('t1'), stepEnd])
      store.ask(id, {id: 'q1', toolId: 't1', kind: 'approval', payload, replaces: []})
      died()
      remove()
      expect(rows(), String(remove)).to.equal(0)
    }
  })

  it('are not copied into a branch', () => {
    ask('q1')
    died()
    finished(store.branchSession('k', {key: 'b', title: null}))
    const {id = 0} = store.lastTurn('b') ?? {}
    expect(store.takeUpTurn(id)).to.equal(undefined)
    expect(rows()).to.equal(1)
    expect(brief(store.messages('b'))).to.deep.equal(brief(store.messages('k')))
  })

  it('take the place of others of their call', () => {
    ask('q1')
    ask('q2', 't1', ['q1'])
    expect(store.answer('q1', {choice: 'once'})).to.equal(false)
    expect(rows()).to.equal(1)
  })

  it('are known to wait before they are taken up, and nothing is changed by that', () => {
    expect(store.turnWaits(turnId)).to.equal(false)
    ask('q1')
    died()
    for (let look = 0; look < 4; look++) expect(store.turnWaits(turnId)).to.equal(true)
    expect(store.lastTurn('k')).to.include({status: 'interrupted', deaths: 1})
    for (let death = 0; death < 2; death++) {
      expect(store.takeUpTurn(turnId)?.questions).to.have.length(1)
      died()
    }
    expect(store.turnWaits(turnId), 'left alone').to.equal(false)
  })

  it('are taken up as often as one is shown, also where their call has an answer to an earlier one', () => {
    ask('q1')
    store.answer('q1', {choice: 'once'})
    ask('q2')
    for (let death = 0; death < 5; death++) {
      died()
      expect(store.takeUpTurn(turnId)?.questions.map(({id}) => id)).to.deep.equal(['q1', 'q2'])
      ask('q2')
    }
  })

  it('are left alone after two processes that did not come to show them, until they are shown or somebody tries', () => {
    ask('q1')
    for (let round = 0; round < 3; round++) {
      for (let death = 0; death < 2; death++) {
        died()
        expect(store.takeUpTurn(turnId)?.questions, `${round} ${death}`).to.have.length(1)
      }
      died()
      expect(store.takeUpTurn(turnId)).to.equal(undefined)
      expect(store.takeUpTurn(turnId, {byHand: true})?.questions).to.have.length(1)
      ask('q1')
      expect(rows()).to.equal(1)
    }
  })

  it('of a turn that does not run cannot be asked', () => {
    died()
    expect(thrownBy(() => ask('q1'))).to.include({code: 'store/turn-state'})
    expect(rows()).to.equal(0)
  })
})

describe('store: a database of the schema before', () => {
  it('is read with its calls as they were, a journal that was left open too', () => {
    const scratch = new Scratch()
    try {
      mkdirSync(path.dirname(scratch.file), {recursive: true})
      const db = new DatabaseSync(scratch.file)
      db.exec(migrations[0] ?? '')
      db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 1`)
      db.exec(`
        INSERT INTO sessions(key, source, started_at, last_active_at) VALUES ('k', 'tui', 1, 1);
        INSERT INTO turns(id, session_key, prompt_id, prompt, status, started_at)
          VALUES (1, 'k', 'p1', 'one', 'interrupted', 1), (2, 'k', 'p2', 'two', 'running', 2);
        INSERT INTO messages(session_key, turn_id, created_at, role, text, status, tool_calls, tool_id, tool_name, tool_result)
          VALUES ('k', 1, 1, 'user', 'one', 'complete', NULL, NULL, NULL, NULL),
            ('k', 1, 1, 'assistant', 'a', 'interrupted', '[{"id":"a","name":"x","args":{}}]', NULL, NULL, NULL),
            ('k', 1, 1, 'tool', '', 'complete', NULL, 'a', 'x', '{"ok":true}'),
            ('k', 1, 1, 'tool', '', 'complete', NULL, 'b', 'x', '{"error":"no","denied":true}'),
            ('k', 1, 1, 'tool', '', 'interrupted', NULL, 'c', 'x', NULL),
            ('k', 2, 2, 'user', 'two', 'complete', NULL, NULL, NULL, NULL);
        INSERT INTO journal(turn_id, seq, at, kind, data) VALUES
          (2, 1, 2, 'text', '"b"'),
          (2, 2, 2, 'tool-start', '{"id":"d","name":"x","context":"y","args":{"z":1}}'),
          (2, 3, 2, 'tool-end', '{"id":"d","result":{"denied":true},"durationS":1}'),
          (2, 4, 2, 'step-end', '{}'),
          (2, 5, 2, 'tool-start', '{"id":"e","name":"x","context":"y","args":{}}');
      `)
      db.close()
      const store = scratch.open()
      const states = () => store.messages('k').flatMap(({tool}) => (tool ? [`${tool.id} ${tool.state}`] : []))
      const all = ['a complete', 'b denied', 'c unknown', 'd denied', 'e unknown']
      expect(states()).to.deep.equal(all)
      expect(store.messages('k').every(({signed}) => signed === null)).to.equal(true)
      store.settleSession('k')
      expect(states()).to.deep.equal(all)
      expect(store.takeUpTurn(2)).to.equal(undefined)
      expect(store.lastTurn('k')).to.include({status: 'interrupted', deaths: 1})
    } finally {
      scratch.remove()
    }
  })
})
