import {expect} from 'chai'
import {HermesError} from '../../../../src/errors.js'
import {numberedText} from '../../../../src/gateway/models/offline/numbered.js'
import {behaviourInPrompt, behaviourOf, MAX_TOKENS} from '../../../../src/gateway/models/offline/script.js'
import type {Model, ModelMessage, ToolSpec} from '../../../../src/gateway/models/types.js'
import {createTools} from '../../../../src/gateway/tools/index.js'
import {continueInstruction} from '../../../../src/gateway/turn/history.js'
import {collect, finishOf, registry, request} from '../helpers.js'

const models = registry()

async function offline(name: string): Promise<Model> {
  return models.resolve(name)
}

describe('offline model', () => {
  it('says what it is and how to get a real model, and nothing of what it was told', async () => {
    const secret = 'sk-very-secret-0123456789'
    const model = await offline('offline')
    const said = await collect(model.stream(request(`my key is ${secret}`, {system: secret})))
    expect(said.error).to.equal(undefined)
    expect(said.text).to.match(/No model is configured/)
    expect(said.text).to.match(/stays on this machine/)
    expect(said.text).to.match(/ANTHROPIC_API_KEY/)
    expect(said.text).to.match(/hermes chat --model/)
    expect(said.text).to.match(/Ollama/)
    expect(said.text).not.to.contain(secret)
    expect(said.text.split('\n\n').length).to.be.within(2, 5)
    expect(finishOf(said)?.reason).to.equal('stop')
  })

  it('streams the numbered words that its name asks for, the same each time', async () => {
    const model = await offline('offline/120@20000')
    const first = await collect(model.stream(request('hello')))
    const second = await collect(model.stream(request('something else')))
    expect(first.text).to.equal(numberedText(120))
    expect(second.text).to.equal(first.text)
    expect(finishOf(first)?.usage.output).to.equal(120)
    expect(first.events.filter((event) => event.type === 'text')).to.have.length(120)
  })

  it('streams what the prompt asks for when it is plain', async () => {
    const model = await offline('offline')
    for (const prompt of [
      '30@5000',
      'count to 30 at 5000',
      'stream 30 tokens at 5000',
      'Stream 30 tokens at 5000/s.',
    ]) {
      expect((await collect(model.stream(request(prompt)))).text, prompt).to.equal(numberedText(30))
    }
  })

  it('reads names and prompts strictly', () => {
    expect(behaviourOf('50@2.5')).to.deep.equal({kind: 'count', tokens: 50, perSecond: 2.5})
    for (const name of ['0', '-5', '5@0', '5@', 'x', `${MAX_TOKENS + 1}`, '5@5@5']) {
      expect(behaviourOf(name), name).to.equal(undefined)
    }
    expect(behaviourInPrompt('count to 7')).to.deep.equal({kind: 'count', tokens: 7, perSecond: 40})
    for (const prompt of ['I count to 3 things', 'what is 7', 'count to ten', '7 or 8', '']) {
      expect(behaviourInPrompt(prompt), prompt).to.deep.equal({kind: 'explain'})
    }
  })

  it('goes on gap-free when it is asked to continue', async () => {
    const model = await offline('offline/80@20000')
    const partial = numberedText(33).slice(0, -2)
    const messages: ModelMessage[] = [
      {role: 'user', text: 'go'},
      {role: 'assistant', text: partial},
    ]
    const prefilled = await collect(model.stream(request('', {messages})))
    expect(partial + prefilled.text).to.equal(numberedText(80))
    const instructed: ModelMessage[] = [...messages, {role: 'user', text: continueInstruction}]
    const continued = await collect(model.stream(request('', {messages: instructed})))
    expect(partial + continued.text).to.equal(numberedText(80))
    const anew = await collect(model.stream(request('', {messages: [...messages, {role: 'user', text: 'again'}]})))
    expect(anew.text).to.equal(numberedText(80))
  })

  it('goes on with its explanation, too', async () => {
    const model = await offline('offline')
    const whole = (await collect(model.stream(request('hi')))).text
    const messages: ModelMessage[] = [
      {role: 'user', text: 'hi'},
      {role: 'assistant', text: whole.slice(0, 100)},
      {role: 'user', text: continueInstruction},
    ]
    expect((await collect(model.stream(request('', {messages})))).text).to.equal(whole.slice(100))
  })

  it('stops at once when it is aborted', async () => {
    const stop = new AbortController()
    const reason = new Error('the person interrupts')
    const model = await offline('offline/1000@1')
    const got = await collect(model.stream(request('go', {signal: stop.signal})), () => stop.abort(reason))
    expect(got.text).to.equal('word0')
    expect(got.error).to.equal(reason)
    const late = await collect(model.stream(request('go', {signal: stop.signal})))
    expect(late).to.deep.include({text: '', error: reason})
  })

  it('thinks before it answers', async () => {
    const model = await offline('offline/think')
    const got = await collect(model.stream(request('go')))
    const types = got.events.map((event) => event.type)
    expect(types.lastIndexOf('reasoning')).to.be.lessThan(types.indexOf('text'))
    expect(got.reasoning).to.match(/thinks aloud/)
    expect(finishOf(got)?.usage.reasoning).to.be.greaterThan(10)
  })

  it('fails as a provider does', async () => {
    const got = await collect((await offline('offline/error')).stream(request('go')))
    expect(got.error).to.be.instanceOf(HermesError).with.property('code', 'provider/failed')
    const later = await collect((await offline('offline/error@3')).stream(request('go')))
    expect(later.text).to.equal(numberedText(3))
    expect(later.error).to.be.instanceOf(HermesError).with.property('code', 'provider/dropped')
  })

  it('calls the real tools one after the other, then answers', async () => {
    const {messages, calls, answer} = await converse('offline/tools', 'show me', () => ({
      output: 'removed\n',
      exit_code: 0,
    }))
    expect(calls.map((call) => call.name)).to.deep.equal(['write_file', 'read_file', 'terminal'])
    expect(new Set(calls.map((call) => call.id)).size).to.equal(3)
    expect(answer).to.match(/^Done, with write_file, read_file, terminal/)
    expect(messages.filter((message) => message.role === 'tool')).to.have.length(3)
  })

  it('stops after a tool that was denied, and runs the command it is given', async () => {
    const denied = await converse('offline/tools', 'show me', () => ({error: 'the person did not allow it'}))
    expect(denied.calls).to.have.length(1)
    expect(denied.answer).to.equal('I stopped at write_file: the person did not allow it')
    const ran = await converse('offline/tools', 'run sleep 5', () => ({output: '', exit_code: 0}))
    expect(ran.calls.map((call) => call.args)).to.deep.equal([{command: 'sleep 5'}])
  })

  it('asks a question and repeats the answer', async () => {
    const {calls, answer} = await converse('offline/clarify', 'go', () => ({user_response: 'green'}))
    expect(calls.map((call) => call.name)).to.deep.equal(['clarify'])
    expect(answer).to.equal('You answered: green')
  })
})

/** Plays the gateway's part: answers each call until the model is done. */
async function converse(id: string, prompt: string, result: () => unknown) {
  const model = await offline(id)
  const tools: ToolSpec[] = createTools().map(({name, description, parameters}) => ({name, description, parameters}))
  const messages: ModelMessage[] = [{role: 'user', text: prompt}]
  const calls = []
  for (let step = 0; step < 10; step++) {
    const got = await collect(model.stream(request('', {messages, tools})))
    expect(got.error).to.equal(undefined)
    const made = got.events.filter((event) => event.type === 'tool-call').map((event) => event.call)
    if (made.length === 0) return {messages, calls, answer: got.text}
    expect(finishOf(got)?.reason).to.equal('tool-calls')
    calls.push(...made)
    messages.push({role: 'assistant', text: got.text, toolCalls: made})
    for (const call of made) messages.push({role: 'tool', toolCallId: call.id, name: call.name, result: result()})
  }
  throw new Error('the model never answers')
}
