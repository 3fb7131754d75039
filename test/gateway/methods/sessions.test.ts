import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {WireMessage} from '../../../src/protocol/methods.js'
import {storedTool} from '../../../src/protocol/shapes/answers.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

describe('methods about sessions', () => {
  const scratch = new Scratch()
  let gateway: GatewayProcess

  beforeEach(async () => {
    gateway = await scratch.start({model: 'offline/5'})
  })

  it('create tells ids, model and place in the short form, and the tools soon after', async () => {
    const from = gateway.frames.length
    const created = await gateway.call('session.create', {cols: 100})
    expect(created.info).to.deep.include({
      model: 'offline/5',
      provider: 'offline',
      cwd: scratch.home,
      branch: '',
      tools: {},
      skills: {},
      lazy: true,
      desktop_contract: 2,
      profile_name: 'default',
    })
    const info = await gateway.event('session.info', from)
    expect(gateway.types(from)).to.deep.equal(['response', 'session.info'])
    expect(info).to.not.have.property('lazy')
    expect(Object.values(info.tools ?? {}).flat()).to.include.members(['read_file', 'write_file', 'terminal'])
    expect(info).to.include({session_key: created.stored_session_id, running: false, title: ''})
  })

  it('create refuses a model that is not, a folder that is not, and a title that is taken', async () => {
    const {sid} = await gateway.create({title: 'Mine'})
    await gateway.turn(sid, 'hello')
    expect((await gateway.refused('session.create', {model: 'nosuch/model'})).code).to.equal(4002)
    expect(await gateway.refused('session.create', {cwd: '/no/such/folder'})).to.deep.equal({
      code: 4002,
      message: 'cwd is not a folder: /no/such/folder',
    })
    expect((await gateway.refused('session.create', {title: 'Mine'})).code).to.equal(4022)
  })

  it('create and resume take a model of their own, which stays with the session', async () => {
    const {sid, key} = await gateway.create({model: 'offline/3'})
    await gateway.turn(sid, 'hello')
    expect(gateway.shown()).to.match(/word2$/)
    await gateway.call('session.close', {session_id: sid})
    const stays = await gateway.call<{session_id: string; info: {model: string}}>('session.resume', {session_id: key})
    expect(stays.info.model).to.equal('offline/3')
    await gateway.call('session.close', {session_id: stays.session_id})
    const other = await gateway.call<{info: {model: string}}>('session.resume', {session_id: key, model: 'offline/4'})
    expect(other.info.model).to.equal('offline/4')
  })

  it('title shows, sets, keeps for later, and refuses', async () => {
    const {sid, key} = await gateway.create({title: 'My title'})
    const session_id = sid
    expect(await gateway.call('session.title', {session_id})).to.deep.equal({title: 'My title', session_key: key})
    expect(await gateway.call('session.title', {session_id, title: 'X new'})).to.deep.equal({
      title: 'X new',
      pending: true,
    })
    expect(await gateway.refused('session.title', {session_id, title: ' '})).to.deep.equal({
      code: 4021,
      message: 'title required',
    })
    await gateway.turn(sid, 'hello')
    expect((await gateway.call('session.title', {session_id})).title).to.equal('X new')
    expect(await gateway.call('session.title', {session_id, title: 'Later'})).to.deep.equal({
      title: 'Later',
      pending: false,
    })
    const other = await gateway.create()
    expect((await gateway.refused('session.title', {session_id: other.sid, title: 'Later'})).code).to.equal(4022)
    await gateway.turn(other.sid, 'hello')
    expect((await gateway.refused('session.title', {session_id: other.sid, title: 'Later'})).code).to.equal(4022)
    expect((await gateway.refused('session.title', {session_id: other.sid, title: 'x'.repeat(101)})).code).to.equal(
      4022,
    )
    // Found by its exact title.
    await gateway.call('session.close', {session_id})
    expect(await gateway.call('session.resume', {session_id: 'Later'})).to.include({session_key: key})
  })

  it('active_list shows the live sessions of this process', async () => {
    const first = await gateway.create({messages: [{role: 'user', text: 'seed'}]})
    const second = await gateway.create()
    await gateway.turn(second.sid, 'hello there')
    const {sessions} = await gateway.call<{sessions: Record<string, unknown>[]}>('session.active_list', {
      current_session_id: second.sid,
    })
    expect(sessions).to.have.length(2)
    expect(sessions[0]).to.include({current: false, id: first.sid, preview: 'seed', message_count: 1, status: 'idle'})
    expect(sessions[1]).to.include({
      current: true,
      id: second.sid,
      session_key: second.key,
      title: 'hello there',
      preview: 'hello there',
      message_count: 2,
      model: 'offline/5',
    })
    const now = Date.now() / 1000
    for (const {started_at, last_active} of sessions) {
      expect(started_at).to.be.closeTo(now, 60)
      expect(last_active).to.be.closeTo(now, 60)
    }
  })

  it('list and search find what was said', async () => {
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'the quick brown fox')
    const {sessions} = await gateway.call<{sessions: Record<string, unknown>[]}>('session.list', {limit: 1})
    expect(sessions[0]).to.include({id: key, source: 'tui', message_count: 2, preview: 'the quick brown fox'})
    const {hits} = await gateway.call<{hits: Record<string, unknown>[]}>('session.search', {query: 'brown'})
    expect(hits[0]).to.include({session_id: key, role: 'user', snippet: 'the quick \u0002brown\u0003 fox'})
    expect((await gateway.call('session.search', {query: 'elephant'})).hits).to.deep.equal([])
  })

  it('usage and status count the tokens of the session, over its processes', async () => {
    const {sid, key} = await gateway.create()
    expect(await gateway.call('session.usage', {session_id: sid})).to.deep.equal({
      calls: 0,
      input: 0,
      output: 0,
      total: 0,
    })
    await gateway.turn(sid, 'hello')
    expect(await gateway.call('session.usage', {session_id: sid})).to.include({calls: 1, output: 5, model: 'offline/5'})
    expect((await gateway.call('session.status', {session_id: sid})).output)
      .to.include(key)
      .and.include('offline/5')
    await gateway.kill()
    const next = await scratch.start({model: 'offline/5'})
    const {session_id} = await next.call('session.resume', {session_id: key})
    expect(await next.call('session.usage', {session_id})).to.include({calls: 1, output: 5})
  })

  it('undo takes the last turn back for good', async () => {
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'one')
    await gateway.turn(sid, 'two')
    expect(await gateway.call('session.undo', {session_id: sid})).to.deep.include({removed: 2, text: 'two'})
    await gateway.kill()
    const next = await scratch.start()
    const {messages} = await next.call<{messages: {text: string}[]}>('session.resume', {session_id: key})
    expect(messages.map(({text}) => text)[0]).to.equal('one')
    expect(messages).to.have.length(2)
  })

  it('delete removes what is not open', async () => {
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'hello')
    expect(await gateway.refused('session.delete', {session_id: key})).to.deep.equal({
      code: 4023,
      message: 'cannot delete an active session',
    })
    await gateway.call('session.close', {session_id: sid})
    expect(await gateway.call('session.delete', {session_id: key})).to.deep.equal({deleted: key})
    expect((await gateway.refused('session.delete', {session_id: key})).code).to.equal(4007)
    expect((await gateway.refused('session.delete')).code).to.equal(4006)
  })

  it('close ends the session in the store and gives it back', async () => {
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'hello')
    await gateway.call('session.close', {session_id: sid})
    const store = openStore(homeFiles(scratch.home).database)
    expect(store.session(key)).to.include({endReason: 'tui_close'})
    expect(store.owner(key)).to.equal(undefined)
    store.close()
    expect((await gateway.refused('prompt.submit', {session_id: sid, text: 'x'})).code).to.equal(4001)
  })

  it('resize is acknowledged', async () => {
    const {sid} = await gateway.create()
    expect(await gateway.call('terminal.resize', {session_id: sid, cols: 77})).to.deep.equal({cols: 77})
    expect((await gateway.refused('terminal.resize', {session_id: 'zz', cols: 77})).code).to.equal(4001)
  })

  it('tool tells all that is stored of a call, and of one that is not stored that it is not', async () => {
    const other = await scratch.start({model: 'offline/tools', cwd: scratch.project})
    const {sid} = await other.create()
    await other.turn(sid, 'run ls')
    const {messages} = await other.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    const told = messages.find(({role}) => role === 'tool') ?? expect.fail('no call')
    const stored = storedTool(await other.call('session.tool', {session_id: sid, tool_id: told.tool_id}))
    expect(stored).to.deep.include({name: told.name, context: told.context, status: 'complete', result: told.result})
    expect(stored?.args).to.be.an('object')
    expect((await other.refused('session.tool', {session_id: sid, tool_id: 'none'})).code).to.equal(4002)
  })
})
