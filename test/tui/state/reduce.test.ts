import {expect} from 'chai'
import fc from 'fast-check'
import type {GatewayEvent} from '../../../src/protocol/events.js'
import type {SessionInfo, SessionOpened} from '../../../src/protocol/methods.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import {type ChatAction, type ChatState, isBusy} from '../../../src/tui/state/state.js'
import type {Item} from '../../../src/tui/transcript/items.js'
import {freshChat, killed, liveView, sessionInfo, type Told, told} from '../../helpers/chat-state.js'
import {runs} from '../../helpers/sample.js'

const opening: SessionOpened = {
  session_id: 'abcdef02',
  session_key: 'K',
  message_count: 0,
  messages: [],
  info: sessionInfo,
}

const start = freshChat
const event = (value: Told) => told(value)
const delta = (text: string) => event({type: 'message.delta', payload: {text}})
const begin = event({type: 'message.start', payload: undefined})
const complete = (text: string | null, status: 'complete' | 'interrupted' | 'error' = 'complete') =>
  event({type: 'message.complete', payload: {text, status}})
const toolStart = (id: string) =>
  event({type: 'tool.start', payload: {tool_id: id, name: 'terminal', context: `run ${id}`}})
const toolEnd = (id: string) =>
  event({type: 'tool.complete', payload: {tool_id: id, name: 'terminal', result: {output: id}}})
const death: ChatAction = {type: 'death', exit: killed, recovers: true, now: 0}
const recovered = (more: Partial<SessionOpened> = {}): ChatAction => ({
  type: 'opened',
  opened: {...opening, ...more},
  how: 'recovered',
  now: 0,
})
const enqueue = (id: string, text = `prompt ${id}`): ChatAction => ({
  type: 'enqueue',
  prompt: {id, text, state: 'queued', shown: false},
})
const submitting = (id: string): ChatAction => ({type: 'submitting', id, now: 0})

function run(...actions: ChatAction[]): ChatState {
  return actions.reduce(reduce, start())
}

function texts(state: ChatState, kind: Item['kind']): string[] {
  return state.items.flatMap((item) => (item.kind === kind && 'text' in item ? [item.text] : []))
}

/** All of the reply that a person can see. */
function said(state: ChatState): string {
  return texts(state, 'assistant').join('') + (state.turn?.pendingText ?? '')
}

const words = fc.string({unit: fc.constantFrom('a', 'b', ' ', '\n', '\n\n', '```\n'), minLength: 1, maxLength: 12})
const anyAction: fc.Arbitrary<ChatAction> = fc.oneof(
  words.map(delta),
  words.map((text) => event({type: 'reasoning.delta', payload: {text}})),
  words.map((text): ChatAction => ({type: 'deltas', reasoning: text, text, now: 0})),
  fc.constantFrom('a', 'b', 'c').chain((id) => fc.constantFrom(toolStart(id), toolEnd(id))),
  fc
    .constantFrom('p', 'q')
    .chain((id) =>
      fc.constantFrom<ChatAction>(
        enqueue(id),
        submitting(id),
        {type: 'acknowledged', id, settled: true, streaming: true},
        {type: 'acknowledged', id, settled: false, streaming: false},
        {type: 'refused', id, reason: 'no', hold: true},
        {type: 'dequeue', id},
      ),
    ),
  fc.constantFrom<ChatAction>(
    begin,
    begin,
    complete(null, 'interrupted'),
    complete('the answer'),
    complete('Error: no', 'error'),
    event({type: 'error', payload: {message: 'broken'}}),
    event({type: 'reasoning.available', payload: {text: 'again'}}),
    event({type: 'approval.request', payload: {command: 'ls', description: 'list'}}),
    event({type: 'clarify.request', payload: {question: '?', choices: null, request_id: 'r'}}),
    event({type: 'session.info', payload: sessionInfo}),
    event({type: 'thinking.delta', payload: {text: 'hmm'}}),
    {
      type: 'event',
      event: {type: 'never.heard.of', sessionId: undefined, payload: {}} as unknown as GatewayEvent,
      now: 0,
    },
    death,
    recovered(),
    recovered({interrupted: {prompt_id: 'p', user: 'u', assistant: 'ab', reasoning: '', tools: [], deaths: 1}}),
    {type: 'opened', opened: opening, how: 'resumed', now: 0},
    {type: 'answered', now: 0},
    {type: 'interrupting'},
    {type: 'continuing', now: 0},
    {type: 'question', action: {type: 'select', index: 1}},
    {type: 'clear-queue'},
  ),
)

describe('reduce', () => {
  it('keeps what was done with images and conversation in the transcript', () => {
    for (const kind of ['scaled', 'compacted']) {
      const state = run(
        begin,
        event({type: 'status.update', payload: {kind, text: 'pic: 9×9 scaled'}}),
        complete('fine'),
      )
      expect(texts(state, 'notice')).to.deep.equal(['pic: 9×9 scaled'])
    }
  })

  it('takes any order of events, and never forgets a word or takes back an item', () => {
    fc.assert(
      fc.property(fc.array(anyAction, {maxLength: 40}), (actions) => {
        let state = start()
        let streamed = ''
        for (const action of actions) {
          const before = state
          state = reduce(state, action)
          expect(state.items.slice(0, before.items.length)).to.deep.equal(before.items)
          state.items.forEach((item, index) => {
            expect(item.id).to.equal(index)
          })
          if (action.type === 'event' && action.event.type === 'message.delta') streamed += action.event.payload.text
          if (action.type === 'deltas') streamed += action.text
        }
        const visible = said(state).replace(/\s/g, '')
        let at = 0
        for (const character of streamed.replace(/\s/g, '')) {
          at = visible.indexOf(character, at) + 1
          expect(at, `${JSON.stringify(streamed)} in ${JSON.stringify(visible)}`).to.be.above(0)
        }
      }),
      {numRuns: runs(300, 60)},
    )
  })

  it('shows a reply once, whatever repeats: start, reasoning.available, the final text', () => {
    const state = run(
      begin,
      begin,
      delta('Hello '),
      delta('world.'),
      event({type: 'reasoning.available', payload: {text: 'Hello world.'}}),
      complete('Hello world.'),
    )
    expect(said(state)).to.equal('Hello world.')
    expect(texts(state, 'reasoning')).to.deep.equal([])
    expect(isBusy(state)).to.equal(false)
  })

  it('shows the final text of a gateway that does not stream, and the rest of one that stopped', () => {
    expect(said(run(begin, complete('All at once.')))).to.equal('All at once.')
    expect(said(run(begin, delta('Half'), complete('Half and half.')))).to.equal('Half and half.')
    expect(
      said(run(begin, delta('Before.'), toolStart('a'), toolEnd('a'), delta('\n\nAfter.'), complete('After.'))),
    ).to.equal('Before.\n\nAfter.')
  })

  it('shows a continued reply once, though its final text begins before the continuation', () => {
    const state = run(
      {type: 'continuing', now: 0},
      begin,
      delta('and the second half.'),
      complete('The first half and the second half.'),
    )
    expect(said(state)).to.equal('and the second half.')
  })

  it('marks an interrupted reply, with null text too', () => {
    const state = run(begin, delta('So far'), complete(null, 'interrupted'))
    expect(state.items.map((item) => item.kind)).to.deep.equal(['assistant', 'interrupted'])
  })

  it('ends a turn by an error with or without a completion, and shows a repeated error once', () => {
    const once = run(begin, event({type: 'error', payload: {message: 'agent init failed: no key'}}))
    expect(isBusy(once)).to.equal(false)
    const twice = [event({type: 'error', payload: {message: 'no key'}}), complete('no key', 'error')].reduce(
      reduce,
      once,
    )
    expect(texts(twice, 'notice')).to.deep.equal(['agent init failed: no key'])
  })

  it('matches tools by id when they run side by side and end out of order', () => {
    const state = run(begin, toolStart('a'), toolStart('b'), toolEnd('b'), toolEnd('c'), toolEnd('a'), toolEnd('a'))
    const tools = state.items.flatMap((item) => (item.kind === 'tool' ? [item.tool] : []))
    expect(tools.map(({id, context, status}) => ({id, context, status}))).to.deep.equal([
      {id: 'b', context: 'run b', status: 'complete'},
      {id: 'c', context: '', status: 'complete'},
      {id: 'a', context: 'run a', status: 'complete'},
    ])
    expect(state.turn?.open).to.deep.equal([])
  })

  it('does not count the time in which the person was asked as that of a tool, whoever measured it', () => {
    const at = (now: number, action: ChatAction): ChatAction => ({...action, now}) as ChatAction
    const asks = event({type: 'approval.request', payload: {command: 'ls', description: '', request_id: 'r'}})
    const seconds = (...actions: ChatAction[]) =>
      run(...actions).items.flatMap((item) => (item.kind === 'tool' ? [item.tool.seconds] : []))
    const told = (duration_s: number) =>
      event({type: 'tool.complete', payload: {tool_id: 'a', name: 'terminal', duration_s, result: {output: ''}}})
    fc.assert(
      fc.property(fc.nat(9000), fc.nat(90_000), fc.nat(9000), (before, waited, after) => {
        const asked = [at(0, begin), at(0, toolStart('a')), at(before, asks)]
        const end = before + waited + after
        const answered = at(before + waited, {type: 'answered', now: 0})
        const ran = (before + after) / 1000
        expect(seconds(...asked, answered, at(end, toolEnd('a')))).to.deep.equal([ran])
        expect(seconds(...asked, answered, at(end, told(end / 1000))), 'a gateway that counts it').to.deep.equal([ran])
        expect(seconds(...asked, at(before + waited, toolEnd('a'))), 'never answered').to.deep.equal([before / 1000])
        const quick = [at(0, begin), at(0, toolStart('a')), at(1, told(before))]
        expect(seconds(...quick), 'nobody was asked').to.deep.equal([before])
      }),
    )
  })

  it('tells how long the model thought', () => {
    const thought = (now: number): ChatAction => ({type: 'deltas', reasoning: 'hm ', text: '', now})
    const state = run(begin, thought(1000), thought(9000), thought(13_000), {
      ...delta('So.'),
      now: 20_000,
    } as ChatAction)
    expect(state.items.map((item) => (item.kind === 'reasoning' ? item.seconds : undefined))).to.deep.equal([12])
  })

  it('prints paragraphs as they are finished and keeps the rest live', () => {
    const state = run(begin, delta('One.\n\nTw'))
    expect(texts(state, 'assistant')).to.deep.equal(['One.\n\n'])
    expect(state.turn?.pendingText).to.equal('Tw')
  })

  it('takes a response that comes after all events of its turn', () => {
    const state = run(enqueue('p'), submitting('p'), begin, delta('x'), complete('x'), {
      type: 'acknowledged',
      id: 'p',
      settled: true,
      streaming: true,
    })
    expect(state.prompts).to.deep.equal([])
    expect(isBusy(state)).to.equal(false)
  })

  it('keeps what was streamed when the gateway dies, and says what became of each tool', () => {
    const state = run(
      enqueue('p'),
      submitting('p'),
      begin,
      toolStart('a'),
      toolEnd('a'),
      toolStart('b'),
      delta('Part'),
      death,
    )
    expect(state.items.map((item) => item.kind)).to.deep.equal([
      'user',
      'tool',
      'assistant',
      'tool',
      'interrupted',
      'notice',
    ])
    const tools = state.items.flatMap((item) => (item.kind === 'tool' ? [item.tool.status] : []))
    expect(tools).to.deep.equal(['complete', 'unknown'])
    expect(state.turn).to.equal(undefined)
    expect(state.broken).to.deep.include({promptId: 'p', text: 'Part', toolsRan: true, deaths: 1})
  })

  it('shows a continued reply once when its gateway was asked from outside to end, and ended in order', () => {
    const state = run(
      enqueue('p'),
      submitting('p'),
      begin,
      delta('The first half '),
      complete(null, 'interrupted'),
      {type: 'continuing', now: 0},
      begin,
      delta('and the second'),
      complete(null, 'interrupted'),
      death,
      {
        type: 'opened',
        how: 'recovered',
        now: 0,
        opened: {
          ...opening,
          interrupted: {
            prompt_id: 'p',
            user: 'p',
            assistant: 'The first half and the second',
            reasoning: '',
            tools: [],
            deaths: 0,
          },
        },
      },
    )
    expect(said(state)).to.equal('The first half and the second')
  })

  it('adds what the store has beyond the screen, and nothing else', () => {
    const dead = run(enqueue('p'), submitting('p'), begin, delta('Hello wor'), death)
    const interrupted = {
      prompt_id: 'p',
      user: 'prompt p',
      assistant: 'Hello world',
      reasoning: '',
      tools: [],
      deaths: 1,
    }
    const more = reduce(dead, recovered({interrupted}))
    expect(texts(more, 'assistant')).to.deep.equal(['Hello wor', 'ld'])
    const same = reduce(dead, recovered({interrupted: {...interrupted, assistant: 'Hello wor'}}))
    expect(same.items).to.deep.equal(dead.items)
    const less = reduce(dead, recovered({interrupted: null}))
    expect(less.items).to.deep.equal(dead.items)
    expect(less.broken?.text).to.equal('Hello wor')
  })

  it('adds what the store has of a retry, though the try before it had shown as much', () => {
    const first = run(enqueue('p'), submitting('p'), begin, delta('Hello world'), death, recovered({interrupted: null}))
    const retry = {id: 'q', text: 'prompt p', state: 'queued', shown: false} as const
    const again = [{type: 'enqueue', prompt: retry} as const, submitting('q'), begin, delta('Hello'), death]
    const interrupted = {
      prompt_id: 'q',
      user: 'prompt p',
      assistant: 'Hello wor',
      reasoning: '',
      tools: [],
      deaths: 1,
    }
    const state = [...again, recovered({interrupted})].reduce(reduce, first)
    expect(texts(state, 'assistant')).to.deep.equal(['Hello world', 'Hello', ' wor'])
    expect(state.broken?.deaths).to.equal(2)
  })

  it('counts an outage from its first death', () => {
    const dead = run(death, {...death, now: 4000})
    expect(dead.diedAt).to.equal(0)
    expect(reduce(dead, recovered()).diedAt).to.equal(undefined)
  })

  it('sends an unacknowledged prompt again under its id, ahead of the queue', () => {
    const dead = run(enqueue('p'), enqueue('q'), submitting('p'), death)
    expect(dead.items.map((item) => item.kind)).to.deep.equal(['user', 'notice'])
    const back = reduce(dead, recovered())
    expect(back.prompts.map(({id, state}) => `${id} ${state}`)).to.deep.equal(['p queued', 'q queued'])
    const again = reduce(back, submitting('p'))
    expect(texts(again, 'user')).to.deep.equal(['prompt p'])
  })

  it('drops an unacknowledged prompt that the gateway turns out to have', () => {
    const dead = run(enqueue('p'), submitting('p'), death)
    const interrupted = {prompt_id: 'p', user: 'prompt p', assistant: 'x', reasoning: '', tools: [], deaths: 1}
    const back = reduce(dead, recovered({interrupted}))
    expect(back.prompts).to.deep.equal([])
    expect(said(back)).to.equal('x')
  })

  it('shows the reply to a prompt that had its whole turn though its acknowledgement was lost', () => {
    const dead = run(enqueue('p'), submitting('p'), death)
    const messages = [
      {role: 'user' as const, text: 'prompt p', prompt_id: 'p'},
      {role: 'assistant' as const, text: 'The reply.'},
    ]
    const back = reduce(dead, recovered({messages}))
    expect(back.prompts).to.deep.equal([])
    expect(said(back)).to.equal('The reply.')
  })

  it('compares with the transcript where the gateway knows no prompt ids', () => {
    const plain = {...liveView, capabilities: new Set<string>()}
    const dead = run({type: 'view', view: plain}, enqueue('p', 'hi'), submitting('p'), death)
    const seen = reduce(dead, recovered({messages: [{role: 'user', text: 'hi'}]}))
    expect(seen.prompts).to.deep.equal([])
    const unseen = reduce(dead, recovered({messages: [{role: 'user', text: 'earlier'}]}))
    expect(unseen.prompts.map(({state}) => state)).to.deep.equal(['queued'])
  })

  it('keeps a prompt of a gateway without ids until its turn is over', () => {
    const sent = run(
      enqueue('p'),
      submitting('p'),
      {type: 'acknowledged', id: 'p', settled: false, streaming: true},
      begin,
    )
    expect(sent.prompts.map(({state}) => state)).to.deep.equal(['acknowledged'])
    expect(reduce(sent, complete('done')).prompts).to.deep.equal([])
  })

  it('counts the deaths of one turn over its retries', () => {
    const twice = run(
      enqueue('p', 'poison'),
      submitting('p'),
      begin,
      death,
      recovered(),
      enqueue('q', 'poison'),
      submitting('q'),
      begin,
      death,
    )
    expect(twice.broken?.deaths).to.equal(2)
  })

  it('shows an interrupted turn when a session is resumed, once', () => {
    const interrupted = {prompt_id: 'p', user: 'go', assistant: 'half', reasoning: '', tools: [], deaths: 1}
    const opened = (messages: SessionOpened['messages']): ChatAction => ({
      type: 'opened',
      opened: {...opening, messages, interrupted},
      how: 'resumed',
      now: 0,
    })
    const kinds = ['user', 'assistant', 'interrupted']
    const journaled = run(
      opened([
        {role: 'user', text: 'go'},
        {role: 'assistant', text: 'half', status: 'interrupted'},
      ]),
    )
    expect(journaled.items.map((item) => item.kind)).to.deep.equal(kinds)
    expect(run(opened([{role: 'user', text: 'go'}])).items.map((item) => item.kind)).to.deep.equal(kinds)
    expect(run(opened([])).items.map((item) => item.kind)).to.deep.equal(kinds)
  })

  it('tells why the last reply is not whole where the gateway died before it told, and when it is opened again', () => {
    const ended = {prompt_id: 'p', stop_reason: 'refusal' as const, warning: 'The model refused to answer.'}
    const opened = {...opening, messages: [{role: 'user' as const, text: 'go', prompt_id: 'p'}], ended}
    const told = (state: ChatState) =>
      state.items.filter((item) => item.kind === 'notice' && item.text === ended.warning)
    const recovered = (promptId: string): ChatAction[] => [
      enqueue(promptId, 'go'),
      {type: 'submitting', id: promptId, now: 0},
      {type: 'acknowledged', id: promptId, settled: false, streaming: true},
      begin,
      death,
      {type: 'opened', opened, how: 'recovered', now: 0},
    ]
    expect(told(run({type: 'opened', opened, how: 'resumed', now: 0}))).to.have.length(1)
    expect(told(run(...recovered('p')))).to.have.length(1)
    expect(told(run(...recovered('another')))).to.have.length(0)
    const end = {text: 'half', status: 'interrupted' as const, prompt_id: 'p', warning: ended.warning}
    const before = recovered('p').slice(0, -2)
    const idle = [...before, event({type: 'message.complete', payload: end}), death, ...recovered('p').slice(-1)]
    expect(told(run(...idle)), 'told already').to.have.length(1)
    expect(told(run({type: 'opened', opened: {...opened, ended: null}, how: 'resumed', now: 0}))).to.have.length(0)
  })

  it('tells once where prompts go, and again where that changes', () => {
    const info = sessionInfo
    const found = {...info, model: 'ollama/m', sends_to: {host: '127.0.0.1:11434', found: true}}
    const moved = {...info, provider: 'openai', sends_to: {host: '\u001b[2Jcorp', found: false}}
    const told = (...infos: SessionInfo[]) =>
      run(...infos.map((payload) => event({type: 'session.info', payload}))).items.flatMap((item) =>
        item.kind === 'notice' ? [item.text] : [],
      )
    expect(told(info)).to.deep.equal([])
    const lazy = {...info, lazy: true}
    expect(told(found, lazy, found)).to.deep.equal([
      'What you write goes to 127.0.0.1:11434 (ollama/m), a server found on this machine, since no model is configured',
    ])
    expect(told(found, moved, info, moved)).to.have.length(3)
    expect(told(moved)[0]).to.not.contain('\u001b')
    expect(told(moved)[0]).to.match(/corp \(m\), the address that is set for openai$/)
  })

  it('holds prompts that come back from disk, and keeps what was typed meanwhile', () => {
    const state = run(enqueue('new'), {
      type: 'restored',
      draft: 'old draft',
      prompts: [{id: 'old', text: 'old', state: 'queued', shown: false}],
    })
    expect(state.held).to.equal(true)
    expect(state.prompts.map(({id}) => id)).to.deep.equal(['old', 'new'])
    expect(state.editor.text).to.equal('old draft')
  })
})
