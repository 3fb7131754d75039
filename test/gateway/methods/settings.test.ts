import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {Scratch} from '../gateway-process.js'

describe('methods about settings and commands', () => {
  const scratch = new Scratch()

  it('answer what the client of the reference asks at its start', async () => {
    const gateway = await scratch.start()
    expect(await gateway.call('setup.status')).to.include({provider_configured: true})
    expect(await gateway.call('setup.runtime_check')).to.include({ok: true, provider: 'offline'})
    expect(await gateway.call('config.get', {key: 'mtime'})).to.deep.equal({mtime: 0})
    expect(await gateway.call('config.get', {key: 'profile'})).to.deep.equal({
      home: scratch.home,
      display: scratch.home,
    })
    expect(await gateway.call('config.get', {key: 'project'})).to.deep.equal({cwd: scratch.home, branch: ''})
    expect(await gateway.call('config.get', {key: 'provider'})).to.include({
      provider: 'offline',
      model: 'offline/20@500',
    })
    expect(await gateway.call('config.get', {key: 'reasoning'})).to.include.keys('value', 'display')
    expect((await gateway.call('config.get', {key: 'prompt'})).prompt).to.be.a('string')
    for (const key of ['skin', 'indicator', 'fast', 'busy', 'details_mode', 'compact', 'statusbar', 'mouse']) {
      expect((await gateway.call('config.get', {key})).value, key).to.be.a('string')
    }
    for (const key of ['nope', 'constructor', '__proto__']) {
      expect(await gateway.refused('config.get', {key})).to.deep.equal({
        code: 4002,
        message: `unknown config key: ${key}`,
      })
    }
    expect(await gateway.call('input.detect_drop', {text: '/etc/passwd'})).to.deep.equal({matched: false})
  })

  it('never tell a secret', async () => {
    const folder = path.join(scratch.home, '.config/hermes')
    await mkdir(folder, {recursive: true})
    const secret = 'sk-canary-0123456789abcdef'
    const configure = (address: string) =>
      writeFile(
        path.join(folder, 'config.yaml'),
        `providers:\n  mine:\n    baseUrl: ${address}\n    apiKey: ${secret}\n    headers:\n      X-Token: ${secret}\n    models: [a]\n`,
      )
    // Refused, and told without it.
    await configure(`https://user:${secret}@example.org/v1`)
    const strict = await scratch.start()
    expect((await strict.refused('config.get', {key: 'full'})).message).to.include('without user and password')
    expect(JSON.stringify(strict.frames) + strict.stderr).to.not.include(secret)
    await configure('https://example.org/v1')
    const gateway = await scratch.start()
    const {config} = await gateway.call<{config: Record<string, unknown>}>('config.get', {key: 'full'})
    expect(config.model).to.deep.equal({default: 'offline/20@500', provider: 'offline'})
    expect(config.display).to.include({tui_auto_resume_recent: false})
    await gateway.call('model.options')
    await gateway.call('config.get', {key: 'provider'})
    expect((await gateway.call<{mtime: number}>('config.get', {key: 'mtime'})).mtime).to.be.closeTo(
      Date.now() / 1000,
      60,
    )
    expect(JSON.stringify(gateway.frames) + gateway.stderr).to.not.include(secret)
  })

  it('tell where prompts go if the name of the model does not, also after a change', async () => {
    const env = {OPENAI_API_KEY: 'k', OPENAI_BASE_URL: 'http://user-word@gateway.corp:8443/v1?key=query-word'}
    const gateway = await scratch.start({model: 'openai/m', env})
    const {sid} = await gateway.create()
    const told = await gateway.event('session.info')
    expect(told).to.deep.include({model: 'openai/m', sends_to: {host: 'gateway.corp:8443', found: false}})
    const from = gateway.frames.length
    await gateway.call('config.set', {key: 'model', value: 'anthropic/m', session_id: sid})
    expect(await gateway.event('session.info', from)).to.not.have.property('sends_to')
    expect(JSON.stringify(gateway.frames)).to.not.match(/user-word|query-word/)
  })

  it('set the model of one session', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    await gateway.event('session.info')
    const from = gateway.frames.length
    const set = {key: 'model', value: 'offline/3', session_id: sid}
    expect(await gateway.call('config.set', set)).to.deep.equal({key: 'model', value: 'offline/3'})
    expect((await gateway.event('session.info', from)).model).to.equal('offline/3')
    expect((await gateway.refused('config.set', {...set, value: 'nosuch/x'})).code).to.equal(4002)
    expect((await gateway.refused('config.set', {...set, value: 5})).code).to.equal(4002)
    expect((await gateway.refused('config.set', {key: 'model', value: 'offline'})).code).to.equal(4006)
    const {providers, model} = await gateway.call<{providers: Record<string, unknown>[]; model: string}>(
      'model.options',
      {
        session_id: sid,
      },
    )
    expect(model).to.equal('offline/3')
    const offline = providers.find(({slug}) => slug === 'offline')
    expect(offline).to.include({is_current: true, authenticated: true})
    expect(offline?.models).to.include('offline/2000@50')
  })

  it('carry out the slash commands that the catalog lists', async () => {
    const gateway = await scratch.start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'find the needle')
    const {pairs} = await gateway.call<{pairs: [string, string][]}>('commands.catalog')
    const arguments_: Record<string, string> = {'/search': 'needle', '/title': 'Hay'}
    const outputs: Record<string, string> = {}
    for (const [name] of pairs) {
      const command = `${name} ${arguments_[name] ?? ''}`
      const {result, error} = await gateway.request('slash.exec', {session_id: sid, command})
      // What the client has to act on has a method of its own.
      if (error)
        expect(error, name).to.deep.include({
          code: 4018,
          message: `pending-input command: use command.dispatch for ${name}`,
        })
      outputs[name] = String(result?.output)
    }
    expect(outputs['/model']).to.equal('Model: offline/20@500')
    expect(outputs['/title']).to.equal('Title: Hay')
    expect(outputs['/usage']).to.match(/20 out/)
    expect(outputs['/undo']).to.equal('Messages taken back: 2')
    expect(outputs['/status']).to.include(key)
    expect(outputs['/search'], 'it was taken back before').to.equal('Nothing found for "needle"')
    expect((await gateway.refused('slash.exec', {session_id: sid, command: ' '})).code).to.equal(4004)
    expect((await gateway.refused('slash.exec', {session_id: sid, command: '/constructor'})).code).to.equal(4011)
  })

  it('complete their names', async () => {
    const gateway = await scratch.start()
    const {items, replace_from} = await gateway.call<{items: {text: string}[]; replace_from: number}>(
      'complete.slash',
      {
        text: '/ti',
      },
    )
    expect(items.map(({text}) => text)).to.deep.equal(['title'])
    expect(replace_from).to.equal(1)
    expect((await gateway.call('complete.slash', {text: 'no command'})).items).to.deep.equal([])
  })

  it('ping is answered while a session waits for something slow', async () => {
    const gateway = await scratch.start({model: 'offline/5000@50'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'slow'})
    expect(await gateway.call('gateway.ping')).to.include({pong: true, pid: gateway.pid, running: 1})
  })
})
