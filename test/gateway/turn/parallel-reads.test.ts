import {cpSync} from 'node:fs'
import path from 'node:path'
import {setImmediate as tick} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Model, ModelEvent, ModelMessage} from '../../../src/gateway/models/types.js'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Tool} from '../../../src/gateway/tools/types.js'
import type {Turn} from '../../../src/gateway/turn/turn.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {bareContext, bareTurn, modelOf, session, usage, useFolder} from './bare-turn.js'

interface Call {
  name: 'read' | 'ask' | 'write'
  /** Turns of the event loop that it takes. */
  takes: number
}

interface Plan {
  calls: Call[]
  most: number
  /** At which event the process dies; a copy of its files is looked at. */
  dies: number
  /** At which event the person interrupts. */
  stops: number | undefined
}

const plans: fc.Arbitrary<Plan> = fc.record({
  calls: fc.array(
    fc.record({
      name: fc.constantFrom<Call['name']>('read', 'read', 'read', 'ask', 'write'),
      takes: fc.integer({min: 0, max: 8}),
    }),
    {minLength: 1, maxLength: 10},
  ),
  most: fc.integer({min: 1, max: 5}),
  dies: fc.integer({min: 0, max: 25}),
  stops: fc.option(fc.integer({min: 2, max: 25}), {nil: undefined, freq: 3}),
})

/** Makes these calls in one step, then says that it is done. */
function model(calls: readonly Call[]): Model {
  async function* stream(messages: readonly ModelMessage[]): AsyncGenerator<ModelEvent> {
    if (messages.some(({role}) => role === 'tool')) {
      yield {type: 'text', text: 'done'}
      return yield {type: 'finish', reason: 'stop', usage}
    }
    for (const [index, {name}] of calls.entries()) {
      yield {type: 'tool-call', call: {id: `c${index}`, name, args: {index}}}
    }
    yield {type: 'finish', reason: 'tool-calls', usage}
  }
  return modelOf(stream)
}

describe('calls of one step that only read', () => {
  const folder = useFolder()

  it('run side by side, in a bounded number, are told in their order, and each is accounted for', async () => {
    let tried = 0
    let together = 0
    const property = fc.asyncProperty(plans, async ({calls, most, dies, stops}) => {
      const home = path.join(folder.path, String(tried++))
      const store = openStore(path.join(home, 'test.db'))
      const at = {reads: new Set<number>(), writes: 0, asks: 0}
      const asked: number[] = []
      const tool = (name: Call['name']): Tool => ({
        name,
        description: name,
        parameters: {},
        toolset: 'test',
        idempotent: name !== 'write',
        readsOnly: name !== 'write',
        context: () => '',
        async run({index}, context) {
          const which = Number(index)
          const access = {tool: name === 'write' ? ('edit' as const) : ('read' as const), path: `/${which}`}
          await context.permit({access, title: name})
          if (name === 'write') {
            expect(at.reads.size + at.writes, 'nothing runs beside what writes').to.equal(0)
            at.writes++
          } else at.reads.add(which)
          together = Math.max(together, at.reads.size)
          expect(at.reads.size, 'no more than allowed').to.be.at.most(most)
          for (let count = 0; count < (calls[which]?.takes ?? 0); count++) await tick()
          if (name === 'write') at.writes--
          else at.reads.delete(which)
          return {of: which}
        },
      })
      const tools = [tool('read'), tool('ask'), tool('write')]
      const started = new Set<string>()
      const ended = new Set<string>()
      let events = 0
      let dead: {started: Set<string>; ended: Set<string>; copy: string} | undefined
      const turn: Turn = bareTurn({
        store,
        model: model(calls),
        tools,
        sideBySide: () => most,
        toolContext: (call) => ({
          ...bareContext(call),
          async permit({title, access}) {
            if (title === 'ask') {
              expect(at.asks++, 'one is asked for at a time').to.equal(0)
              asked.push(Number('path' in access ? access.path.slice(1) : -1))
              for (let count = 0; count < 3; count++) await tick()
              at.asks--
            }
            return {allowed: true}
          },
        }),
        emit(type, {tool_id: id}) {
          if (type === 'tool.start') started.add(String(id))
          if (type === 'tool.complete') ended.add(String(id))
          if (events === dies) {
            dead = {started: new Set(started), ended: new Set(ended), copy: `${home}-dead`}
            cpSync(home, dead.copy, {recursive: true})
          }
          if (events === stops) turn.interrupt()
          events++
        },
        limits: {batchMs: 0, toolGraceMs: 0},
      })
      const end = await turn.run()
      expect(asked, 'in their order').to.deep.equal(asked.toSorted((one, other) => one - other))
      const rows = store.messages(session.key).flatMap(({tool: call}) => call ?? [])
      if (end.status === 'complete') {
        const results = rows.map(({id, state, result}) => [id, state, result])
        expect(results).to.deep.equal(calls.map((_, of) => [`c${of}`, 'complete', {of}]))
        const told = end.told.flatMap((message) => (message.role === 'tool' ? [message.result] : []))
        expect(told, 'told in the order of the calls').to.deep.equal(calls.map((_, of) => ({of})))
      } else {
        for (const {id, state, result} of rows) {
          if (state === 'complete') expect(result, id).to.deep.equal({of: Number(id.slice(1))})
          else if (!started.has(id)) expect(state, id).to.equal('not-started')
        }
      }
      store.close()
      if (!dead) return
      const after = openStore(path.join(dead.copy, 'test.db'))
      after.settleSession(session.key)
      for (const {id, state} of after.messages(session.key).flatMap(({tool: call}) => call ?? [])) {
        const call = calls[Number(id.slice(1))]
        if (dead.ended.has(id)) expect(state, `${id} was told`).to.be.oneOf(['complete', 'unknown', 'not-started'])
        if (dead.ended.has(id) && stops === undefined) expect(state, `${id} was told`).to.equal('complete')
        else if (!dead.started.has(id)) expect(state, `${id} had not begun`).to.be.oneOf(['not-started', 'unknown'])
        else if (call?.name !== 'write') expect(state, `${id} ran`).to.be.oneOf(['unknown', 'complete'])
      }
      after.close()
    })
    await fc.assert(property, {numRuns: runs(400, 40)})
    expect(together, 'side by side').to.be.above(1)
    tellTried(tried, 'steps with calls that read')
  }).timeout(60_000)
})
