import {realpath} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {Questions} from '../../../src/gateway/session/questions.js'
import type {QuestionRow} from '../../../src/gateway/store/types.js'
import {runs} from '../../helpers/sample.js'
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
    const file = path.join(await realpath(scratch.home), 'hermes-offline-demo.txt')
    expect(request).to.include({command: file, kind: 'edit'})
    expect(request.request_id).to.match(/^[0-9a-f]{8}$/)
    expect(await status(gateway)).to.equal('waiting')
    const {request_id} = request
    expect(await gateway.refused('approval.respond', {session_id: sid, request_id: '00000000'})).to.deep.equal({
      code: 4009,
      message: 'no pending answer request',
    })
    expect(await gateway.call('approval.respond', {session_id: sid, request_id, choice: 'session'})).to.deep.equal({
      resolved: 1,
    })
    const again = {session_id: sid, request_id, choice: 'deny'}
    expect((await gateway.refused('approval.respond', again)).code, 'answered already').to.equal(4009)
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
    await gateway.call('approval.respond', {session_id: sid, choice: 'deny', reason: 'use another name'})
    const {result, status: state} = await gateway.event('tool.complete')
    expect(result).to.include({error: 'write_file: the person said no: use another name', denied: true})
    expect(state).to.equal('denied')
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
    const call = {turnId: 1, toolId: 'call_1'}
    const rm = {command: 'rm x', description: 'delete', kind: 'command'} as const
    const mv = {command: 'mv x y', description: 'move', kind: 'command'} as const
    const once = {choice: 'once'} as const
    const deny = {choice: 'deny'} as const

    function make({taken = (): boolean => false} = {}) {
      const log: string[] = []
      const ids: string[] = []
      const stored = new Map<string, unknown>()
      const questions = new Questions({
        emit: (type, {request_id}) => {
          log.push(`show ${type}`)
          ids.push(String(request_id))
        },
        ask: (_turnId, {id, kind, replaces}) => {
          log.push(['store', kind, ...(replaces.length > 0 ? ['instead of', ...replaces] : [])].join(' '))
          stored.set(id, undefined)
        },
        answer: (id, answer) => {
          if (taken()) throw new Error('taken over')
          if (stored.get(id) !== undefined) return false
          stored.set(id, answer)
          return true
        },
      })
      return {questions, log, ids, stored}
    }

    const rowOf = (id: string, payload: unknown, answer?: unknown): QuestionRow => ({
      id,
      toolId: call.toolId,
      kind: 'approval',
      payload,
      answer,
      createdAt: 1,
    })

    it('stores a question before it is shown, and the answer before anybody acts by it', async () => {
      const {questions, log, ids, stored} = make()
      const asked = questions.ask(call, 'approval', rm)
      expect(log).to.deep.equal(['store approval', 'show approval.request'])
      const answer = {choice: 'deny', reason: 'use rsync'} as const
      expect(questions.respond(answer, {requestId: ids[0]})).to.equal(1)
      expect(stored.get(ids[0] ?? '')).to.deep.equal(answer)
      expect(await asked).to.deep.equal(answer)
      expect(questions.waiting).to.equal(false)
    })

    it('answers the question that is named, and without a name the oldest', async () => {
      const {questions, ids} = make()
      const [first, second, third] = [rm, mv, rm].map((payload) => questions.ask(call, 'approval', payload))
      expect(questions.respond(deny, {requestId: ids[1]})).to.equal(1)
      expect(questions.respond(once, {requestId: ids[1]}), 'answered already').to.equal(0)
      expect(questions.respond(once, {requestId: 'nobody'})).to.equal(0)
      expect(questions.respond(once, {})).to.equal(1)
      expect(await first).to.deep.equal(once)
      expect(await second).to.deep.equal(deny)
      expect(questions.respond(deny, {})).to.equal(1)
      expect(questions.respond(deny, {})).to.equal(0)
      expect(await third).to.deep.equal(deny)
    })

    it('answers all approvals at once, and no clarifying question by that', async () => {
      const {questions, ids} = make()
      const text = questions.ask(call, 'clarify', {question: 'Which?', choices: null})
      const both = [questions.ask(call, 'approval', rm), questions.ask(call, 'approval', mv)]
      expect(questions.respond(once, {all: true})).to.equal(2)
      expect(await Promise.all(both)).to.deep.equal([once, once])
      expect(questions.answer(ids[1] ?? '', 'no clarifying question')).to.equal(false)
      expect(questions.answer(ids[0] ?? '', 'red')).to.equal(true)
      expect(await text).to.equal('red')
    })

    it('keeps a question open where its answer could not be stored', async () => {
      let taken = true
      const {questions} = make({taken: () => taken})
      const asked = questions.ask(call, 'approval', rm)
      expect(() => questions.respond(once, {})).to.throw('taken over')
      expect(questions.waiting).to.equal(true)
      taken = false
      expect(questions.respond(once, {})).to.equal(1)
      expect(await asked).to.deep.equal(once)
    })

    it('asks again under the id it had what a process before it left open', async () => {
      const {questions, log, ids} = make()
      questions.expect([rowOf('11111111', rm)])
      expect(questions.waiting, 'before it is asked').to.equal(true)
      const asked = questions.ask(call, 'approval', {...rm})
      expect(ids).to.deep.equal(['11111111'])
      expect(log).to.deep.equal(['store approval', 'show approval.request'])
      questions.respond(once, {requestId: '11111111'})
      expect(await asked).to.deep.equal(once)
    })

    it('does not ask what was answered before', async () => {
      const {questions, log} = make()
      questions.expect([rowOf('11111111', rm, once)])
      expect(questions.waiting).to.equal(false)
      expect(await questions.ask(call, 'approval', rm)).to.deep.equal(once)
      expect(log).to.deep.equal([])
    })

    it('never takes the answer to one question for that to another', async () => {
      const payloads = [rm, mv, {...rm, diff: '+1'}, {...rm, cwd: '/elsewhere'}]
      const any = fc.nat({max: payloads.length - 1})
      const row = fc.record({payload: any, answered: fc.boolean(), mine: fc.boolean()})
      const count = runs(100, 25)
      let tried = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(row, {maxLength: 4}),
          fc.array(any, {minLength: 1, maxLength: 4}),
          async (rows, asks) => {
            tried++
            const {questions, stored} = make()
            questions.expect(
              rows.map(({payload, answered, mine}, index) => ({
                ...rowOf(`${index}`, payloads[payload], answered ? {choice: 'once', rule: `${payload}`} : undefined),
                toolId: mine ? call.toolId : 'call_2',
              })),
            )
            for (const wanted of asks) {
              const shown = stored.size
              const asked = questions.ask(call, 'approval', payloads[wanted] ?? rm)
              if (stored.size === shown) {
                expect(await asked).to.deep.equal({choice: 'once', rule: `${wanted}`})
              } else {
                questions.respond(deny, {})
                expect(await asked).to.deep.equal(deny)
              }
            }
          },
        ),
        {numRuns: count},
      )
      expect(tried).to.be.at.least(count)
    })

    it('lets go of what is open, and leaves what is stored of it', async () => {
      const {questions, stored} = make()
      const asked = questions.ask(call, 'approval', rm)
      questions.release()
      expect(await asked.catch((error: Error) => error.message)).to.match(/not answered/)
      expect([...stored.values()]).to.deep.equal([undefined])
      expect(questions.respond(once, {all: true})).to.equal(0)
      expect(questions.waiting).to.equal(false)
    })

    it('shows again what is open', () => {
      const {questions, ids} = make()
      void questions.ask(call, 'approval', rm)
      void questions.ask(call, 'clarify', {question: 'Which?', choices: ['a']})
      questions.tell()
      expect(ids.slice(2)).to.deep.equal(ids.slice(0, 2))
    })
  })
})
