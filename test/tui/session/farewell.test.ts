import {expect} from 'chai'
import {farewellText} from '../../../src/tui/session/farewell.js'
import type {ChatState} from '../../../src/tui/state/state.js'
import {freshChat, liveView} from '../../helpers/chat-state.js'

const chat = (more: Partial<ChatState>): ChatState => {
  const state = freshChat(liveView)
  return {...state, session: {...state.session, key: 'k'}, inputSaved: true, ...more}
}
const said = {items: [{kind: 'user', text: 'hello'}] as unknown as ChatState['items']}
const queue = {prompts: [{id: 'q', text: 'next', state: 'queued'}] as unknown as ChatState['prompts']}

describe('what is said when the chat ends', () => {
  it('is how to come back, where there is something to come back to', () => {
    expect(farewellText(chat({}), {})).to.equal(undefined)
    expect(farewellText(chat(said), {})).to.equal('Resume with: hermes chat --resume k')
    expect(farewellText(chat({}), {stays: true})).to.equal('It works on without a terminal: hermes attach k')
  })

  it('is what waits there, what is sent meanwhile, and what could not be saved', () => {
    expect(farewellText(chat(queue), {})).to.equal('Kept for the next hermes chat here: a queued prompt')
    expect(farewellText(chat({...said, ...queue}), {})).to.match(/\nKept for then: a queued prompt$/)
    expect(farewellText(chat(queue), {stays: true, queueWhileDetached: true})).to.match(/\nSent meanwhile: a queued/)
    expect(farewellText(chat({...queue, held: true}), {stays: true, queueWhileDetached: true})).to.match(
      /\nKept for then/,
    )
    expect(farewellText(chat({...queue, inputSaved: false}), {})).to.match(/^Not kept, it could not be saved: a queued/)
  })

  it('is how to watch again what was only watched', () => {
    const watched = {view: {...liveView, watched: true}}
    expect(farewellText(chat({...said, ...watched}), {})).to.equal('Watch it again with: hermes attach --watch k')
  })
})
