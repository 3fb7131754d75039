import {expect} from 'chai'
import type {Store} from '../../../src/gateway/store/types.js'
import {
  begin,
  brief,
  reasoning,
  Scratch,
  say,
  sessionOf,
  stepEnd,
  text,
  thrownBy,
  toolEnd,
  toolStart,
} from './scratch.js'

describe('store: turns', () => {
  let scratch: Scratch
  let store: Store
  let now: number

  beforeEach(() => {
    now = 1_000_000
    scratch = new Scratch()
    store = scratch.open({now: () => now})
  })
  afterEach(() => scratch.remove())

  it('stores session, prompt and turn at once', () => {
    const {turn, duplicate} = store.beginTurn({
      session: {key: 'k', title: 'Plans', model: 'offline', cwd: '/w', source: 'tui'},
      promptId: 'p1',
      prompt: 'hello',
    })
    expect(duplicate).to.equal(false)
    expect(turn).to.include({sessionKey: 'k', promptId: 'p1', prompt: 'hello', status: 'running', deaths: 0})
    expect(turn).to.include({startedAt: now, endedAt: null, error: null})
    expect(store.session('k')).to.deep.equal({
      key: 'k',
      title: 'Plans',
      model: 'offline',
      cwd: '/w',
      source: 'tui',
      startedAt: now,
      lastActiveAt: now,
      endedAt: null,
      endReason: null,
      parentKey: null,
      effort: null,
      context: null,
    })
    expect(store.turn('k', 'p1')).to.deep.equal(turn)
    const [message] = store.messages('k')
    expect(message).to.include({role: 'user', text: 'hello', turnId: turn.id, promptId: 'p1', createdAt: now})
  })

  it('answers a repeated prompt id with its turn and changes nothing', () => {
    const first = begin(store, 'k', 'hello', 'p1')
    store.journal(first.id, [text('hi')])
    store.finishTurn(first.id, {status: 'complete'})
    const done = store.turn('k', 'p1')
    const before = store.messages('k')
    now += 5000
    const again = store.beginTurn({session: sessionOf('k', 'Other'), promptId: 'p1', prompt: 'something else'})
    expect(again).to.deep.equal({turn: done, duplicate: true})
    expect(store.messages('k')).to.deep.equal(before)
    expect(store.session('k')?.lastActiveAt).to.equal(1_000_000)
  })

  it('takes the same prompt id in two sessions for two prompts', () => {
    begin(store, 'a', 'one', 'p')
    expect(store.beginTurn({session: sessionOf('b'), promptId: 'p', prompt: 'two'}).duplicate).to.equal(false)
  })

  it('leaves a known session as it is', () => {
    say(store, 'k', 'one', 'eins')
    store.setModel('k', 'openai/gpt')
    begin(store, 'k', 'two')
    expect(store.session('k')).to.include({model: 'openai/gpt', startedAt: 1_000_000})
  })

  it('stores the prompt without a title that is taken or invalid', () => {
    store.beginTurn({session: sessionOf('a', 'Same'), promptId: 'p', prompt: 'one'})
    store.beginTurn({session: sessionOf('b', 'Same'), promptId: 'p', prompt: 'two'})
    store.beginTurn({session: sessionOf('c', ' '), promptId: 'p', prompt: 'three'})
    expect(['a', 'b', 'c'].map((key) => store.session(key)?.title)).to.deep.equal(['Same', null, null])
    expect(brief(store.messages('b'))).to.deep.equal(['user two'])
  })

  it('makes one message of a step and one of each of its tools, in order', () => {
    const turn = begin(store, 'k', 'look')
    store.journal(turn.id, [reasoning('hm'), text('Let me '), text('look.')])
    store.journal(turn.id, [toolStart('t1', {path: '/'}), toolEnd('t1', ['a']), toolStart('t2'), toolEnd('t2', null)])
    store.journal(turn.id, [stepEnd, text('Two files.'), stepEnd])
    store.finishTurn(turn.id, {status: 'complete'})
    const messages = store.messages('k')
    expect(brief(messages)).to.deep.equal([
      'user look',
      'assistant (hm) Let me look. [t1 t2]',
      'tool t1',
      'tool t2',
      'assistant Two files.',
    ])
    expect(messages[1]?.toolCalls[0]).to.deep.equal({id: 't1', name: 'shell', args: {path: '/'}})
    expect(messages[2]?.tool).to.deep.equal({
      id: 't1',
      name: 'shell',
      context: 'run t1',
      args: {path: '/'},
      state: 'complete',
      result: ['a'],
      durationS: 0.5,
    })
    expect(messages[3]?.tool?.result).to.equal(null)
    expect(messages.map(({id}) => id)).to.deep.equal([1, 2, 3, 4, 5])
    expect(store.lastTurn('k')).to.include({status: 'complete', endedAt: now})
  })

  it('shows a running turn as it is, before any of it is folded', () => {
    say(store, 'k', 'first', 'done')
    const turn = begin(store, 'k', 'look')
    store.journal(turn.id, [text('Let me look.'), toolStart('t1')])
    const shown = ['user first', 'assistant done', 'user look', 'assistant Let me look. [t1]', 'tool t1 <interrupted>']
    expect(brief(store.messages('k'))).to.deep.equal(shown)
    expect(store.messageCount('k')).to.equal(5)
    const ids = store.messages('k').map(({id}) => id)
    expect(new Set(ids).size).to.equal(5)
    expect(ids.slice(3).every((id) => id < 0)).to.equal(true)
    store.journal(turn.id, [toolEnd('t1')])
    expect(brief(store.messages('k')).at(-1)).to.equal('tool t1')
  })

  it('keeps what was shown of a turn whose process died, and counts the death', () => {
    const turn = begin(store, 'k', 'look')
    store.journal(turn.id, [text('Let me look.'), toolStart('t1'), toolEnd('t1'), toolStart('t2')])
    store.close()
    store = scratch.open({now: () => 2_000_000})
    const settled = store.settleSession('k')
    expect(settled).to.deep.equal([{...turn, status: 'interrupted', deaths: 1, endedAt: 2_000_000}])
    const messages = store.messages('k')
    expect(brief(messages)).to.deep.equal([
      'user look',
      'assistant Let me look. [t1 t2] <interrupted>',
      'tool t1',
      'tool t2 <interrupted>',
    ])
    expect(messages[3]?.tool).to.include({id: 't2', result: undefined, durationS: null})
    expect(store.session('k')?.lastActiveAt).to.equal(1_000_000)
    expect(store.settleSession('k')).to.deep.equal([])
  })

  it('leaves no empty message of a reply that broke off before its first token', () => {
    const turn = begin(store, 'k', 'hello')
    store.journal(turn.id, [text('')])
    store.settleSession('k')
    expect(brief(store.messages('k'))).to.deep.equal(['user hello'])
    expect(store.turn('k', 'hello')?.status).to.equal('interrupted')
  })

  it('goes on with an interrupted reply in the same message', () => {
    const turn = begin(store, 'k', 'count')
    store.journal(turn.id, [text('one, two')])
    store.settleSession('k')
    const [, broken] = store.messages('k')
    expect(store.reopenTurn(turn.id)).to.include({status: 'running', endedAt: null, deaths: 1})
    expect(brief(store.messages('k'))).to.deep.equal(['user count', 'assistant one, two <interrupted>'])
    store.journal(turn.id, [text(', three')])
    expect(brief(store.messages('k'))).to.deep.equal(['user count', 'assistant one, two, three'])
    store.settleSession('k')
    expect(brief(store.messages('k'))).to.deep.equal(['user count', 'assistant one, two, three <interrupted>'])
    store.reopenTurn(turn.id)
    store.journal(turn.id, [text(', four.'), stepEnd])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(brief(store.messages('k'))).to.deep.equal(['user count', 'assistant one, two, three, four.'])
    expect(store.messages('k')[1]?.id).to.equal(broken?.id)
    expect(store.turn('k', 'count')).to.include({status: 'complete', deaths: 2})
    expect(store.search('two three', 5)).to.have.length(1)
  })

  it('starts a new message after a tool, and the reply reads as one', () => {
    const turn = begin(store, 'k', 'look')
    store.journal(turn.id, [text('Looking.'), toolStart('t1')])
    store.settleSession('k')
    store.reopenTurn(turn.id)
    store.journal(turn.id, [text('I cannot tell.'), stepEnd])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(brief(store.messages('k'))).to.deep.equal([
      'user look',
      'assistant Looking. [t1]',
      'tool t1 <interrupted>',
      'assistant I cannot tell.',
    ])
  })

  it('completes a tool whose outcome was unknown when it is run once more', () => {
    const turn = begin(store, 'k', 'look')
    store.journal(turn.id, [toolStart('t1')])
    store.settleSession('k')
    store.reopenTurn(turn.id)
    store.journal(turn.id, [toolStart('t1'), toolEnd('t1', 'found')])
    store.finishTurn(turn.id, {status: 'complete'})
    const messages = store.messages('k')
    expect(brief(messages)).to.deep.equal(['user look', 'assistant [t1]', 'tool t1'])
    expect(messages[2]?.tool?.result).to.equal('found')
  })

  it('keeps a turn that failed with its error and what was shown', () => {
    const turn = begin(store, 'k', 'hello')
    store.journal(turn.id, [text('Hel')])
    store.finishTurn(turn.id, {status: 'error', error: 'the provider hung up'})
    expect(store.lastTurn('k')).to.include({status: 'error', error: 'the provider hung up'})
    expect(brief(store.messages('k'))).to.deep.equal(['user hello', 'assistant Hel <error>'])
    expect(store.reopenTurn(turn.id)).to.include({status: 'running', error: null})
  })

  it('refuses to write into a turn that is not running, and says what it is', () => {
    const turn = begin(store, 'k', 'hello')
    store.settleSession('k')
    const works = [
      () => store.journal(turn.id, [text('late')]),
      () => store.finishTurn(turn.id, {status: 'complete'}),
      () => store.journal(4711, [text('x')]),
    ]
    for (const work of works) expect(thrownBy(work)).to.include({code: 'store/turn-state'})
    expect(() => store.journal(turn.id, [text('late')])).to.throw(`Turn ${turn.id} of session k is interrupted`)
    expect(brief(store.messages('k'))).to.deep.equal(['user hello'])
    store.reopenTurn(turn.id)
    expect(thrownBy(() => store.reopenTurn(turn.id))).to.include({code: 'store/turn-state'})
  })

  it('never gives the id of a deleted turn to another one', () => {
    const turn = begin(store, 'k', 'hello')
    store.deleteSession('k')
    expect(begin(store, 'other', 'hi').id).to.be.greaterThan(turn.id)
    expect(thrownBy(() => store.journal(turn.id, [text('late')]))).to.include({code: 'store/turn-state'})
  })

  it('keeps a character whose halves came in two chunks', () => {
    const turn = begin(store, 'k', 'smile')
    store.journal(turn.id, [text('a\ud83d')])
    store.journal(turn.id, [text('\ude00b')])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(store.messages('k')[1]?.text).to.equal('a😀b')
  })

  it('gives NUL and lone surrogates back as U+FFFD, in prompts and replies', () => {
    const turn = begin(store, 'k', 'a\0b\ud83d', 'p')
    store.journal(turn.id, [text('c\0d'), toolStart('t', {raw: 'e\0'}), toolEnd('t', 'f\0g')])
    store.finishTurn(turn.id, {status: 'error', error: 'h\0i'})
    const [user, assistant, tool] = store.messages('k')
    expect([user?.text, assistant?.text]).to.deep.equal(['a\ufffdb\ufffd', 'c\ufffdd'])
    expect([tool?.tool?.args, tool?.tool?.result]).to.deep.equal([{raw: 'e\0'}, 'f\0g'])
    expect(store.turn('k', 'p')).to.include({prompt: 'a\ufffdb\ufffd', error: 'h\ufffdi'})
  })

  it('takes the last turn back for good, and counts what it hid', () => {
    say(store, 'k', 'one', 'eins')
    say(store, 'k', 'two', 'zwei')
    expect(store.undoLastTurn('k')).to.equal(2)
    store.close()
    store = scratch.open()
    expect(brief(store.messages('k'))).to.deep.equal(['user one', 'assistant eins'])
    expect(store.messageCount('k')).to.equal(2)
    expect(store.lastTurn('k')?.prompt).to.equal('one')
    expect(store.turn('k', 'two')?.prompt).to.equal('two')
    expect(store.undoLastTurn('k')).to.equal(2)
    expect(store.undoLastTurn('k')).to.equal(0)
    expect(store.lastTurn('k')).to.equal(undefined)
  })

  it('does not take back a turn that runs', () => {
    begin(store, 'k', 'one')
    expect(thrownBy(() => store.undoLastTurn('k'))).to.include({code: 'store/turn-state'})
    expect(store.messageCount('k')).to.equal(1)
  })

  it('adds up what a session used, undone and continued turns included', () => {
    const usage = {input: 10, output: 5, cacheRead: 3, cacheWrite: 2, reasoning: 1}
    const first = begin(store, 'k', 'one')
    store.finishTurn(first.id, {status: 'interrupted', usage: {calls: 1, usage}})
    store.reopenTurn(first.id)
    store.finishTurn(first.id, {status: 'complete', usage: {calls: 2, usage}})
    store.undoLastTurn('k')
    const second = begin(store, 'k', 'two')
    store.finishTurn(second.id, {status: 'complete'})
    expect(store.usage('k')).to.deep.include({
      calls: 3,
      usage: {input: 20, output: 10, cacheRead: 6, cacheWrite: 4, reasoning: 2},
    })
    expect(store.usage('unknown').calls).to.equal(0)
  })

  it('keeps messages of a turn together that another one followed before it was settled', () => {
    const first = begin(store, 'k', 'one')
    store.journal(first.id, [text('eins')])
    const second = begin(store, 'k', 'two')
    store.journal(second.id, [text('zwei')])
    const order = ['user one', 'assistant eins', 'user two', 'assistant zwei']
    expect(brief(store.messages('k'))).to.deep.equal(order)
    store.finishTurn(second.id, {status: 'complete'})
    store.finishTurn(first.id, {status: 'complete'})
    expect(brief(store.messages('k'))).to.deep.equal(order)
  })
})
