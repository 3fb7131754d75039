import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {HermesError} from '../../../src/errors.js'
import type {Model, ModelEvent, ModelMessage, ModelRequest} from '../../../src/gateway/models/types.js'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Store} from '../../../src/gateway/store/types.js'
import type {Tool} from '../../../src/gateway/tools/types.js'
import {outcomes, toModelMessages} from '../../../src/gateway/turn/history.js'
import type {Turn, TurnOptions} from '../../../src/gateway/turn/turn.js'
import {costOfCalls} from '../../../src/gateway/turn/usage.js'
import {type BareTurnOptions, bareContext, bareTurn, session, usage} from './bare-turn.js'

type Script = (request: ModelRequest, step: number) => AsyncIterable<ModelEvent>

const stop: ModelEvent = {type: 'finish', reason: 'stop', usage}
const callsTools: ModelEvent = {type: 'finish', reason: 'tool-calls', usage}

/** A model whose steps are a script: what a turn does with a model that no provider would let us be. */
function scripted(script: Script): Model & {requests: ModelRequest[]} {
  const requests: ModelRequest[] = []
  return {
    id: 'test/scripted',
    provider: 'test',
    contextMax: 1000,
    requests,
    stream(request) {
      requests.push(request)
      return script(request, requests.length)
    },
  }
}

async function* events(...list: ModelEvent[]): AsyncGenerator<ModelEvent> {
  yield* list
}

function text(content: string): ModelEvent {
  return {type: 'text', text: content}
}

function call(name: string, args: unknown, id = name): ModelEvent {
  return {type: 'tool-call', call: {id, name, args}}
}

function tool(name: string, run: Tool['run']): Tool {
  return {
    name,
    description: name,
    parameters: {},
    toolset: 'test',
    idempotent: true,
    context: (args) => String(args.what ?? ''),
    run,
  }
}

describe('Turn', () => {
  let folder: string
  let store: Store
  let shown: [type: string, payload: Record<string, unknown>][]

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hermes-turn-'))
    store = openStore(path.join(folder, 'test.db'))
    shown = []
  })

  afterEach(async () => {
    store.close()
    await rm(folder, {recursive: true, force: true})
  })

  const turnOf = (model: Model, options: Partial<BareTurnOptions> = {}): Turn =>
    bareTurn({
      store,
      model,
      emit: (type, payload) => shown.push([type, payload]),
      note: (text) => shown.push(['note', {text}]),
      ...options,
    })

  const shownText = () =>
    shown
      .filter(([type]) => type === 'message.delta')
      .map(([, payload]) => payload.text)
      .join('')
  const shownOf = (type: string) => shown.filter(([name]) => name === type).map(([, payload]) => payload)
  const replies = () => store.messages(session.key).filter(({role}) => role === 'assistant')

  it('stores a delta before it is shown', async () => {
    const behind: string[] = []
    const model = scripted(() => events(text('one '), text('two '), text('three'), stop))
    const turn = turnOf(model, {
      emit: (type, payload) => {
        shown.push([type, payload])
        const stored = replies()[0]?.text ?? ''
        if (!stored.startsWith(shownText())) behind.push(`${shownText()} > ${stored}`)
      },
    })
    expect((await turn.run()).status).to.equal('complete')
    expect(behind).to.deep.equal([])
    expect(shownText()).to.equal('one two three')
  })

  it('runs the tools that a model asks for and tells it what came of them', async () => {
    const model = scripted((_request, step) =>
      step === 1
        ? events(
            text('Looking.'),
            {type: 'tool-name', id: 'a', name: 'look'},
            call('look', {what: 'there'}, 'a'),
            callsTools,
          )
        : events(text('Found.'), stop),
    )
    const look = tool('look', async ({what}) => ({found: what}))
    const end = await turnOf(model, {tools: [look]}).run()

    expect(end).to.include({status: 'complete', text: 'Found.'})
    expect(end.usage).to.deep.include({calls: 2, usage: {...usage, input: 20, output: 4}})
    expect(end.context).to.deep.equal({model: 'test/scripted', used: 12, max: 1000})
    expect(shown.map(([type]) => type)).to.deep.equal([
      'message.delta',
      'tool.generating',
      'tool.start',
      'tool.complete',
      'message.delta',
    ])
    expect(shownText(), 'set apart on the wire').to.equal('Looking.\n\nFound.')
    expect(shownOf('tool.start')).to.deep.equal([{tool_id: 'a', name: 'look', context: 'there'}])
    expect(shownOf('tool.complete')[0]).to.deep.include({tool_id: 'a', args: {what: 'there'}, result: {found: 'there'}})
    const asked: ModelMessage[] = [
      {role: 'user', text: 'do it'},
      {role: 'assistant', text: 'Looking.', toolCalls: [{id: 'a', name: 'look', args: {what: 'there'}}]},
      {role: 'tool', toolCallId: 'a', name: 'look', result: {found: 'there'}},
    ]
    expect(model.requests[1]?.messages).to.deep.equal(asked)
    // What the store gives the next turn is what the model was told in this one.
    expect(toModelMessages(store.messages(session.key))).to.deep.equal([...asked, {role: 'assistant', text: 'Found.'}])
    expect(end.told).to.deep.equal(toModelMessages(store.messages(session.key)))
  })

  it('lets the model learn from an unknown tool, bad arguments and a tool that throws', async () => {
    const model = scripted((_request, step) =>
      step === 1
        ? events(call('none', {}), call('lok', {}), call('look', 'no json'), call('burst', {}), callsTools)
        : events(text('I see.'), stop),
    )
    const tools = [tool('look', async () => ({})), tool('burst', () => Promise.reject(new Error('no such thing')))]
    expect((await turnOf(model, {tools}).run()).status).to.equal('complete')
    expect(shownOf('tool.complete').map(({result}) => result)).to.deep.equal([
      {error: 'unknown tool "none"; there are: look, burst'},
      {error: 'unknown tool "lok"; did you mean "look"? It was not run; there are: look, burst'},
      {error: 'the arguments are not a JSON object: no json'},
      {error: 'no such thing'},
    ])
  })

  it('runs no tool that a rule forbids by its name, and shows and keeps that it was denied', async () => {
    let ran = 0
    const look = tool('look', async () => ({found: ++ran}))
    const model = scripted((_request, step) =>
      step === 1 ? events(call('look', {}, 'a'), callsTools) : events(text('So be it.'), stop),
    )
    const end = await turnOf(model, {
      tools: [look],
      toolContext: (given) => ({...bareContext(given), refusal: async (name) => `the rule ${name} forbids it`}),
    }).run()
    expect([end.status, ran]).to.deep.equal(['complete', 0])
    const result = {error: 'look: the rule look forbids it', denied: true}
    expect(shownOf('tool.complete')[0]).to.deep.include({status: 'denied', result})
    expect(store.messages(session.key).find(({role}) => role === 'tool')?.tool).to.deep.include({
      state: 'denied',
      result,
    })
  })

  it('counts the time of a tool without the time that the person was waited for', async () => {
    const model = scripted((_request, step) => (step === 1 ? events(call('ask', {}), callsTools) : events(stop)))
    let waitedMs = 0
    const ask: TurnOptions['ask'] = async () => {
      const since = performance.now()
      await new Promise((resolve) => setTimeout(resolve, 40))
      waitedMs = performance.now() - since
      return 'red' as never
    }
    const asks = tool('ask', async (_args, {clarify}) => ({answer: await clarify('Which?', null)}))
    const since = performance.now()
    await turnOf(model, {
      tools: [asks],
      ask,
      toolContext: (given) => ({
        ...bareContext(given),
        clarify: (question, choices) => given.ask('clarify', {question, choices}),
      }),
    }).run()
    const wholeMs = performance.now() - since
    const [{duration_s, result} = {}] = shownOf('tool.complete')
    expect(result).to.deep.equal({answer: 'red'})
    expect(Number(duration_s) * 1000).to.be.within(0, wholeMs - waitedMs)
    expect(store.messages(session.key)[2]?.tool?.durationS).to.equal(duration_s)
  })

  it('stores all calls of a step before the first of them runs', async () => {
    const model = scripted((_request, step) =>
      step === 1 ? events(call('look', {}, 'a'), call('look', {}, 'b'), callsTools) : events(stop),
    )
    const seen: unknown[] = []
    const states = () => store.messages(session.key).flatMap(({tool}) => tool?.state ?? [])
    const look = tool('look', async () => {
      seen.push(states())
      return {}
    })
    await turnOf(model, {tools: [look]}).run()
    expect(seen).to.deep.equal([
      ['unknown', 'not-started'],
      ['complete', 'unknown'],
    ])
    expect(states()).to.deep.equal(['complete', 'complete'])
  })

  it('ends soon when interrupted, also with a model that does not listen', async () => {
    const never = new Promise<never>(() => {})
    const model = scripted(async function* () {
      yield text('begun')
      await never
    })
    const turn = turnOf(model)
    const ended = turn.run()
    while (shownText() === '') await new Promise((resolve) => setImmediate(resolve))
    turn.interrupt()
    expect(await ended).to.include({status: 'interrupted', text: 'begun', stored: true})
    expect(replies()).to.have.length(1)
    expect(replies()[0]).to.include({text: 'begun', status: 'interrupted'})
  })

  it('waits a little for an interrupted tool, and calls its outcome unknown after that', async () => {
    const never = new Promise<never>(() => {})
    for (const [id, run, result] of [
      ['polite', politely, {error: 'interrupted'}],
      ['rude', () => never, undefined],
    ] as const) {
      const {turn: row} = store.beginTurn({session, promptId: id, prompt: id})
      const model = scripted(() => events(call('wait', {}, id), callsTools))
      const turn = turnOf(model, {tools: [tool('wait', run)], row})
      const ended = turn.run()
      while (!shownOf('tool.start').some(({tool_id}) => tool_id === id)) {
        await new Promise((resolve) => setImmediate(resolve))
      }
      turn.interrupt()
      expect((await ended).status).to.equal('interrupted')
      const stored = store.messages(session.key).findLast(({role}) => role === 'tool')
      expect(stored?.tool?.result).to.deep.equal(result)
    }
    const told = toModelMessages(store.messages(session.key)).filter(({role}) => role === 'tool')
    expect(told.at(-1)).to.deep.include({result: outcomes.unknown})
    expect(shownOf('tool.complete').at(-1)?.result).to.have.property('error')
  })

  function politely(_args: unknown, {signal}: {signal: AbortSignal}): Promise<Record<string, unknown>> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve({error: 'interrupted'})))
  }

  /** A turn whose tool changes something and waits for leave: `decided` lets the rules decide to ask the person. */
  function needingLeave() {
    const decided = Promise.withResolvers<void>()
    const {turn: row} = store.beginTurn({session, promptId: 'p1', prompt: 'hi'})
    const change = {
      ...tool('change', async (_args, {permit}) => ({
        ...(await permit({access: {tool: 'edit', path: '/x'}, title: 'Edit x'})),
      })),
      idempotent: false,
    }
    const model = scripted(() => events(call('change', {}), callsTools))
    const turn = turnOf(model, {
      tools: [change],
      row,
      toolContext: (given) => ({
        ...bareContext(given),
        permit: async () => {
          await decided.promise
          await given.ask('approval', {command: '/x', description: 'Edit x', kind: 'edit'})
          return {allowed: true}
        },
      }),
      ask: (toolId, kind, payload) => {
        store.ask(row.id, {id: 'q', toolId, kind, payload: {...payload}, replaces: []})
        return new Promise(() => {})
      },
    })
    const started = async () => {
      while (shownOf('tool.start').length === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const state = () => store.messages(session.key).findLast(({role}) => role === 'tool')?.tool?.state
    return {row, turn, decided, started, state}
  }

  it('is left waiting where its session was left while it was about to ask', async () => {
    const {row, turn, decided, started, state} = needingLeave()
    const ended = turn.run()
    await started()
    turn.suspend()
    decided.resolve()
    expect(await ended).to.include({status: 'interrupted', suspended: true})
    expect(state()).to.equal('asked')
    expect(store.takeUpTurn(row.id)?.questions.map(({id}) => id)).to.deep.equal(['q'])
  })

  it('has not started what needs leave before that is there, when its process ends', async () => {
    const killed = needingLeave()
    const ended = killed.turn.run()
    await killed.started()
    expect(killed.state()).to.equal('not-started')
    killed.turn.settleNow()
    expect(killed.state()).to.equal('not-started')
    expect(store.takeUpTurn(killed.row.id)).to.equal(undefined)
    await ended
  })

  it('has not started what needs leave before that is there, when the person interrupts', async () => {
    const stopped = needingLeave()
    const ended = stopped.turn.run()
    await stopped.started()
    stopped.turn.interrupt()
    expect(await ended).to.include({status: 'interrupted', suspended: false})
    expect(shownOf('tool.complete').map(({status}) => status)).to.deep.equal(['not-started'])
    expect(stopped.state()).to.equal('not-started')
  })

  it('tells a failure of the provider, and keeps what came before it', async () => {
    const failure = new HermesError('test answered 500', {code: 'provider/failed', suggestions: ['Try again.']})
    const model = scripted(async function* () {
      yield text('half a')
      throw failure
    })
    const end = await turnOf(model).run()
    expect(end).to.deep.include({
      status: 'error',
      text: 'half a',
      warning: 'test answered 500. Try again.',
      error: {message: 'test answered 500. Try again.', code: 'provider/failed'},
    })
    expect(store.turn(session.key, 'p1')).to.include({status: 'error', error: 'test answered 500. Try again.'})
    expect(replies()[0]).to.include({text: 'half a', status: 'error'})
  })

  it('knows what the steps before a reply that broke off have cost, and of that one nothing', async () => {
    const model = scripted((_request, step) =>
      step === 1
        ? events(call('look', {}), {...callsTools, cost: {usd: 2, savedUsd: 1}} as ModelEvent)
        : (async function* () {
            yield text('half')
            throw new HermesError('gone', {code: 'provider/network'})
          })(),
    )
    await turnOf(model, {tools: [tool('look', async () => ({}))]}).run()
    const usages = store.usage(session.key)
    expect(usages).to.include({calls: 2, estimated: true})
    expect(costOfCalls(usages)).to.deep.equal({usd: 2, savedUsd: 1, unpriced: 1})
  })

  it('shows nothing that the store refused, and does not crash', async () => {
    const full = new HermesError('the disk is full', {code: 'store/full', suggestions: ['Free some space.']})
    let refuse = false
    const failing: Store = {
      ...store,
      journal(...entry) {
        if (refuse) throw full
        store.journal(...entry)
      },
      finishTurn(...end) {
        if (refuse) throw full
        store.finishTurn(...end)
      },
    }
    const model = scripted(async function* () {
      yield text('stored')
      refuse = true
      yield text(' refused')
    })
    const end = await turnOf(model, {store: failing}).run()
    expect(end).to.deep.include({
      status: 'error',
      stored: false,
      error: {message: 'the disk is full. Free some space.', code: 'store/full'},
    })
    expect(shownText()).to.equal('stored')
    expect(replies()[0]?.text).to.equal('stored')
    expect(store.turn(session.key, 'p1')?.status).to.equal('running')
  })

  it('fails by the timer as it fails at once', async () => {
    const full = new HermesError('the disk is full', {code: 'store/full'})
    let journaled = 0
    const failing: Store = {
      ...store,
      journal(...entry) {
        if (++journaled > 1) throw full
        store.journal(...entry)
      },
    }
    const never = new Promise<never>(() => {})
    const model = scripted(async function* () {
      yield text('at once')
      yield text(' held')
      await never
    })
    const turn = turnOf(model, {store: failing, limits: {batchMs: 5, toolGraceMs: 0}})
    expect(await turn.run()).to.include({status: 'error', warning: 'the disk is full', stored: true})
    expect(shownText()).to.equal('at once')
  })

  it('stops after as many steps as are allowed, to be continued', async () => {
    const model = scripted((_request, step) => events(call('look', {}, `c${step}`), callsTools))
    const end = await turnOf(model, {tools: [tool('look', async () => ({}))], steps: 3}).run()
    expect(end.status).to.equal('interrupted')
    expect(end.warning).to.match(/^Stopped after 3 model steps/)
    expect(model.requests).to.have.length(3)
  })

  for (const {steps, limit, atLimit, more} of [
    {steps: 0, limit: 3, atLimit: false, more: 3},
    {steps: 1, limit: 3, atLimit: false, more: 2},
    {steps: 3, limit: 3, atLimit: false, more: 0},
    {steps: 3, limit: 3, atLimit: true, more: 3},
    {steps: 4, limit: 3, atLimit: false, more: 2},
    {steps: 6, limit: 3, atLimit: false, more: 0},
    {steps: 1, limit: 1, atLimit: false, more: 0},
  ]) {
    const since = atLimit ? 'its limit' : 'a death'
    it(`allows ${more} more of ${limit} steps after ${steps} and ${since}`, async () => {
      const model = scripted((_request, step) => events(call('look', {}, `c${step}`), callsTools))
      const resumed = {text: '', reasoning: '', step: [], asked: new Set<string>(), steps, atLimit}
      const end = await turnOf(model, {tools: [tool('look', async () => ({}))], steps: limit, resumed}).run()
      expect(end).to.include({stopReason: 'step-limit', steps: steps + more})
      expect(model.requests).to.have.length(more)
    })
  }

  it('leaves the turn to a process that took the session', async () => {
    const lost = new HermesError('taken by pid 7', {code: 'session/taken-over'})
    let taken = false
    const model = scripted(async function* () {
      yield text('mine')
      // The new owner closes the turn; what comes then is refused by the store.
      store.settleSession(session.key)
      taken = true
      yield text(' too late')
    })
    const turn = turnOf(model, {
      assertOwned: () => {
        if (taken) throw lost
      },
    })
    expect(await turn.run()).to.deep.include({
      status: 'interrupted',
      stored: true,
      error: {message: 'taken by pid 7', code: 'session/taken-over'},
    })
    expect(shownText()).to.equal('mine')
    expect(store.turn(session.key, 'p1')).to.include({status: 'interrupted', deaths: 1})
  })

  it('can be closed at once, and says no more', async () => {
    const never = new Promise<never>(() => {})
    const model = scripted(async function* () {
      yield text('begun')
      await never
    })
    const turn = turnOf(model)
    const ended = turn.run()
    while (shownText() === '') await new Promise((resolve) => setImmediate(resolve))
    turn.settleNow()
    expect(store.turn(session.key, 'p1')).to.include({status: 'interrupted', deaths: 0})
    expect(await ended).to.include({status: 'interrupted', text: 'begun'})
  })

  it('tells of every reply that is not whole, and runs none of its calls', async () => {
    const endings = [
      ['length', /cut off/, 'interrupted'],
      ['content-filter', /content filter/, 'complete'],
      ['refusal', /refused/, 'complete'],
      ['malformed-call', /cannot be read/, 'interrupted'],
      ['other', /"odd"/, 'complete'],
    ] as const
    for (const [reason, warning, status] of endings) {
      for (const calls of [0, 1]) {
        if (reason === 'other' && calls > 0) continue
        const id = `${reason}-${calls}`
        const {turn: row} = store.beginTurn({session, promptId: id, prompt: id})
        const finish = {type: 'finish', reason, said: 'odd', usage} as const
        const model = scripted(() => events(text('half'), ...(calls ? [call('note', {}, 'c1')] : []), finish))
        let ran = 0
        const tools = [tool('note', async () => ({ran: ++ran}))]
        const end = await turnOf(model, {row, tools}).run()
        expect(end, id).to.include({
          status: calls ? 'interrupted' : status,
          stopReason: reason,
          text: 'half',
        })
        expect(end.warning, id).to.match(warning)
        expect(ran, id).to.equal(0)
        if (calls) expect(shownOf('tool.complete').at(-1)).to.include({tool_id: 'c1', status: 'not-started'})
      }
    }
  })

  it('tells of a reply without a word, and of one that only thought', async () => {
    const endings: [stopReason: string, ...ModelEvent[]][] = [
      ['empty'],
      ['empty', text(' \n')],
      ['reasoning-only', {type: 'reasoning', text: 'hm'}],
    ]
    for (const [stopReason, ...said] of endings) {
      const {turn: row} = store.beginTurn({session, promptId: stopReason + said.length, prompt: stopReason})
      const end = await turnOf(
        scripted(() => events(...said, stop)),
        {row},
      ).run()
      expect(end).to.include({status: 'complete', stopReason})
    }
  })

  it('tells when a call is tried again and when nothing comes, and notes what was skipped', async () => {
    const retry = {type: 'retry', attempt: 1, limit: 4, waitMs: 2000, reason: 'overloaded (529)'} as const
    const model = scripted(() =>
      events(retry, {type: 'silent', ms: 20_000}, {type: 'note', text: 'an odd event'}, text('fine'), stop),
    )
    const end = await turnOf(model).run()
    expect(end).to.include({status: 'complete', text: 'fine'})
    expect(end).not.to.have.property('stopReason')
    expect(shownOf('model.retry')).to.deep.equal([{attempt: 1, limit: 4, wait_ms: 2000, reason: 'overloaded (529)'}])
    expect(shownOf('model.silent')).to.deep.equal([{silent_ms: 20_000}])
    expect(shownOf('note')).to.deep.equal([{text: 'an odd event'}])
  })

  it('waits for a client that does not read', async () => {
    let room = Promise.withResolvers<void>()
    const model = scripted(() => events(text('a'), text('b'), stop))
    const turn = turnOf(model, {room: () => room.promise})
    const ended = turn.run()
    while (shownText() === '') await new Promise((resolve) => setImmediate(resolve))
    for (let tick = 0; tick < 10; tick++) await new Promise((resolve) => setImmediate(resolve))
    expect(shownText()).to.equal('a')
    const first = room
    room = Promise.withResolvers()
    room.resolve()
    first.resolve()
    await ended
    expect(shownText()).to.equal('ab')
  })
})
