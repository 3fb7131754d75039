import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import {APPLICATION_ID, migrations} from '../../../src/gateway/store/sqlite/migrations.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {runs} from '../../helpers/sample.js'
import {checkDatabase} from '../../soak/oracle.js'
import {begin, Scratch, say, text} from './scratch.js'

describe('store: search', () => {
  let scratch: Scratch
  let store: Store

  beforeEach(() => {
    scratch = new Scratch()
    store = scratch.open()
  })
  afterEach(() => scratch.remove())

  const found = (query: string) =>
    store.search(query, 10).map(({snippet}) => snippet.replaceAll('\u0002', '').replaceAll('\u0003', ''))

  /** FTS5 compares its index with the messages and throws where they differ. */
  function checkIndex() {
    const db = new DatabaseSync(scratch.file)
    try {
      db.exec(`INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)`)
    } finally {
      db.close()
    }
  }

  it('finds prompts and replies, marks the matches and says where they are', () => {
    say(store, 'k', 'How do I bake bread?', 'Mix flour and water.')
    store.setTitle('k', 'Baking')
    const [hit] = store.search('flour water', 10)
    expect(hit).to.deep.equal({
      key: 'k',
      title: 'Baking',
      messageId: 2,
      role: 'assistant',
      snippet: 'Mix \u0002flour\u0003 and \u0002water\u0003.',
      createdAt: store.messages('k')[1]?.createdAt,
    })
    expect(found('bread')).to.deep.equal(['How do I bake bread?'])
  })

  it('takes all words, in any order and case, the last one as a prefix', () => {
    say(store, 'k', 'The quick brown fox', 'jumps')
    expect(found('qu FOX')).to.deep.equal([])
    expect(found('FOX qu')).to.have.length(1)
    expect(found('fox quick')).to.have.length(1)
    expect(found('quick fo')).to.have.length(1)
    expect(found('quick cat')).to.deep.equal([])
  })

  it('folds diacritics and takes emoji and punctuation as no words', () => {
    say(store, 'k', 'Ein Käsebrötchen, bitte 🧀', 'ok')
    expect(found('kasebrot')).to.have.length(1)
    expect(found('KÄSEBRÖTCHEN')).to.have.length(1)
    expect(found('🧀')).to.deep.equal([])
    expect(found('!!! käse')).to.have.length(1)
  })

  it('finds parts of text in scripts that are written without spaces', () => {
    say(store, 'k', '请告诉我今天的天气怎么样', '今天 100% 晴天')
    expect(store.search('天气', 10)[0]?.snippet).to.equal('请告诉我今天的\u0002天气\u0003怎么样')
    expect(found('今天 晴')).to.have.length(1)
    expect(found('天%气')).to.deep.equal([])
    expect(found('100% 晴')).to.have.length(1)
    say(store, 'long', `${'x'.repeat(100)}東京${'y'.repeat(100)}`, 'ok')
    expect(store.search('東京', 10)[0]?.snippet).to.equal(`…${'x'.repeat(24)}\u0002東京\u0003${'y'.repeat(38)}…`)
  })

  it('takes whatever a person types', () => {
    say(store, 'k', 'say "hello" AND NOT goodbye* (or near)', 'C++ foo-bar: a^b')
    const typed = [
      '"',
      '""',
      '"hello',
      'hello"',
      'AND',
      'NOT',
      'hello AND',
      'OR OR',
      'NEAR(',
      'NEAR(a b, 5)',
      'text:',
      'text: hello',
      '{text}: hello',
      '*',
      '^hello',
      '-hello',
      '+',
      '(',
      ')',
      "'",
      "'; DROP TABLE messages; --",
      'a:b:c',
      '\\',
      '\0',
      'hello\0world',
      '\ud83d',
      'a '.repeat(5000),
      'x'.repeat(100_000),
      '%',
      '_',
    ]
    for (const query of typed) expect(() => store.search(query, 10), query).not.to.throw()
    expect(found('"hello" AND')).to.have.length(1)
    expect(found('foo-bar')).to.have.length(1)
    expect(found('c++')).to.have.length(1)
    expect(store.messageCount('k')).to.equal(2)
  })

  it('never throws, and finds a message by its own words', () => {
    say(store, 'k', 'prompt', 'reply')
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 40}), (query) => {
        store.search(query, 3)
      }),
      {numRuns: runs(200, 40)},
    )
    const word = fc.stringMatching(/^[a-zäöü0-9]{3,12}$/)
    let n = 0
    fc.assert(
      fc.property(fc.array(word, {minLength: 1, maxLength: 5}), (words) => {
        const turn = begin(store, 's', words.join(' '), `p${n++}`)
        store.finishTurn(turn.id, {status: 'complete'})
        const hits = store.search(words.toReversed().join(' '), 1000)
        expect(hits.map(({messageId}) => messageId)).to.include(store.messages('s').at(-1)?.id)
      }),
      {numRuns: runs(50, 15)},
    )
    checkIndex()
  })

  it('forgets what was taken back or deleted, and follows a reply that goes on', () => {
    say(store, 'k', 'apple', 'pear')
    say(store, 'k', 'cherry', 'plum')
    store.undoLastTurn('k')
    expect(found('cherry')).to.deep.equal([])
    expect(found('apple')).to.have.length(1)
    checkIndex()
    const turn = begin(store, 'k', 'count')
    store.journal(turn.id, [text('one tw')])
    store.settleSession('k')
    store.reopenTurn(turn.id)
    store.journal(turn.id, [text('o')])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(found('two')).to.deep.equal(['one two'])
    checkIndex()
    store.deleteSession('k')
    expect(['apple', 'two', 'cherry'].flatMap(found)).to.deep.equal([])
    checkIndex()
  })

  it('finds in the first million characters of a message, and keeps its index whole beyond them', () => {
    const long = `early ${'word '.repeat(210_000)} late`
    say(store, 'k', 'one', long)
    expect(found('early')).to.have.length(1)
    expect(found('late')).to.deep.equal([])
    expect(store.messages('k')[1]?.text).to.equal(long)
    checkIndex()
    store.undoLastTurn('k')
    expect(found('early')).to.deep.equal([])
    checkIndex()
    store.deleteSession('k')
    checkIndex()
  })

  it('keeps finding what was stored when all of a message was indexed', () => {
    const old = path.join(scratch.directory, 'old.db')
    const db = new DatabaseSync(old)
    for (const migration of migrations.slice(0, 4)) db.exec(migration)
    db.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 4`)
    db.exec(`INSERT INTO sessions(key, source, started_at, last_active_at) VALUES ('k', 'tui', 1, 1)`)
    const insert = db.prepare(
      `INSERT INTO messages(session_key, created_at, role, text, status) VALUES ('k', 1, 'assistant', ?, 'complete')`,
    )
    for (const each of ['short early', `early ${'word '.repeat(210_000)} late`]) insert.run(each)
    db.close()
    const opened = scratch.open({}, old)
    expect(opened.search('early', 9)).to.have.length(2)
    expect(opened.search('late', 9)).to.have.length(0)
    opened.close()
    checkDatabase(old)
  })

  it('gives as many hits as asked for', () => {
    for (let n = 0; n < 5; n++) say(store, `k${n}`, `needle ${n}`, 'hay')
    expect(store.search('needle', 3)).to.have.length(3)
    expect(store.search('needle', 0)).to.deep.equal([])
    expect(store.search('needle', -1)).to.deep.equal([])
  })
})
