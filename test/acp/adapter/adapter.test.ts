import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt} from '../../helpers/build.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {logged} from '../../helpers/program/logged.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {isRunning} from '../../helpers/pty/processes.js'
import {someOf} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {AdapterClient} from '../helpers/adapter.js'

describe('an agent as a gateway', function () {
  this.timeout(20_000)
  let sandbox: Sandbox
  const clients: AdapterClient[] = []

  before(ensureBuilt)

  beforeEach(() => {
    sandbox = createSandbox()
  })

  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.end()))
    await noneLeftOf(String(sandbox.env.HERMES_HOME), [])
    sandbox.remove()
  })

  function start(env: Record<string, string> = {}, words?: string[]): AdapterClient {
    const client = new AdapterClient(sandbox, env, words)
    clients.push(client)
    return client
  }

  const log = () => path.join(sandbox.directory, 'log.jsonl')

  const asked = (method: string): Record<string, unknown>[] =>
    logged<{method: string; params: Record<string, unknown>}>(log())
      .filter((entry) => entry.method === method)
      .map(({params}) => params)

  it('tells text, reasoning, plans, use and how a turn ended', async () => {
    const client = start()
    const {session_id: id, info} = await client.request('session.create')
    expect(info).to.include({model: 'small', provider: 'acp-agent'})
    expect(await client.ask(id, 'count 3')).to.include({status: 'complete', text: 'word0 word1 word2 '})
    expect(client.text).to.equal('word0 word1 word2 ')
    await client.ask(id, 'think')
    expect(client.of('reasoning.delta')).to.deep.equal([{text: 'hm, hm'}])
    await client.ask(id, 'plan')
    expect(client.of('todo.updated')).to.deep.equal([{todos: [{content: 'first', status: 'in_progress'}]}])
    expect((await client.ask(id, 'usage')).usage).to.include({context_used: 50, context_max: 200, context_percent: 25})
    expect(await client.ask(id, 'refuse')).to.include({status: 'complete', stop_reason: 'refusal'})
    expect(await client.ask(id, 'fail')).to.include({status: 'error'})
    expect(client.of('error')[0]?.message).to.equal('acp-agent: Internal error: the provider failed (no credit)')
  })

  it('asks by our rules before a file is written and a command is run, each once', async () => {
    const client = start()
    const {session_id: id} = await client.request('session.create')
    const file = path.join(sandbox.project, 'a.txt')
    const edited = client.ask(id, `edit ${file}`)
    await client.until(() => client.of('approval.request').length === 1)
    const [asked] = client.of('approval.request')
    expect(asked).to.include({kind: 'edit', command: file, diff: '@@ -0,0 +1,1 @@\n+written'})
    await client.request('approval.respond', {session_id: id, request_id: asked?.request_id, choice: 'once'})
    await edited
    expect(readFileSync(file, 'utf8')).to.equal('written\n')
    expect(client.of('approval.request')).to.have.length(1)
    expect(client.of('tool.complete')[0]).to.include({
      name: 'edit_file',
      context: 'a.txt',
      inline_diff: '@@ -0,0 +1,1 @@\n+written',
    })

    const ran = client.ask(id, 'run echo hi > b.txt; cat b.txt')
    await client.until(() => client.of('approval.request').length === 2)
    expect(client.of('approval.request')[1]).to.include({kind: 'command', command: 'echo hi > b.txt; cat b.txt'})
    await client.request('approval.respond', {session_id: id, choice: 'once'})
    await ran
    expect(client.text).to.contain('ran: hi')
    expect(client.of('tool.complete')[1]?.result).to.deep.equal({output: 'hi\n', exit_code: 0})
  })

  it('does not do what the person denies, nor what a mode forbids', async () => {
    const client = start()
    const {session_id: id} = await client.request('session.create')
    const file = path.join(sandbox.project, 'a.txt')
    const denied = client.ask(id, `edit ${file}`)
    await client.until(() => client.of('approval.request').length === 1)
    await client.request('approval.respond', {session_id: id, choice: 'deny'})
    await denied
    expect(client.of('tool.complete')[0]).to.include({status: 'denied'})
    await client.request('permissions.mode', {session_id: id, mode: 'plan'})
    await client.ask(id, `edit ${file}`)
    expect(client.of('approval.request')).to.have.length(1)
    expect(client.text).to.contain('not edited')
    expect(existsSync(file)).to.equal(false)
    await client.request('permissions.mode', {session_id: id, mode: 'accept-edits'})
    await client.ask(id, `edit ${file}`)
    expect(client.of('approval.request')).to.have.length(1)
    expect(existsSync(file)).to.equal(true)
  })

  it('serves files, secrets only with leave, and asks what the agent asks', async () => {
    const client = start()
    const {session_id: id} = await client.request('session.create')
    sandbox.write('home/project/c.txt', 'see')
    const secret = sandbox.write('home/project/.env', 'KEY=1')
    await client.ask(id, `read ${path.join(sandbox.project, 'c.txt')}`)
    expect(client.text).to.contain('content: see')
    const read = client.ask(id, `read ${secret}`)
    await client.until(() => client.of('approval.request').length === 1)
    await client.request('approval.respond', {session_id: id, choice: 'deny', reason: 'no'})
    await read
    expect(client.text).to.contain('refused')
    const asked = client.ask(id, 'ask')
    await client.until(() => client.of('clarify.request').length === 1)
    const [question] = client.of('clarify.request')
    expect(question).to.deep.include({question: 'Which colour?', choices: ['red', 'blue']})
    await client.request('clarify.respond', {request_id: question?.request_id, answer: 'blue'})
    await asked
    expect(client.text).to.contain('accept blue')
  })

  it('offers models, modes and commands of the agent', async () => {
    const client = start({AA_LOG: log()})
    const {session_id: id} = await client.request('session.create')
    expect(await client.request('config.set', {session_id: id, key: 'model', value: 'large'})).to.include({
      value: 'large',
    })
    expect(await client.request('model.options', {session_id: id})).to.include({model: 'large'})
    const {output} = await client.request('slash.exec', {session_id: id, command: '/agent-mode plan'})
    expect(output).to.equal('Mode of acp-agent: plan')
    // An agent tells them when it likes, after the session.
    const names = async () => {
      const {files} = (await client.request('commands.catalog')) as {files: {name: string}[]}
      return files.map(({name}) => name)
    }
    let offered = await names()
    while (!offered.includes('web')) offered = await names()
    expect(offered).to.deep.equal(['agent-mode', 'transcript', 'web'])
    const sent = await client.request('command.dispatch', {session_id: id, name: 'web', arg: 'a b'})
    expect(sent).to.deep.equal({type: 'send', message: '/web a b'})
    const refused = await client.request('config.set', {session_id: id, key: 'model', value: 'huge'}).catch((e) => e)
    expect(refused.message).to.equal('no model is called huge: small, large')
  })

  it('knows a prompt that is sent twice, and ends one that is interrupted', async () => {
    const client = start()
    const {session_id: id} = await client.request('session.create')
    await client.request('prompt.submit', {session_id: id, text: 'count 2000', prompt_id: 'p1'})
    await client.until(() => client.text.includes('word5'))
    const again = await client.request('prompt.submit', {session_id: id, text: 'count 2000', prompt_id: 'p1'})
    expect(again).to.include({status: 'streaming', duplicate: true})
    await client.request('session.interrupt', {session_id: id})
    await client.until(() => client.of('message.complete').length === 1)
    expect(client.of('message.complete')[0]).to.include({status: 'interrupted'})
    expect(await client.request('prompt.submit', {session_id: id, text: 'x', prompt_id: 'p1'})).to.include({
      status: 'interrupted',
    })
  })

  for (const [prompt, code, signal] of [
    ['die KILL', null, 'SIGKILL'],
    ['exit 7', 7, null],
  ] as const) {
    it(`dies as the agent does: ${prompt}`, async () => {
      const client = start()
      const {session_id: id} = await client.request('session.create')
      void client.request('prompt.submit', {session_id: id, text: prompt})
      expect(await client.ended).to.deep.equal([code, signal])
      expect(client.stderr).to.contain('[agent-exit] acp-agent')
      expect(client.of('message.complete')).to.deep.equal([])
    })
  }

  it('comes back with our transcript alone, tells what was cut off, and goes on', async () => {
    const first = start()
    const {session_id: before, stored_session_id: key} = await first.request('session.create')
    await first.ask(before, 'hello')
    const second = start()
    const refused = await second.request('session.resume', {session_id: key}).catch((error) => error)
    expect(refused).to.include({
      code: 4091,
      message: `the session is open in another hermes (pid ${first.child.pid}); close it there`,
    })
    await first.request('prompt.submit', {session_id: before, text: 'count 2000', prompt_id: 'cut'})
    await first.until(() => first.text.includes('word9'))
    process.kill(-(first.child.pid ?? 0), 'SIGKILL')
    await first.ended

    const next = start({AA_LOG: log()})
    const opened = await next.request('session.resume', {session_id: key})
    const {interrupted, messages} = opened as {interrupted: Record<string, unknown>; messages: {text?: string}[]}
    expect(messages.map(({text}) => text?.slice(0, 10))).to.deep.equal([
      'hello',
      'you said: ',
      'count 2000',
      'word0 word',
    ])
    expect(interrupted).to.include({prompt_id: 'cut', deaths: 1})
    expect(interrupted.assistant).to.contain('word9')
    expect(asked('session/load')[0]).to.include({cwd: sandbox.project})
    await next.until(() => next.of('status.update').some(({text}) => String(text).includes('/continue')))
    // The replay of the agent was swallowed.
    expect(next.text).to.equal('')
    await next.request('prompt.continue', {session_id: opened.session_id, prompt_id: 'cut'})
    await next.until(() => next.of('message.complete').length === 1)
    const [told] = asked('session/prompt') as {prompt: {text: string}[]}[]
    expect(told?.prompt[0]?.text).to.contain('word9').and.to.contain('> count 2000')
    expect(next.text).to.contain('I remember 1')
    const history = (await next.request('session.history', {session_id: key})) as {messages: unknown[]}
    expect(history.messages.at(-1)).not.to.have.property('status')
  })

  for (const load of someOf(['hang', 'no'], 1)) {
    it(`says that the context is lost, and offers the transcript: load ${load}`, async () => {
      const first = start()
      const {session_id: before, stored_session_id: key} = await first.request('session.create')
      await first.ask(before, 'hello')
      await first.end()
      sandbox.write('home/.config/hermes/config.yaml', 'acp:\n  loadTimeoutMs: 300\n')
      const next = start({AA_LOAD: load, AA_LOG: log()})
      const {session_id: id} = await next.request('session.resume', {session_id: key})
      await next.until(() => next.of('status.update').some(({text}) => String(text).includes('context is lost')))
      const {type, message} = await next.request('command.dispatch', {session_id: id, name: 'transcript'})
      expect(type).to.equal('send')
      expect(message).to.contain('hello').and.to.contain('you said')
      await next.ask(id, 'again')
      expect(next.text).to.contain('I remember 0')
    })
  }

  it('goes on in the chat with a reply in which the agent died', async () => {
    const {fixtureAgent} = await import('../helpers/adapter.js')
    const env = {...sandbox.env, AA_STATE: path.join(sandbox.directory, 'agent.json')}
    const agent = `${process.execPath} ${fixtureAgent}`
    const {stdout, stderr, code} = await runHermes(['chat', '-p', 'leave KILL', '--agent', agent], {
      cwd: sandbox.project,
      env,
    })
    expect(stderr).to.contain('the gateway killed by SIGKILL').and.to.contain('the reply goes on')
    expect(stdout).to.contain('you said: Your process was killed')
    expect(code).to.equal(0)
    // What it ran outside of its process group has ended too.
    const left = Number(/left (\d+)/.exec(stdout)?.[1])
    while (isRunning(left)) await new Promise((resolve) => setTimeout(resolve, 10))
  })

  it('says what is missing where there is no agent, or it wants the person to sign in', async () => {
    const missing = start({}, ['no-such-agent-here', '--acp'])
    const refused = await missing.request('session.create').catch((error) => error)
    expect(refused.message).to.contain('there is no program no-such-agent-here')
    const closed = start({AA_AUTH: '1'})
    const unknown = await closed.request('session.create').catch((error) => error)
    expect(unknown.message).to.contain('wants you to sign in').and.to.contain('Sign in by browser')
  })
})
