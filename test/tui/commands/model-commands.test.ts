import {expect} from 'chai'
import {modelCommands} from '../../../src/tui/commands/model-commands.js'
import type {CommandContext} from '../../../src/tui/commands/types.js'
import {filterPicker, movePicker, picked} from '../../../src/tui/state/picker.js'
import {reduce} from '../../../src/tui/state/reduce.js'
import type {ChatAction, ChatState} from '../../../src/tui/state/state.js'
import {freshChat, liveView} from '../../helpers/chat-state.js'

const names = (count: number) => Array.from({length: count}, (_, index) => `p/model-${index}`)
const answerOf = (models: string[], more: object = {}) => ({
  model: 'p/model-1',
  providers: [{slug: 'p', name: 'p', models, listed_at: 1_790_000_000, auth_type: 'environment', ...more}],
})

/** A chat whose gateway answers so; a function is called with the parameters. */
function chat(answers: Record<string, unknown>, capabilities: readonly string[] = ['models']) {
  let state: ChatState = freshChat({...liveView, capabilities: new Set(capabilities)})
  const said: string[] = []
  const asked: [string, unknown][] = []
  const context = {
    store: {
      get state() {
        return state
      },
      dispatch: (action: ChatAction) => {
        state = reduce(state, action)
      },
    },
    notice: (tone: string, text: string) => said.push(`${tone}: ${text}`),
    output: (text: string) => said.push(text),
    delivery: {behind: (change: Promise<unknown>) => change},
    ask: async (method: string, params: Record<string, unknown> = {}) => {
      asked.push([method, params])
      const answer = answers[method]
      return typeof answer === 'function' ? answer(params) : answer
    },
  } as unknown as CommandContext
  const run = async (name: string, words = '') =>
    modelCommands.find((command) => command.name === name)?.run(context, words)
  return {run, said, asked, context, picker: () => state.picker}
}

describe('/model', () => {
  it('shows what is known at once, and what providers list now in its place: what was picked stays picked', async () => {
    const fresh = Promise.withResolvers<unknown>()
    const {run, picker, said, context} = chat({
      'model.options': ({fresh: now}: {fresh?: boolean}) => (now ? fresh.promise : answerOf(names(3))),
    })
    await run('model')
    const shown = picker() ?? expect.fail()
    expect(shown.choices).to.have.lengthOf(3)
    expect(picked(shown)?.value).to.equal('p/model-1')
    context.store.dispatch({type: 'pick', picker: movePicker(filterPicker(shown, 'model'), 1)})
    expect(picked(picker() ?? expect.fail())?.value).to.equal('p/model-1')

    fresh.resolve(answerOf(['p/new-model-0', ...names(500)], {error: 'it answers with 500'}))
    await fresh.promise
    while (picker()?.choices.length !== 501) await new Promise(setImmediate)
    expect(picker()).to.include({filter: 'model'})
    expect(picked(picker() ?? expect.fail())?.value).to.equal('p/model-1')
    expect(said).to.have.lengthOf(1)
    expect(said[0]).to.match(/^warn: p lists no models now: it answers with 500/)
  })

  it('says from when on a model counts that is chosen while a turn runs', async () => {
    const {run, said, context} = chat({'config.set': {value: 'p/m'}}, [])
    await run('model', 'p/m')
    context.store.dispatch({type: 'event', event: {type: 'message.start', payload: {}} as never, now: 1})
    await run('model', 'p/m')
    expect(said).to.deep.equal(['good: model: p/m', 'good: model: p/m, from the next prompt on'])
  })

  it('leaves a list alone that providers tell again as it is', async () => {
    const {run, picker, said} = chat({'model.options': () => answerOf(names(3), {error: 'gone'})})
    await run('model')
    const shown = picker()
    while (said.length === 0) await new Promise(setImmediate)
    expect(picker()).to.equal(shown)
  })

  it('leaves a list alone that was closed meanwhile', async () => {
    const fresh = Promise.withResolvers<unknown>()
    const {run, picker, context, said} = chat({
      'model.options': ({fresh: now}: {fresh?: boolean}) => (now ? fresh.promise : answerOf(names(3))),
    })
    await run('model')
    context.store.dispatch({type: 'pick', picker: undefined})
    fresh.resolve(answerOf(names(4), {error: 'gone'}))
    await new Promise(setImmediate)
    expect(picker()).to.equal(undefined)
    expect(said).to.deep.equal([])
  })

  it('takes the only model that fits, and shows those that may be meant', async () => {
    const answers = {'model.options': answerOf(['p/big', 'p/small-a', 'p/small-b']), 'config.set': {value: 'p/big'}}
    const one = chat(answers)
    await one.run('model', 'big')
    expect(one.asked.at(-1)).to.deep.equal(['config.set', {key: 'model', value: 'p/big'}])
    expect(one.said).to.deep.equal(['good: model: p/big'])
    const several = chat(answers)
    await several.run('model', 'small')
    expect(several.picker()).to.include({filter: 'small'})
    expect(several.asked.some(([method]) => method === 'config.set')).to.equal(false)
  })

  it('asks a gateway of somebody else nothing that it does not know', async () => {
    const {run, asked, picker} = chat({'model.options': answerOf(['gpt'])}, [])
    await run('model')
    expect(asked).to.deep.equal([['model.options', {}]])
    expect(picker()?.choices[0]?.value).to.equal('gpt --provider p')
    await run('model', 'gpt')
    expect(asked.at(-1)).to.deep.equal(['config.set', {key: 'model', value: 'gpt'}])
  })
})

describe('/effort', () => {
  it('shows all levels of the model, with the present one picked, and sets one that is named', async () => {
    const levels = ['none', 'low', 'high', 'max']
    const {run, picker, asked, said} = chat({
      'config.get': {value: 'high', configured: 'low', levels},
      'config.set': {value: 'max'},
    })
    await run('effort')
    expect(picker()?.choices.map(({value}) => value)).to.deep.equal([...levels, 'default'])
    expect(picked(picker() ?? expect.fail())?.value).to.equal('high')
    expect(picker()?.choices.at(-1)?.detail).to.equal('as it is configured: low')
    await run('effort', 'max')
    expect(asked.at(-1)).to.deep.equal(['config.set', {key: 'effort', value: 'max'}])
    expect(said).to.deep.equal(['good: effort: max, in this session'])
  })
})

describe('/cost', () => {
  it('tells the session by model, what caching saved, and what is not known', async () => {
    const model = {input: 120_000, output: 4000, cache_read: 100_000, cache_write: 10_000, saved_usd: 0.4}
    const {run, said} = chat({
      'session.cost': {
        calls: 12,
        unpriced_calls: 3,
        cost_usd: 0.1234,
        saved_usd: 0.4,
        models: [
          {...model, model: 'p/a', calls: 9, unpriced_calls: 0, cost_usd: 0.1234},
          {model: 'local/b\x1b[2J', calls: 3, unpriced_calls: 3, input: 10, output: 5, cost_usd: 0},
        ],
      },
    })
    await run('cost')
    expect(said[0]?.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).to.deep.equal([
      'cost  ≥ $0.12 · 12 model steps · of 3 model steps no price is known',
      'caching  saved $0.40 · 100k tokens read, 10k written',
      '',
      'p/a  $0.12 · 9 model steps · 120k in, 4k out',
      'local/b  not known · 3 model steps · 10 in, 5 out',
      '',
      'A price that is not known can be set: providers.NAME.modelOptions.MODEL, inputPrice and outputPrice.',
    ])
  })
})
