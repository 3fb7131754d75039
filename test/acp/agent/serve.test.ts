import {existsSync} from 'node:fs'
import path from 'node:path'
import type {NewSessionResponse, RequestPermissionResponse} from '@agentclientprotocol/sdk'
import {expect} from 'chai'
import {ensureBuilt} from '../../helpers/build.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {type EditorOptions, TestEditor} from '../helpers/editor.js'

/** The reply of `offline/N`. */
const words = (count: number) =>
  Array.from({length: count}, (_, index) => `word${index}${(index + 1) % 10 === 0 ? '\n' : ' '}`)
    .join('')
    .trimEnd()

const squeezed = (text: string) => text.replace(/\s+/g, ' ').trim()

describe('hermes acp', function () {
  this.timeout(20_000)
  let sandbox: Sandbox
  const editors: TestEditor[] = []

  before(ensureBuilt)

  beforeEach(() => {
    sandbox = createSandbox()
  })

  afterEach(async () => {
    await Promise.all(editors.splice(0).map((editor) => (editor.child.exitCode === null ? editor.close() : undefined)))
    await noneLeftOf(String(sandbox.env.HERMES_HOME), [])
    sandbox.remove()
  })

  function open(model: string, options: EditorOptions = {}): TestEditor {
    const editor = new TestEditor(sandbox, {...options, env: {HERMES_MODEL: model, ...options.env}})
    editors.push(editor)
    return editor
  }

  it('streams a reply, runs tools with leave, and tells them', async () => {
    const editor = open('offline/tools')
    const {agentCapabilities} = await editor.initialize()
    expect(agentCapabilities?.loadSession).to.equal(true)
    expect(agentCapabilities?.sessionCapabilities).to.include.all.keys('list', 'delete', 'resume', 'close')
    const {sessionId: id} = await editor.agent.request<NewSessionResponse>('session/new', editor.place)
    expect(await editor.prompt(id, 'do it')).to.deep.equal({stopReason: 'end_turn'})
    expect(editor.text).to.contain('Done, with write_file, read_file, terminal.')
    expect(editor.ofKind('tool_call').map(({kind, status}) => `${kind} ${status}`)).to.deep.equal([
      'edit in_progress',
      'read in_progress',
      'execute in_progress',
    ])
    const ended = editor.ofKind('tool_call_update').filter(({status}) => status === 'completed')
    expect(ended.map(({toolCallId}) => toolCallId)).to.deep.equal(
      editor.ofKind('tool_call').map(({toolCallId}) => toolCallId),
    )
    const [asked] = editor.permissions
    expect(asked?.toolCall.toolCallId).to.equal(ended[0]?.toolCallId)
    expect(asked?.toolCall.content?.[0]).to.include({
      type: 'diff',
      path: path.join(sandbox.project, 'hermes-offline-demo.txt'),
      oldText: null,
    })
  })

  it('does not do what the person rejects', async () => {
    const editor = open('offline/tools', {permit: () => ({outcome: {outcome: 'selected', optionId: 'deny'}})})
    const id = await editor.begin()
    await editor.prompt(id, 'do it')
    expect(editor.ofKind('tool_call_update').find(({status}) => status === 'failed')?.title).to.contain('not allowed')
    expect(existsSync(path.join(sandbox.project, 'hermes-offline-demo.txt'))).to.equal(false)
  })

  it('puts a clarifying question as a form', async () => {
    const form = open('offline/clarify', {elicit: () => ({action: 'accept', content: {answer: 'green'}})})
    await form.prompt(await form.begin(), 'hello')
    expect(form.text).to.contain('You answered: green')
  })

  it('ends a turn that is cancelled, and goes on', async () => {
    const editor = open('offline/2000@100')
    const id = await editor.begin()
    const answered = editor.prompt(id, 'count')
    await editor.until(() => editor.text.includes('word9'))
    await editor.agent.notify('session/cancel', {sessionId: id})
    expect(await answered).to.deep.equal({stopReason: 'cancelled'})
    await editor.agent.request('session/set_config_option', {sessionId: id, configId: 'model', value: 'offline/5'})
    expect(await editor.prompt(id, 'again')).to.deep.equal({stopReason: 'end_turn'})
  })

  it('loses nothing of a reply when the gateway is killed in it', async () => {
    const editor = open('offline/60@100')
    const id = await editor.begin()
    const answered = editor.prompt(id, 'count')
    await editor.until(() => editor.text.includes('word15'))
    for (const pid of editor.gateways()) process.kill(pid, 'SIGKILL')
    expect(await answered).to.deep.equal({stopReason: 'end_turn'})
    expect(squeezed(editor.text)).to.equal(squeezed(words(60)))
    const notices = editor.ofKind('notice').map(({title}) => title)
    expect(notices[0]).to.contain('killed by SIGKILL')
    expect(notices[1]).to.contain('recovered')
  })

  it('asks once when the gateway is killed while it asks, and goes on with the answer', async () => {
    const answer = Promise.withResolvers<RequestPermissionResponse>()
    let asked = 0
    const editor = open('offline/tools', {
      permit: ({options: [first]}) =>
        asked++ === 0 ? answer.promise : {outcome: {outcome: 'selected', optionId: first?.optionId ?? ''}},
    })
    const id = await editor.begin()
    const answered = editor.prompt(id, 'do it')
    await editor.until(() => editor.permissions.length === 1)
    for (const pid of editor.gateways()) process.kill(pid, 'SIGKILL')
    await editor.until(() => editor.ofKind('notice').some(({title}) => title.includes('recovered')))
    answer.resolve({outcome: {outcome: 'selected', optionId: 'once'}})
    expect(await answered).to.deep.equal({stopReason: 'end_turn'})
    expect(editor.text).to.contain('Done, with write_file, read_file, terminal.')
    const files = editor.permissions.map(({toolCall}) => toolCall.title)
    expect(files.filter((title) => title?.startsWith('Create'))).to.have.length(1)
  })

  it('lists and loads what was said, also after it was killed itself in mid-reply', async () => {
    const editor = open('offline/2000@100')
    const id = await editor.begin()
    editor.prompt(id, 'count for me').catch(() => {})
    await editor.until(() => editor.text.includes('word12'))
    await editor.kill()
    await noneLeftOf(String(sandbox.env.HERMES_HOME), [])

    const next = open('offline/5')
    await next.initialize()
    const {sessions} = await next.agent.request('session/list', {cwd: sandbox.project})
    expect(sessions.map(({sessionId}) => sessionId)).to.deep.equal([id])
    await next.agent.request('session/load', {sessionId: id, ...next.place})
    expect(next.chunks('user_message_chunk')).to.equal('count for me')
    expect(next.text).to.contain('word12').and.to.contain('was cut off')
    const before = next.updates.length
    await next.prompt(id, 'and now?')
    expect(next.updates.length).to.be.greaterThan(before)
  })

  it('resumes without telling what was said, closes and deletes', async () => {
    const editor = open('offline/5')
    const id = await editor.begin()
    await editor.prompt(id, 'hello')
    await editor.agent.request('session/close', {sessionId: id})
    await editor.prompt(id, 'again').then(
      () => expect.fail('a closed session answered'),
      (error) => expect(error.code).to.equal(-32002),
    )
    editor.updates.length = 0
    await editor.agent.request('session/resume', {sessionId: id, ...editor.place})
    expect(editor.chunks('user_message_chunk')).to.equal('')
    await editor.agent.request('session/delete', {sessionId: id})
    expect((await editor.agent.request('session/list', {})).sessions).to.deep.equal([])
  })

  it('says which session, folder and mode there is none of', async () => {
    const editor = open('offline')
    const id = await editor.begin()
    const refusal = async (method: string, params: object) =>
      editor.agent.request(method, params).then(
        () => 'answered',
        ({message}) => String(message),
      )
    expect(await refusal('session/load', {sessionId: '20200101_000000_abcdef', ...editor.place})).to.contain(
      '20200101_000000_abcdef',
    )
    expect(await refusal('session/new', {cwd: '/no/such/folder', mcpServers: []})).to.contain('/no/such/folder')
    expect(await refusal('session/set_mode', {sessionId: id, modeId: 'free'})).to.contain('ask, accept-edits or plan')
  })

  it('changes its mode, for the gateways to come too', async () => {
    const editor = open('offline/tools')
    const id = await editor.begin()
    await editor.agent.request('session/set_mode', {sessionId: id, modeId: 'plan'})
    for (const pid of editor.gateways()) process.kill(pid, 'SIGKILL')
    await editor.until(() => editor.ofKind('notice').some(({title}) => title.includes('recovered')))
    await editor.prompt(id, 'do it')
    expect(editor.permissions).to.deep.equal([])
  })

  it('carries out commands of the gateway', async () => {
    const editor = open('offline/5')
    const id = await editor.begin()
    await editor.until(() => editor.ofKind('available_commands_update').length > 0)
    const names = editor.ofKind('available_commands_update')[0]?.availableCommands.map(({name}) => name)
    expect(names).to.include.members(['continue', 'compact', 'status', 'usage']).and.not.to.include('undo')
    await editor.prompt(id, '/tools')
    expect(editor.text).to.contain('read_file (file)')
  })
})
