import {expect} from 'chai'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {
  brokenNotice,
  duration,
  goesOnNotice,
  type OpenedFacts,
  openedNotices,
} from '../../../src/tui/session/announcement.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {freshChat, liveView} from '../../helpers/chat-state.js'

const inSession = (session: Partial<ChatState['session']>): ChatState => {
  const state = freshChat(liveView)
  return {...state, session: {...state.session, ...session}}
}

const facts = (more: Partial<OpenedFacts>): OpenedFacts => ({
  how: 'resumed',
  before: inSession({key: undefined}),
  after: inSession({key: 'k', title: 'Pelicans', cwd: '/work'}),
  opened: {} as SessionOpened,
  downtimeMs: undefined,
  verb: '',
  wantsLatest: false,
  cwd: '/work',
  ...more,
})

const texts = (more: Partial<OpenedFacts>) => openedNotices(facts(more)).map(({tone, text}) => `${tone}: ${text}`)

describe('a session that was opened is announced', () => {
  it('with how, its title and its folder, and a word where its tools work elsewhere', () => {
    expect(texts({})).to.deep.equal(['info: resumed Pelicans · in /work'])
    expect(texts({verb: 'took over'})[0]).to.equal('info: took over Pelicans · in /work')
    expect(texts({cwd: '/home'})[1]).to.match(/^warn: its tools work there.*\/home$/)
    expect(texts({opened: {lost_cwd: '/gone'} as SessionOpened})[1]).to.match(
      /^warn: its own folder \/gone is not there/,
    )
  })

  it('without a word where it was open here and nothing else is to be said', () => {
    expect(texts({before: inSession({key: 'k'})})).to.deep.equal([])
  })

  it('as new, and as new in place of one that was lost', () => {
    const made = {how: 'created' as const, after: inSession({key: 'k', model: 'offline'})}
    expect(texts(made)).to.deep.equal(['info: new session · offline'])
    expect(texts({...made, before: {...inSession({key: 'old'}), diedAt: 1}})[0]).to.match(
      /^good: .* in place of the one/,
    )
  })

  it('as recovered, with the time that it took', () => {
    expect(texts({how: 'recovered', downtimeMs: 61.4})).to.deep.equal(['good: session recovered after 61 ms'])
    expect([999, 1000, 59_940, 65_000].map(duration)).to.deep.equal(['999 ms', '1.0 s', '59.9 s', '1m 05s'])
  })
})

describe('a reply that broke off', () => {
  const queuedOne = {prompts: [{id: 'q', text: 'next', state: 'queued'}]} as unknown as ChatState

  it('is left to the person, unless what is queued goes out', () => {
    const state = freshChat(liveView)
    expect(brokenNotice(state, {again: true}).text).to.match(/^the reply was interrupted.*\/retry asks again/)
    expect(brokenNotice({...state, prompts: queuedOne.prompts}, {again: true}).text).to.match(
      /what is queued goes out now$/,
    )
    expect(brokenNotice({...state, prompts: queuedOne.prompts, held: true}, {again: true}).text).to.not.match(/queued/)
  })

  it('says so where it killed several gateways', () => {
    const broken = {deaths: 2} as unknown as ChatState['broken']
    const text = brokenNotice({...freshChat(liveView), broken, prompts: queuedOne.prompts}, {again: false}).text
    expect(text).to.include('2 gateways died on it')
  })

  it('is gone on with by some gateways themselves, and the queue waits', () => {
    expect(goesOnNotice(2, freshChat(liveView)).text).to.match(/\(try 2\)$/)
    expect(goesOnNotice(2, {...freshChat(liveView), prompts: queuedOne.prompts}).text).to.match(
      /the queue waits for it$/,
    )
  })
})
