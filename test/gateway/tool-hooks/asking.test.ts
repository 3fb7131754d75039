import {expect} from 'chai'
import {verdictOf} from '../../../src/gateway/tool-hooks/before-call.js'
import {type HookAnswer, ToolHooks} from '../../../src/gateway/tool-hooks/tool-hooks.js'
import type {EventFrame} from '../../../src/protocol/frames.js'

const question = {session_key: 'k', prompt_id: 'p', tool_id: 't', name: 'terminal', args: {}, context: '', cwd: '/'}

describe('asking the client what its plugins say', () => {
  function bench(deadlineMs = 60_000) {
    const sent: EventFrame[] = []
    let leave = () => {}
    const writer = {
      attended: true,
      send: (frame: unknown) => void sent.push(frame as EventFrame),
      onLeave(listener: () => void) {
        leave = listener
        return () => {}
      },
    }
    const hooks = new ToolHooks({before: true, deadlineMs}, writer as never)
    const ask = (signal = new AbortController().signal) => hooks.ask(question, signal)
    const idOf = (index: number) => String(sent[index]?.params.payload?.request_id)
    return {hooks, writer, sent, ask, idOf, leave: () => leave()}
  }

  it('asks nobody where no terminal is there, and says so', async () => {
    const {writer, sent, ask} = bench()
    writer.attended = false
    expect(await ask()).to.deep.equal({
      kind: 'missed',
      by: 'plugins',
      why: 'no hermes with a terminal was there',
    } satisfies HookAnswer)
    expect(sent).to.deep.equal([])
  })

  it('lets go of what it asked a client that leaves, and asks the next one', async () => {
    const {hooks, sent, ask, idOf, leave} = bench()
    const first = ask()
    leave()
    expect(await first).to.include({kind: 'missed', why: 'hermes was gone'})
    const second = ask()
    expect(hooks.answer({request_id: idOf(0)})).to.equal(false)
    expect(hooks.answer({request_id: idOf(1), verdict: 'deny', by: 'plugin x', reason: 'no'})).to.equal(true)
    expect(await second).to.deep.equal({kind: 'deny', by: 'plugin x', reason: 'no'})
    expect(sent).to.have.length(2)
    expect(sent[0]?.params).to.not.have.property('session_id')
  })

  it('waits for a client that is silent once, and again when it has answered', async () => {
    const {hooks, sent, ask, idOf} = bench(-490)
    expect(await ask()).to.include({kind: 'missed', why: 'hermes did not answer in time'})
    expect(await ask()).to.include({kind: 'missed'})
    expect(sent).to.have.length(1)
    hooks.answer({request_id: idOf(0)})
    const next = ask()
    expect(sent).to.have.length(2)
    hooks.answer({request_id: idOf(1), failed: [{by: 'plugin x', message: 'threw: y'}]})
    expect(await next).to.deep.equal({kind: 'missed', by: 'plugin x', why: 'threw: y'})
  })

  it('makes of a missing answer what the person wants', () => {
    const missed: HookAnswer = {kind: 'missed', by: 'plugin x', why: 'it hung'}
    expect(verdictOf(missed, 'permissions')).to.deep.equal({kind: 'go', note: 'without plugin x: it hung'})
    expect(verdictOf(missed, 'ask').kind).to.equal('ask')
    expect(verdictOf(missed, 'deny').kind).to.equal('deny')
    for (const policy of ['permissions', 'ask', 'deny'] as const) {
      expect(verdictOf({kind: 'none'}, policy)).to.deep.equal({kind: 'go'})
      expect(verdictOf({kind: 'deny', by: 'x', reason: 'y'}, policy).kind).to.equal('deny')
    }
  })
})
