import {expect} from 'chai'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction} from '../../../src/tui/state/state.js'
import {stripSgr} from '../../../src/tui/text/wrap.js'
import {freshChat, type Told, told} from '../../helpers/chat-state.js'
import {DrawnChat, type Libraries, loadLibraries} from '../../helpers/drawn-chat.js'

describe('news of a gateway', () => {
  let libraries: Libraries
  before(async () => {
    libraries = await loadLibraries()
  })
  const drawn = (...events: Told[]) => {
    const chat = new DrawnChat(libraries, {columns: 80})
    for (const event of events) chat.event(event)
    return stripSgr(chat.text)
  }
  const done = (more: object): Told =>
    ({
      type: 'subagent.complete',
      payload: {goal: 'read the docs', task_index: 0, task_count: 2, ...more},
    }) as Told

  it('has a line for a sub-agent that ended, which opens what it brought', () => {
    const summary = Array.from({length: 40}, (_, line) => `finding ${line}`).join('\n')
    const text = drawn(done({summary, duration_seconds: 12}))
    expect(text).to.match(/● Sub-agent finished 1\/2 read the docs · .*12 s/)
    expect(text).to.include('finding 0').and.include('Ctrl+O')
    const state = [told(done({summary}))].reduce((before, action: ChatAction) => reduce(before, action), freshChat())
    expect(state.items.map(({kind}) => kind)).to.deep.equal(['tool'])
  })

  it('says why a sub-agent brought nothing', () => {
    expect(drawn(done({status: 'failed', summary: 'no network'}))).to.match(
      /Could not finish sub-agent[\s\S]*no network/,
    )
    expect(drawn(done({status: 'timeout'}))).to.match(/Could not finish sub-agent[\s\S]*timeout/)
  })

  it('keeps the reason of a turn that nobody asked for above that turn', () => {
    const text = drawn(
      {type: 'status.update', payload: {kind: 'process', text: 'Background process 7 completed\nexit 0'}},
      {type: 'message.start', payload: undefined},
      {type: 'message.delta', payload: {text: 'It is built.\n\n'}},
      {type: 'message.complete', payload: {text: 'It is built.', status: 'complete'}},
    )
    expect(text).to.match(/Background process 7 completed.*exit 0[\s\S]*It is built\./)
  })
})
