import {expect} from 'chai'
import {Questions} from '../../../src/gateway/session/questions.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

describe('questions to the person', () => {
  const scratch = new Scratch()

  async function asking(model: string): Promise<{gateway: GatewayProcess; sid: string}> {
    const gateway = await scratch.start({model})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'go on'})
    return {gateway, sid}
  }

  async function status(gateway: GatewayProcess): Promise<unknown> {
    const {sessions} = await gateway.call<{sessions: {status: string}[]}>('session.active_list')
    return sessions[0]?.status
  }

  it('runs a tool that was approved', async () => {
    const {gateway, sid} = await asking('offline/tools')
    const request = await gateway.event('approval.request')
    expect(request).to.include({command: 'write hermes-offline-demo.txt', allow_permanent: true})
    expect(request.pattern_keys).to.deep.equal([request.pattern_key])
    expect(await status(gateway)).to.equal('working')
    expect(await gateway.call('approval.respond', {session_id: sid, choice: 'session'})).to.deep.equal({resolved: 1})
    const {name, result, args, tool_id, duration_s} = await gateway.event('tool.complete')
    expect(name).to.equal('write_file')
    expect(result).to.not.have.property('error')
    expect(args).to.include({path: 'hermes-offline-demo.txt'})
    expect(duration_s).to.be.a('number')
    const started = await gateway.event('tool.start')
    expect(started).to.deep.equal({tool_id, name, context: 'hermes-offline-demo.txt'})
    expect(gateway.types().indexOf('tool.generating')).to.be.below(gateway.types().indexOf('tool.start'))
  })

  it('does not run what was denied, and lets the model know', async () => {
    const {gateway, sid} = await asking('offline/tools')
    await gateway.event('approval.request')
    await gateway.call('approval.respond', {session_id: sid})
    const {result} = await gateway.event('tool.complete')
    expect(result).to.have.property('error')
    expect(await gateway.call('approval.respond', {session_id: sid, choice: 'once'})).to.have.property('resolved')
    expect((await gateway.refused('approval.respond', {session_id: 'nobody12'})).code).to.equal(4001)
    expect((await gateway.refused('approval.respond', {session_id: sid, choice: 'maybe'})).code).to.equal(-32602)
  })

  it('asks the question of a model and hands back the answer', async () => {
    const {gateway} = await asking('offline/clarify')
    const request = await gateway.event('clarify.request')
    expect(request.request_id).to.match(/^[0-9a-f]{8}$/)
    expect(request.question).to.be.a('string')
    expect(await status(gateway)).to.equal('waiting')
    expect(await gateway.refused('clarify.respond', {request_id: 'nope', answer: 'red'})).to.deep.equal({
      code: 4009,
      message: 'no pending answer request',
    })
    const answer = await gateway.call('clarify.respond', {request_id: request.request_id, answer: 'the red one'})
    expect(answer).to.deep.equal({status: 'ok'})
    const {result} = await gateway.event('tool.complete')
    expect(JSON.stringify(result)).to.include('the red one')
    expect((await gateway.event('message.complete')).status).to.equal('complete')
    // It is answered once.
    expect((await gateway.refused('clarify.respond', {request_id: request.request_id, answer: 'blue'})).code).to.equal(
      4009,
    )
  })

  for (const model of ['offline/tools', 'offline/clarify']) {
    it(`lets go of its question when the turn is interrupted (${model})`, async () => {
      const {gateway, sid} = await asking(model)
      await gateway.frame((frame) => /^(approval|clarify)\.request$/.test(frame.params?.type ?? ''))
      await gateway.call('session.interrupt', {session_id: sid})
      expect((await gateway.event('message.complete')).status).to.equal('interrupted')
      expect(await gateway.call('approval.respond', {session_id: sid})).to.deep.equal({resolved: 0})
      expect(await status(gateway)).to.equal('idle')
    })
  }

  describe('as such', () => {
    function make(timeoutMs = 60_000) {
      const asked: [type: string, payload: Record<string, unknown>][] = []
      const always = new Set<string>()
      const questions = new Questions({always, timeoutMs, emit: (type, payload) => asked.push([type, payload])})
      return {questions, asked, always}
    }
    const rm = {command: 'rm x', description: 'delete', patternKey: 'rm'}
    const mv = {command: 'mv x y', description: 'move', patternKey: 'mv'}

    it('answers approvals in the order in which they were asked', async () => {
      const {questions} = make()
      const first = questions.approve(rm)
      const second = questions.approve(mv)
      expect(questions.respond('once', false)).to.equal(1)
      expect(questions.respond('deny', false)).to.equal(1)
      expect(questions.respond('once', false)).to.equal(0)
      expect(await Promise.all([first, second])).to.deep.equal([true, false])
    })

    it('answers all at once', async () => {
      const {questions} = make()
      const both = [questions.approve(rm), questions.approve(mv)]
      expect(questions.respond('once', true)).to.equal(2)
      expect(await Promise.all(both)).to.deep.equal([true, true])
    })

    it('does not ask again for the session, or in the whole process', async () => {
      const {questions, asked, always} = make()
      const first = questions.approve(rm)
      questions.respond('session', false)
      expect(await first).to.equal(true)
      expect(await questions.approve(rm)).to.equal(true)
      expect(asked).to.have.length(1)
      expect(always.size).to.equal(0)
      const second = questions.approve(mv)
      questions.respond('always', false)
      expect(await second).to.equal(true)
      expect([...always]).to.deep.equal(['mv'])
    })

    it('takes silence for a no', async () => {
      const {questions} = make(1)
      expect(await questions.approve(rm)).to.equal(false)
      expect(questions.respond('once', true)).to.equal(0)
      expect(await questions.clarify('Which?', null)).to.equal('')
      expect(questions.waiting).to.equal(false)
    })
  })
})
