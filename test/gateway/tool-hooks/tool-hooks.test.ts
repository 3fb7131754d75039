import {appendFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setImmediate} from 'node:timers/promises'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {handOverVariable} from '../../../src/hand-over/handed-down.js'
import {toolHooksVariable} from '../../../src/permissions/hooks-handed-down.js'
import {defaultRunPermissions, runPermissionsVariable} from '../../../src/permissions/run-permissions.js'
import {homeFiles, isWindows} from '../../../src/platform.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {questionsIn, type ScriptedCall, ToolConversation} from '../tool-conversation.js'

const write = (word: string): ScriptedCall => ({name: 'terminal', args: {command: `echo ${word} >> log`}})
const list: ScriptedCall = {name: 'list_files', args: {}}
const todo: ScriptedCall = {name: 'todo', args: {todos: [{id: '1', content: 'x', status: 'pending'}]}}

describe('plugins of the client, asked by the gateway before a tool runs', () => {
  const scratch = new Scratch()
  let talk: ToolConversation
  afterEach(() => talk?.server.close())

  const hooked = (deadlineMs = 60_000) => ({[toolHooksVariable]: JSON.stringify({before: true, deadlineMs})})

  async function begin(calls: ScriptedCall[], env: Record<string, string> = hooked(), config = '') {
    talk = await ToolConversation.start(scratch, calls)
    await appendFile(path.join(scratch.home, '.config', 'hermes', 'config.yaml'), config)
    const {gateway} = await talk.open(env)
    await gateway.call('prompt.submit', {session_id: talk.sid, text: 'go', prompt_id: 'p1'})
    return gateway
  }

  const asked = (gateway: GatewayProcess) =>
    gateway.frames.flatMap(({params}) => (params?.type === 'tool.before' ? [params.payload ?? {}] : []))

  /** The next call that it asks about, counted from 0, answered. */
  async function decide(gateway: GatewayProcess, index: number, answer: Record<string, unknown> = {}) {
    await gateway.until(() => asked(gateway).length > index)
    const question = asked(gateway)[index] ?? {}
    const {taken} = await gateway.call('tool.decide', {request_id: question.request_id, ...answer})
    return {question, taken}
  }

  const ended = (gateway: GatewayProcess) =>
    gateway.frames.flatMap(({params}) => (params?.type === 'tool.complete' ? [params.payload ?? {}] : []))
  const over = async (gateway: GatewayProcess) => {
    expect((await gateway.event('message.complete')).status).to.equal('complete')
  }

  it('keep a call from running: it is in the ledger as denied, and the model is told why', async () => {
    const gateway = await begin([write('one'), list])
    const {question} = await decide(gateway, 0, {verdict: 'deny', by: 'plugin policy', reason: 'not on a Friday'})
    expect(question).to.deep.include({
      session_key: talk.key,
      prompt_id: 'p1',
      tool_id: 'call_1',
      name: 'terminal',
      args: {command: 'echo one >> log'},
      context: 'echo one >> log',
      cwd: scratch.project,
    })
    expect((await decide(gateway, 1)).taken).to.equal(true)
    await over(gateway)
    expect(ended(gateway)[0]).to.deep.include({
      status: 'denied',
      result: {error: 'denied by plugin policy: not on a Friday', denied: true},
    })
    expect(ended(gateway)[1]).to.not.have.property('status')
    expect(questionsIn(gateway.frames)).to.deep.equal([])
    expect(talk.states()).to.deep.equal(['denied', 'complete'])
    expect(talk.told().call_1).to.include('not on a Friday')
    expect(await talk.log()).to.deep.equal([])
    expect((await gateway.call('tool.decide', {request_id: question.request_id})).taken).to.equal(false)
  })

  it('have the person asked, once, with who asks and why; that outlives the gateway, whoever asks now', async () => {
    const bypass = {[runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, mode: 'bypass'})}
    const gateway = await begin([write('one'), list, todo], {...hooked(), ...bypass})
    const ask = {verdict: 'ask', by: 'plugin policy', reason: 'it writes'}
    await decide(gateway, 0, ask)
    const question = await gateway.event('approval.request')
    expect(question).to.deep.include({
      kind: 'command',
      command: 'echo one >> log',
      why: 'plugin policy asks: it writes',
      offers: [],
      asked_by: {by: 'plugin policy', reason: 'it writes'},
    })
    await gateway.kill()
    expect(talk.states()).to.deep.equal(['asked', 'not-started', 'not-started'])

    // This one was told of no plugins.
    const {gateway: next} = await talk.open(bypass)
    expect(await next.event('approval.request')).to.deep.equal(question)
    expect(asked(next)).to.deep.equal([])
    await next.call('tool.hooks', {before: true, deadline_ms: 60_000})
    await talk.answer(next, {request_id: question.request_id, choice: 'once'})
    await decide(next, 0, ask)
    await next.until(() => questionsIn(next.frames).length === 2)
    expect(questionsIn(next.frames)[1]).to.include({kind: 'read', why: 'plugin policy asks: it writes'})
    await talk.answer(next, {choice: 'deny', reason: 'no need'})
    await decide(next, 1, ask)
    await next.until(() => questionsIn(next.frames).length === 3)
    expect(questionsIn(next.frames)[2]).to.include({command: 'todo 1 tasks', description: 'Use the tool todo'})
    await talk.answer(next, {choice: 'once'})
    await over(next)
    expect(talk.states()).to.deep.equal(['complete', 'denied', 'complete'])
    expect(await talk.log()).to.deep.equal(['one'])
  })

  it('loosen nothing: what rules deny is denied, and what they ask is asked, whatever plugins say', async () => {
    const config = 'permissions:\n  deny: ["bash(echo one *)"]\n'
    const gateway = await begin([write('one'), write('two')], hooked(), config)
    await decide(gateway, 0, {verdict: 'ask', by: 'plugin policy', reason: 'sure?'})
    await decide(gateway, 1, {})
    const question = await gateway.event('approval.request')
    expect(question).to.include({command: 'echo two >> log'})
    expect(question).to.not.have.property('asked_by')
    await talk.answer(gateway, {choice: 'once'})
    await over(gateway)
    expect(talk.states()).to.deep.equal(['denied', 'complete'])
  })

  it('are not asked where none wants to be', async () => {
    const gateway = await begin([list], {})
    await over(gateway)
    expect(asked(gateway)).to.deep.equal([])
    expect(ended(gateway)[0]?.result).to.not.have.property('hook_note')
  })

  it('that can say nothing leave the call to rules and mode, and its line says so', async () => {
    const gateway = await begin([list, todo, list], hooked(1))
    await gateway.until(() => asked(gateway).length > 0)
    await over(gateway)
    // One that does not answer is waited for once.
    expect(asked(gateway)).to.have.length(1)
    const notes = ended(gateway).map(({result}) => (result as {hook_note?: string}).hook_note)
    expect(notes).to.deep.equal(Array(3).fill('without plugins: hermes did not answer in time'))
  })

  for (const policy of ['deny', 'ask'] as const) {
    it(`that fail have it ${policy === 'deny' ? 'denied' : 'asked'} where the person wants that`, async () => {
      const gateway = await begin([list], hooked(), `hooks:\n  toolBeforeFailure: ${policy}\n`)
      await decide(gateway, 0, {failed: [{by: 'plugin policy', message: 'threw: broken'}]})
      if (policy === 'ask') {
        const why = 'plugin policy asks: could not decide: threw: broken'
        expect(await gateway.event('approval.request')).to.include({why})
        await talk.answer(gateway, {choice: 'deny'})
      }
      await over(gateway)
      expect(talk.states()).to.deep.equal(['denied'])
      if (policy === 'deny') {
        const error = 'denied, as plugin policy could not decide: threw: broken (hooks.toolBeforeFailure)'
        expect(ended(gateway)[0]?.result).to.include({error})
      }
    })
  }

  it('that want the person asked where nobody can be deny', async () => {
    const gateway = await begin([list], {
      ...hooked(),
      [runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, interactive: false}),
    })
    await decide(gateway, 0, {verdict: 'ask', by: 'plugin policy', reason: 'it reads'})
    await over(gateway)
    expect(talk.told().call_1).to.include('plugin policy wants the person to be asked (it reads), and nobody can be')
  })

  it('are not there where the terminal is lost: the turn goes on without them, and its line says so', async function () {
    if (isWindows) this.skip()
    const gateway = await begin([{name: 'terminal', args: {command: 'until [ -e go ]; do sleep 0.01; done'}}, list], {
      ...hooked(),
      [handOverVariable]: JSON.stringify({instance: '0a1b2c3d', folder: path.join(scratch.home, 'run')}),
      [runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, mode: 'bypass'}),
    })
    await decide(gateway, 0)
    gateway.child.stdin.end()
    await writeFile(path.join(scratch.project, 'go'), '')
    const results = () => {
      const store = openStore(homeFiles(scratch.home).database)
      const found = store.messages(talk.key).flatMap(({tool}) => (tool ? [tool.result] : []))
      store.close()
      return found as {hook_note?: string}[]
    }
    while (results().filter(Boolean).length < 2) await setImmediate()
    const [before, after] = results().map(({hook_note: note}) => note)
    expect(before).to.equal(undefined)
    // The second one where it was asked while the loss was being noticed.
    expect(after).to.match(/^without plugins: (no hermes with a terminal was there|hermes was gone)$/)
  })

  it('end with the turn: who interrupts it waits for no plugin', async () => {
    const gateway = await begin([write('one')])
    await gateway.until(() => asked(gateway).length > 0)
    await gateway.call('session.interrupt', {session_id: talk.sid})
    expect((await gateway.event('message.complete')).status).to.equal('interrupted')
    expect(await talk.log()).to.deep.equal([])
  })
})
