import {expect} from 'chai'
import {type AgentStep, Gate} from '../../helpers/agent-model.js'
import {Scratch} from '../gateway-process.js'
import {AgentTalk, newsIn} from './agent-talk.js'

describe('a prompt beside the session', () => {
  const scratch = new Scratch()
  let talk: AgentTalk
  afterEach(() => talk?.server.close())

  const side = {goal: 'count the files'}
  const start = async (...steps: AgentStep[]) => {
    talk = await AgentTalk.start(scratch, [side], {parent: ['hello there'], 'count the files': steps})
    const {gateway} = await talk.open()
    return gateway
  }

  it('runs in a session of its own while this one goes on, and its end is told here', async () => {
    const held = new Gate('there are seven')
    const gateway = await start(held)
    const started = await gateway.call('prompt.background', {session_id: talk.sid, text: side.goal})
    expect(started.task_id).to.match(/^bg_[0-9a-f]{6}$/)
    await held.asked
    await gateway.turn(talk.sid, 'go')
    held.open()
    const told = await gateway.event('background.complete')
    expect(told).to.include({
      task_id: started.task_id,
      session_key: started.session_key,
      text: 'there are seven',
      status: 'complete',
      question: side.goal,
    })
    const own = gateway.frames.filter(({params}) => params?.session_id === started.session_id)
    expect(own, 'nothing of it goes to a screen that does not show it').to.deep.equal([])
    const opened = await gateway.call<{messages: {text?: string}[]}>('session.resume', {
      session_id: started.session_key,
    })
    expect(opened.messages.at(-1)?.text).to.equal('there are seven')
  })

  it('begins with what was said', async () => {
    const gateway = await start('unused')
    await gateway.turn(talk.sid, 'go')
    const started = await gateway.call('prompt.background', {session_id: talk.sid, text: side.goal})
    talk.store((store) => {
      expect(store.session(String(started.session_key))?.parentKey).to.equal(talk.key)
      expect(store.listSessions(5)).to.have.length(2)
    })
    await gateway.event('background.complete')
    expect((await gateway.refused('prompt.background', {session_id: talk.sid, text: ' '})).code).to.equal(4012)
  })

  it('can be opened while it runs, and is heard of from then on', async () => {
    const held = new Gate('there are seven')
    const gateway = await start({list_files: {}}, held)
    const started = await gateway.call('prompt.background', {session_id: talk.sid, text: side.goal})
    await held.asked
    const opened = await gateway.call('session.resume', {session_id: started.session_key})
    expect(opened).to.include({running: true, session_id: started.session_id})
    held.open()
    const own = await gateway.frame(
      ({params}) => params?.type === 'message.complete' && params.session_id === started.session_id,
    )
    expect(own.params?.payload).to.include({text: 'there are seven', status: 'complete'})
  })

  it('is stopped alone', async () => {
    const held = new Gate('never said')
    const gateway = await start(held)
    const started = await gateway.call('prompt.background', {session_id: talk.sid, text: side.goal})
    await held.asked
    expect(await gateway.call('subagent.interrupt', {subagent_id: started.session_key})).to.include({found: true})
    expect(await gateway.event('background.complete')).to.include({status: 'interrupted'})
  })

  for (const asks of [false, true]) {
    it(`is told of after kill -9 ${asks ? 'where it asks, and asks again' : 'with how it is gone on with'}`, async () => {
      const held = new Gate('there are seven')
      // The first session is stored, and has said nothing: no branch.
      const gateway = await start(...(asks ? [{clarify: {question: 'Which?', choices: ['red']}}, 'red it is'] : [held]))
      await gateway.call('prompt.submit', {session_id: talk.sid, text: 'go'})
      await gateway.event('message.complete')
      talk.store((store) => store.undoLastTurn(talk.key))
      const started = await gateway.call('prompt.background', {session_id: talk.sid, text: side.goal})
      if (asks) {
        expect(await gateway.event('clarify.request')).to.include({agent: side.goal})
      } else await held.asked
      await gateway.kill()
      held.open()
      const {gateway: next} = await talk.open()
      if (asks) {
        const again = await next.event('clarify.request')
        expect(again).to.include({agent: side.goal, question: 'Which?'})
        await next.call('clarify.respond', {request_id: again.request_id, answer: 'red'})
      }
      const told = await next.event('background.complete')
      expect(told).to.include({session_key: started.session_key, status: asks ? 'complete' : 'interrupted'})
      if (asks) expect(told.text).to.equal('red it is')
      expect(newsIn(next, 'background.complete')).to.have.length(1)
    })
  }
})
