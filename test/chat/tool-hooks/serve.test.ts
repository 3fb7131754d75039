import {EventEmitter} from 'node:events'
import {expect} from 'chai'
import fc from 'fast-check'
import {serveToolHooks, toolHookTerms} from '../../../src/chat/tool-hooks/serve.js'
import {summaryOf, wentWell} from '../../../src/chat/tool-hooks/summary.js'
import type {GatewayHookName, HookEvent} from '../../../src/lifecycle/hooks.js'
import type {ToolDecision} from '../../../src/lifecycle/tool-hooks/verdict.js'

const asked = {
  request_id: 'r1',
  session_key: 'key',
  prompt_id: 'p1',
  tool_id: 't1',
  name: 'terminal',
  args: {command: 'ls'},
  context: 'ls',
  cwd: '/w',
}

describe('hooks of tools in the chat', () => {
  function serve(
    hooks: GatewayHookName[],
    {watched = false, decision}: {watched?: boolean; decision?: ToolDecision} = {},
  ) {
    const emitter = new EventEmitter()
    const requests: [string, Record<string, unknown>][] = []
    const told: HookEvent[] = []
    const view = {
      phase: 'live',
      generation: 2,
      pid: 7,
      session: {liveId: 'live', key: 'key'},
      capabilities: new Set(['tool_hooks']),
      watched,
    }
    const supervisor = {
      view,
      on(name: string, listener: () => void) {
        emitter.on(name, listener)
        return () => emitter.off(name, listener)
      },
      request: async (method: string, params: Record<string, unknown>) => {
        requests.push([method, params])
        return {}
      },
    }
    const plugins = {
      hears: (hook: GatewayHookName) => hooks.includes(hook),
      decide: async (event: HookEvent) => {
        told.push(event)
        return decision ?? {verdict: undefined, failed: []}
      },
      decideMs: 600,
      dispatch: (event: HookEvent) => told.push(event),
    }
    const stamp = (details: object) => ({...details, schemaVersion: 1, time: 1, monotonic: 1, instance: 'i'})
    const end = serveToolHooks({supervisor, plugins, stamp} as never)
    const say = (type: string, payload: object = {}) => emitter.emit('event', {type, sessionId: 'live', payload})
    return {say, emitter, requests, told, end, view}
  }

  it('answers what it is asked with the strictest verdict, and names who failed', async () => {
    const decision: ToolDecision = {
      verdict: {kind: 'deny', plugin: 'policy', reason: 'no'},
      failed: [{plugin: 'your configuration', message: 'exit: ended with code 1'}],
    }
    const {say, requests, told} = serve(['tool:before'], {decision})
    say('tool.before', asked)
    await new Promise(setImmediate)
    expect(told[0]).to.deep.include({type: 'tool-before', toolId: 't1', args: {command: 'ls'}, generation: 2, pid: 7})
    expect(requests).to.deep.equal([
      [
        'tool.decide',
        {
          request_id: 'r1',
          verdict: 'deny',
          by: 'plugin policy',
          reason: 'no',
          failed: [{by: 'your configuration', message: 'exit: ended with code 1'}],
        },
      ],
    ])
  })

  it('answers a gateway of another chat also where no plugin of this one has anything to say', async () => {
    const {say, requests, told} = serve([])
    say('tool.before', asked)
    say('tool.complete', {tool_id: 't1', name: 'terminal'})
    await new Promise(setImmediate)
    expect(requests).to.deep.equal([['tool.decide', {request_id: 'r1', failed: []}]])
    expect(told.map(({type}) => type)).to.deep.equal(['tool-before'])
  })

  it('decides and tells nothing where it only watches', async () => {
    const {say, requests, told} = serve(['tool:before', 'tool:after', 'turn:end'], {watched: true})
    say('tool.before', asked)
    say('tool.complete', {tool_id: 't1', name: 'terminal'})
    say('message.complete', {status: 'complete', text: ''})
    await new Promise(setImmediate)
    expect({requests, told}).to.deep.equal({requests: [], told: []})
  })

  it('says once to each gateway that it comes to that there are plugins to be asked', () => {
    const {emitter, requests, view} = serve(['tool:before'])
    emitter.emit('view')
    emitter.emit('view')
    expect(requests).to.deep.equal([['tool.hooks', {before: true, deadline_ms: 600}]])
    view.pid = 8
    emitter.emit('view')
    expect(requests).to.have.length(2)
    view.pid = 9
    view.capabilities.clear()
    emitter.emit('view')
    expect(requests).to.have.length(2)
    const plugins = {hears: () => false, decideMs: 600}
    expect(toolHookTerms(plugins)).to.deep.equal({before: false, deadlineMs: 0})
  })

  it('tells of each call that is over, and of the turn with their count', () => {
    const {say, told, end} = serve(['tool:after', 'turn:end'])
    say('message.start')
    say('tool.start', {tool_id: 't1', name: 'terminal', context: 'npm test'})
    say('tool.complete', {
      tool_id: 't1',
      name: 'terminal',
      args: {command: 'npm test'},
      result: {output: '12 passing\n1 failing\n', exit_code: 1},
      duration_s: 1.8404,
    })
    say('tool.complete', {
      tool_id: 't2',
      name: 'read_file',
      context: 'a',
      result: {error: 'no'},
      status: 'denied',
      duration_s: 1,
    })
    say('message.complete', {status: 'complete', prompt_id: 'p1', steps: 2, text: 'x'})
    expect(told.map(({type, ...event}) => [type, (event as {ok?: boolean}).ok])).to.deep.equal([
      ['tool-after', false],
      ['tool-after', false],
      ['turn-end', undefined],
    ])
    expect(told[0]).to.include({preview: 'npm test', durationMs: 1840, summary: '1 failing', state: 'complete'})
    expect(told[1]).to.include({preview: 'a', durationMs: undefined, summary: 'no', state: 'denied'})
    expect(told[2]).to.include({promptId: 'p1', status: 'complete', steps: 2, tools: 2, stopReason: undefined})
    end()
    say('message.complete', {status: 'complete', text: ''})
    expect(told).to.have.length(3)
  })

  it('has a summary of any result: one short line', () => {
    fc.assert(
      fc.property(fc.anything(), (result) => {
        const summary = summaryOf(result)
        expect(summary.length).to.be.at.most(500)
        expect(summary).to.not.match(/[\n\r]/)
        expect(wentWell(result)).to.be.a('boolean')
      }),
    )
    expect(summaryOf({path: 'a', added: 2, diff: {}})).to.equal('path: a, added: 2')
  })
})
