import {expect} from 'chai'
import fc from 'fast-check'
import {foldTurn} from '../../../src/gateway/store/fold.js'
import type {JournalEntry, MessageRow} from '../../../src/gateway/store/types.js'
import type {ToolState} from '../../../src/protocol/methods.js'
import {runs} from '../../helpers/sample.js'
import {begin, brief, calls, reasoning, Scratch, stepEnd, text, toolEnd, toolStart} from './scratch.js'

const prompt: MessageRow = {
  id: 1,
  turnId: 7,
  promptId: 'p',
  createdAt: 1,
  role: 'user',
  text: 'go',
  reasoning: '',
  status: 'complete',
  toolCalls: [],
  signed: null,
  attached: null,
  tool: null,
}

function fold(entries: JournalEntry[], stored: MessageRow[] = [prompt], end: 'running' | 'complete' = 'complete') {
  const journal = entries.map((entry, index) => ({at: 100 + index, entry}))
  return brief(foldTurn(stored, journal, end).messages).slice(1)
}

describe('store: fold of a journal', () => {
  it('gives tools to the step that called them, started after its end', () => {
    const entries = [text('a'), stepEnd, toolStart('t1'), toolEnd('t1'), stepEnd, toolStart('t2'), toolEnd('t2')]
    expect(fold([...entries, text('b'), stepEnd])).to.deep.equal([
      'assistant a [t1]',
      'tool t1',
      'assistant [t2]',
      'tool t2',
      'assistant b',
    ])
  })

  it('gives tools to the step that called them, started before its end', () => {
    const entries = [toolStart('t1'), toolEnd('t1'), stepEnd, toolStart('t2'), toolEnd('t2'), stepEnd, text('b')]
    expect(fold(entries)).to.deep.equal(['assistant [t1]', 'tool t1', 'assistant [t2]', 'tool t2', 'assistant b'])
  })

  it('keeps parallel tools in one step, in the order of their start', () => {
    const entries = [toolStart('t1'), toolStart('t2'), stepEnd, toolEnd('t2'), toolStart('t3'), toolEnd('t1')]
    expect(fold([...entries, toolEnd('t3')])).to.deep.equal(['assistant [t1 t2 t3]', 'tool t1', 'tool t2', 'tool t3'])
  })

  it('puts text after a tool result behind it, though no end of the step was told', () => {
    const entries = [text('a'), toolStart('t1'), text('b'), toolEnd('t1'), text('c')]
    expect(fold(entries)).to.deep.equal(['assistant ab [t1]', 'tool t1', 'assistant c'])
  })

  it('tells tools of the same id in two steps apart', () => {
    const step = [toolStart('call_0'), toolEnd('call_0', 1), stepEnd]
    const again = [toolStart('call_0'), toolEnd('call_0', 2), stepEnd]
    const journal = [...step, ...again].map((entry) => ({at: 1, entry}))
    const results = foldTurn([prompt], journal, 'complete').messages.map(({tool}) => tool?.result)
    expect(results).to.deep.equal([undefined, undefined, 1, undefined, 2])
  })

  it('has all calls of a step as soon as they are known, and gives what comes after to the next step', () => {
    const step = [text('a'), calls('t1', 't2'), stepEnd]
    const tools = ['tool t1 <interrupted>', 'tool t2 <interrupted>']
    expect(fold(step)).to.deep.equal(['assistant a [t1 t2]', ...tools])
    const ends = [
      {kind: 'started', id: 't1'} as const,
      toolEnd('t1'),
      {kind: 'started', id: 't2'} as const,
      toolEnd('t2'),
    ]
    const first = ['assistant a [t1 t2]', 'tool t1', 'tool t2']
    expect(fold([...step, ...ends, text('b')])).to.deep.equal([...first, 'assistant b'])
    expect(fold([...step, ...ends, calls('t3'), stepEnd])).to.deep.equal([
      ...first,
      'assistant [t3]',
      'tool t3 <interrupted>',
    ])
  })

  it('tells calls of the same id in one step apart by their order', () => {
    const run = (result: number) => [{kind: 'started', id: 'c'} as const, toolEnd('c', result)]
    const journal = [calls('c', 'c'), stepEnd, ...run(1), ...run(2)].map((entry) => ({at: 1, entry}))
    const tools = foldTurn([prompt], journal, 'complete').messages.flatMap(({tool}) => tool ?? [])
    expect(tools.map(({state, result}) => [state, result])).to.deep.equal([
      ['complete', 1],
      ['complete', 2],
    ])
  })

  it('keeps what a provider signed as long as nothing is added to its message', () => {
    const signed = {kind: 'signed', step: '{}'} as const
    const of = (...entries: JournalEntry[]) =>
      foldTurn(
        [prompt],
        entries.map((entry) => ({at: 1, entry})),
        'interrupted',
      ).messages.flatMap((message) => (message.role === 'assistant' ? [message.signed] : []))
    expect(of(reasoning('a'), calls('t'), signed, stepEnd, toolStart('t'), text('b'))).to.deep.equal(['{}', null])
    expect(of(text('a'), signed, text('b'))).to.deep.equal([null])
    expect(of(text('a'), signed, text('b'), signed)).to.deep.equal(['{}'])
  })

  it('ignores the end of a tool that never started', () => {
    expect(fold([toolEnd('nobody'), text('a')])).to.deep.equal(['assistant a'])
  })

  it('keeps reasoning that no text followed', () => {
    expect(fold([reasoning('hm')])).to.deep.equal(['assistant (hm)'])
  })

  it('leaves what it was given as it was, and says what is new and what changed', () => {
    const first = foldTurn([prompt], [{at: 5, entry: text('a')}], 'complete')
    expect(first.added.map(({id, createdAt, turnId}) => [id, createdAt, turnId])).to.deep.equal([[-1, 5, 7]])
    expect(first.changed).to.deep.equal([])
    const stored = [prompt, {...prompt, id: 2, role: 'assistant' as const, text: 'a', status: 'interrupted' as const}]
    const copy = structuredClone(stored)
    const journal = [text('b'), toolStart('t')].map((entry) => ({at: 6, entry}))
    const second = foldTurn(stored, journal, 'complete')
    expect(brief(second.changed)).to.deep.equal(['assistant ab [t]'])
    expect(brief(second.added)).to.deep.equal(['tool t <interrupted>'])
    expect(stored).to.deep.equal(copy)
  })

  it('changes nothing of a reopened turn that has no journal yet', () => {
    const stored = [prompt, {...prompt, id: 2, role: 'assistant' as const, text: 'a', status: 'interrupted' as const}]
    expect(fold([], stored, 'running')).to.deep.equal(['assistant a <interrupted>'])
    expect(fold([], stored)).to.deep.equal(['assistant a'])
  })
})

describe('store: the state of a call', () => {
  type Entry = (id: string) => JournalEntry
  const started: Entry = (id) => ({kind: 'started', id})
  const asked: Entry = (id) => ({kind: 'asked', id})
  const allowed: Entry = (id) => ({kind: 'allowed', id})
  const end: Entry = (id) => ({kind: 'tool-end', id, result: {}, durationS: 1, denied: false})
  const denied: Entry = (id) => ({kind: 'tool-end', id, result: {denied: true}, durationS: 1, denied: true})
  /** What calls write, and what is true of them after each entry. */
  const lives: [Entry, ToolState][][] = [
    [
      [started, 'unknown'],
      [end, 'complete'],
    ],
    [
      [started, 'unknown'],
      [asked, 'asked'],
      [allowed, 'unknown'],
      [end, 'complete'],
    ],
    [
      [started, 'unknown'],
      [asked, 'asked'],
      [denied, 'denied'],
    ],
    [
      [started, 'unknown'],
      [asked, 'asked'],
      [end, 'complete'],
    ],
    // It got leave, may have used it, and asks for more.
    [
      [started, 'unknown'],
      [allowed, 'unknown'],
      [asked, 'unknown'],
      [allowed, 'unknown'],
      [end, 'complete'],
    ],
    // It was known to wait: it is not said to run before its question.
    [
      [asked, 'asked'],
      [asked, 'asked'],
      [allowed, 'unknown'],
      [end, 'complete'],
    ],
  ]
  const step = fc.array(fc.constantFrom(...lives), {minLength: 1, maxLength: 4})

  it('is true after every prefix of a journal', () => {
    let prefixes = 0
    fc.assert(
      fc.property(fc.array(step, {minLength: 1, maxLength: 3}), (steps) => {
        const journal: JournalEntry[] = []
        const truth: ToolState[] = []
        const check = () => {
          prefixes++
          const entries = journal.map((entry) => ({at: 1, entry}))
          const {messages} = foldTurn([prompt], entries, 'interrupted')
          const tools = messages.flatMap(({tool}) => tool ?? [])
          expect(tools.map(({state}) => state)).to.deep.equal(truth)
          for (const {state, result} of tools) {
            expect(result !== undefined).to.equal(state === 'complete' || state === 'denied')
          }
          const called = messages.flatMap(({toolCalls}) => toolCalls.map(({id}) => id))
          expect(called).to.deep.equal(tools.map(({id}) => id))
          // It is folded once or, where a process died, once more: nothing changes.
          const again = foldTurn(messages, [], 'interrupted')
          expect(again.messages.flatMap(({tool}) => tool?.state ?? [])).to.deep.equal(truth)
        }
        for (const [number, planned] of steps.entries()) {
          // As models of some servers count: from 0 in each step.
          const ids = planned.map((_, index) => `call_${index}`)
          journal.push(text(`step ${number}`), calls(...ids), stepEnd)
          const base = truth.length
          truth.push(...planned.map((): ToolState => 'not-started'))
          check()
          for (const [index, life] of planned.entries()) {
            for (const [entry, state] of life) {
              journal.push(entry(`call_${index}`))
              truth[base + index] = state
              check()
            }
          }
        }
      }),
    )
    console.log(`        ${prefixes} prefixes`)
  })

  it('of journals from before is told by their results', () => {
    const journal = [toolStart('a'), toolEnd('a'), toolStart('b'), toolEnd('b', {denied: true}), toolStart('c')]
    const {messages} = foldTurn(
      [prompt],
      journal.map((entry) => ({at: 1, entry})),
      'interrupted',
    )
    expect(messages.flatMap(({tool}) => tool?.state ?? [])).to.deep.equal(['complete', 'denied', 'unknown'])
  })
})

interface PlannedStep {
  reasoning: string[]
  text: string[]
  tools: number
}

/** What the messages of a turn must be, built beside its journal without looking at the fold. */
class Expected {
  readonly steps: {reasoning: string; text: string; tools: {id: string; ended: boolean}[]}[] = []

  get lines(): string[] {
    return this.steps
      .filter((step) => step.reasoning || step.text || step.tools.length > 0)
      .flatMap((step) => [
        ['assistant', step.reasoning && `(${step.reasoning})`, step.text, toolList(step.tools)]
          .filter(Boolean)
          .join(' '),
        ...step.tools.map(({id, ended}) => (ended ? `tool ${id}` : `tool ${id} <interrupted>`)),
      ])
  }
}

function toolList(tools: {id: string}[]): string {
  return tools.length > 0 ? `[${tools.map(({id}) => id).join(' ')}]` : ''
}

const chunks = fc.array(fc.string({unit: 'grapheme', maxLength: 6}), {maxLength: 4})

/** A turn as the gateway works: steps that call tools, then one that doesn't. */
const plan = fc
  .tuple(
    fc.array(fc.record({reasoning: chunks, text: chunks, tools: fc.integer({min: 1, max: 3})}), {maxLength: 3}),
    fc.record({reasoning: chunks, text: chunks, tools: fc.constant(0)}),
  )
  .map(([steps, last]): PlannedStep[] => [...steps, last])

describe('store: any turn, with the process dying anywhere in it', () => {
  it('holds what was shown, in order', () => {
    const scratch = new Scratch()
    let store = scratch.open()
    let session = 0
    try {
      fc.assert(
        fc.property(plan, fc.boolean(), fc.infiniteStream(fc.integer({min: 0, max: 11})), (steps, cut, dice) => {
          const key = `k${session++}`
          const {id} = begin(store, key, 'go')
          const expected = new Expected()
          let deaths = 0

          const write = (entry: JournalEntry) => {
            store.journal(id, [entry])
            const roll = dice.next().value
            if (roll === 0) {
              store.close()
              store = scratch.open()
              expect(store.settleSession(key).map((turn) => turn.id)).to.deep.equal([id])
              deaths++
              store.reopenTurn(id)
            } else if (roll === 1) {
              expect(brief(store.messages(key)).slice(1).map(withoutStatus)).to.deep.equal(
                expected.lines.map(withoutStatus),
              )
            }
          }

          for (const [number, planned] of (cut ? steps.slice(0, -1) : steps).entries()) {
            let step = {reasoning: '', text: '', tools: [] as {id: string; ended: boolean}[]}
            expected.steps.push(step)
            for (const kind of ['reasoning', 'text'] as const) {
              for (const chunk of planned[kind]) {
                step[kind] += chunk.replaceAll('\0', '\ufffd')
                write({kind, text: chunk})
              }
            }
            let deathsBefore = deaths
            for (let index = 0; index < planned.tools; index++) {
              // A death among the tools of a step ends it: whoever goes on asks the model anew.
              if (deaths > deathsBefore && step.tools.length > 0) {
                step = {reasoning: '', text: '', tools: []}
                expected.steps.push(step)
              }
              deathsBefore = deaths
              const tool = {id: `t${number}.${index}`, ended: false}
              step.tools.push(tool)
              write(toolStart(tool.id))
              tool.ended = true
              write(toolEnd(tool.id))
            }
            write(stepEnd)
          }
          if (cut) {
            // The last step ends in the middle of its tool.
            expected.steps.push({reasoning: '', text: 'last', tools: [{id: 'open', ended: false}]})
            store.journal(id, [text('last'), toolStart('open')])
          }
          store.finishTurn(id, {status: cut ? 'interrupted' : 'complete'})
          const lines = cut ? expected.lines.with(-2, 'assistant last [open] <interrupted>') : expected.lines
          expect(brief(store.messages(key)).slice(1)).to.deep.equal(lines)
          expect(store.messageCount(key)).to.equal(expected.lines.length + 1)
          expect(store.lastTurn(key)?.deaths).to.equal(deaths)
        }),
        {numRuns: runs(80, 16)},
      )
    } finally {
      scratch.remove()
    }
  })
})

function withoutStatus(line: string): string {
  return line.replace(/ <interrupted>$/, '')
}
