import {cpSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Model, ModelEvent, ModelMessage} from '../../../src/gateway/models/types.js'
import {openStore} from '../../../src/gateway/store/index.js'
import type {MessageRow} from '../../../src/gateway/store/types.js'
import type {Tool} from '../../../src/gateway/tools/types.js'
import {toModelMessages} from '../../../src/gateway/turn/history.js'
import type {Turn} from '../../../src/gateway/turn/turn.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {bareTurn, modelOf, session, usage, useFolder} from './bare-turn.js'

const look: Tool = {
  name: 'look',
  description: 'looks',
  parameters: {},
  toolset: 'test',
  idempotent: true,
  context: () => '',
  run: async () => ({found: 'something'}),
}

/** Calls in that many steps, so many in each, then says that it is done, as often as it is asked. */
function model(steps: number, calls: number): Model {
  async function* stream(messages: readonly ModelMessage[]): AsyncGenerator<ModelEvent> {
    const told = messages.filter(({role}) => role === 'tool').length
    yield {type: 'text', text: `after ${told} `}
    if (told >= steps * calls) return yield {type: 'finish', reason: 'stop', usage}
    for (let index = 0; index < calls; index++) {
      yield {type: 'tool-call', call: {id: `c${told + index}`, name: 'look', args: {}}}
    }
    yield {type: 'finish', reason: 'tool-calls', usage}
  }
  return modelOf(stream)
}

interface Plan {
  steps: number
  calls: number
  /** Which event the words are said at; `kept`: by somebody who keeps nothing himself. */
  said: {at: number; kept: boolean}[]
  /** At which event the process dies; a copy of its files is looked at. */
  dies: number
  /** At which event the person interrupts it. */
  stops: number | undefined
}

const plans: fc.Arbitrary<Plan> = fc.record({
  steps: fc.integer({min: 0, max: 3}),
  calls: fc.integer({min: 1, max: 3}),
  said: fc.array(fc.record({at: fc.integer({min: 0, max: 30}), kept: fc.boolean()}), {maxLength: 5}),
  dies: fc.integer({min: 0, max: 30}),
  stops: fc.option(fc.integer({min: 0, max: 20}), {nil: undefined}),
})

const steersOf = (rows: readonly MessageRow[]) => rows.flatMap(({steerId}) => steerId ?? [])

describe('what is said to a turn while it runs', () => {
  const folder = useFolder()

  it('is told once, behind the results of a step, and is found once after a death at any moment', async () => {
    let tried = 0
    let number = 0
    const property = fc.asyncProperty(plans, async ({steps, calls, said, dies, stops}) => {
      tried++
      const home = path.join(folder.path, String(number++))
      const file = path.join(home, 'test.db')
      const store = openStore(file)
      const taken = new Map<string, boolean>()
      const told: string[] = []
      let events = 0
      let dead: {told: string[]; copy: string} | undefined
      const turn: Turn = bareTurn({
        store,
        model: model(steps, calls),
        tools: [look],
        emit: (type, payload) => {
          if (type === 'prompt.steered') told.push(String(payload.prompt_id))
          for (const [index, {at, kept}] of said.entries()) {
            if (at === events && turn.steer({id: `s${index}`, text: `words ${index}`, kept}))
              taken.set(`s${index}`, kept)
          }
          if (events === dies) {
            dead = {told: [...told], copy: `${home}-dead`}
            cpSync(home, dead.copy, {recursive: true})
          }
          if (events === stops) turn.interrupt()
          events++
        },
      })
      const end = await turn.run()
      expect(turn.steer({id: 'late', text: 'too late', kept: false}), 'it is over').to.equal(false)
      const rows = store.messages(session.key)
      const stored = steersOf(rows)
      expect(stored.toSorted(), 'told is what is stored').to.deep.equal(told.toSorted())
      expect(new Set(stored).size, 'each once').to.equal(stored.length)
      const kept = [...taken].flatMap(([id, isKept]) => (isKept || end.status === 'complete' ? [id] : []))
      expect(stored, 'none that nobody else keeps is lost').to.include.members(kept)
      for (const id of stored) expect(taken.has(id), 'none that was refused is told').to.equal(true)
      for (const [at, {steerId}] of rows.entries()) {
        if (steerId === undefined || end.status !== 'complete') continue
        const before = rows.slice(0, at).findLast((one) => one.steerId === undefined)
        expect(before?.role, 'behind results, or behind an answer').to.be.oneOf(['tool', 'assistant'])
        expect(before?.toolCalls, 'never between a call and its result').to.deep.equal([])
      }
      if (end.status === 'complete') {
        expect(toModelMessages(rows), 'read again it is the same').to.deep.equal([...end.told])
        expect(rows.at(-1)?.role, 'it is answered').to.equal('assistant')
      }
      store.close()
      if (!dead) return
      const after = openStore(path.join(dead.copy, 'test.db'))
      after.settleSession(session.key)
      const left = steersOf(after.messages(session.key))
      expect(left, 'what was shown is there').to.include.members(dead.told)
      expect(new Set(left).size, 'once').to.equal(left.length)
      for (const id of left) expect(after.steeredTurn(session.key, id)?.promptId).to.equal('p1')
      after.close()
    })
    await fc.assert(property, {numRuns: runs(300, 60)})
    tellTried(tried, 'words said to a turn')
  })

  it('is taken back as long as the model was not told', async () => {
    const store = openStore(path.join(folder.path, 'test.db'))
    const taken: boolean[] = []
    const turn: Turn = bareTurn({
      store,
      model: model(1, 1),
      tools: [look],
      emit: (type) => {
        if (type === 'tool.start') {
          turn.steer({id: 'a', text: 'a', kept: false})
          turn.steer({id: 'b', text: 'b', kept: false})
          taken.push(turn.unsteer('a'), turn.unsteer('a'))
        }
        if (type === 'prompt.steered') taken.push(turn.unsteer('b'))
      },
    })
    await turn.run()
    expect(taken).to.deep.equal([true, false, false])
    expect(steersOf(store.messages(session.key))).to.deep.equal(['b'])
    store.close()
  })
})
