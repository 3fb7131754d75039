import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

describe('methods about stored sessions', () => {
  const scratch = new Scratch()
  let gateway: GatewayProcess

  beforeEach(async () => {
    gateway = await scratch.start({model: 'offline/5'})
  })

  const stored = async (title: string, prompt = 'hello') => {
    const {sid, key} = await gateway.create({title})
    await gateway.turn(sid, prompt)
    await gateway.call('session.close', {session_id: sid})
    return key
  }

  it('title renames one by its key, which need not be open', async () => {
    const key = await stored('One')
    await stored('Two')
    expect(await gateway.call('session.title', {session_id: key})).to.deep.equal({title: 'One', session_key: key})
    expect(await gateway.call('session.title', {session_id: key, title: ' New '})).to.deep.equal({
      title: 'New',
      session_key: key,
    })
    expect((await gateway.refused('session.title', {session_id: key, title: 'Two'})).message).to.include('Two')
    expect((await gateway.refused('session.title', {session_id: key, title: ' '})).code).to.equal(4021)
    expect((await gateway.refused('session.title', {session_id: 'nobody', title: 'x'})).code).to.equal(4001)
    const opened = await gateway.call<{session_id: string}>('session.resume', {session_id: key})
    await gateway.call('session.title', {session_id: key, title: 'While open'})
    expect(await gateway.call('session.title', {session_id: opened.session_id})).to.include({title: 'While open'})
  })

  it('resume takes a part of a title where it is the only one, and tells those that fit', async () => {
    const key = await stored('Fix the build')
    await stored('Fix the tests')
    const opened = await gateway.call<{resumed: string; session_id: string}>('session.resume', {
      session_id: 'BUILD fix',
    })
    expect(opened.resumed).to.equal(key)
    await gateway.call('session.close', {session_id: opened.session_id})
    const refused = await gateway.refused('session.resume', {session_id: 'fix'})
    expect(refused).to.deep.include({code: 4007, message: 'session not found'})
    const {candidates} = refused.data as unknown as {candidates: {id: string; title: string}[]}
    expect(candidates.map(({title}) => title)).to.have.members(['Fix the build', 'Fix the tests'])
    expect(await gateway.refused('session.resume', {session_id: 'nothing'})).to.not.have.property('data')
  })

  it('resume opens nothing by a part of a title that reads like a live id or a key', async () => {
    await stored('bug 12345678 of 20260102_030405_abcdef')
    for (const name of ['12345678', '20260102_030405_abcdef']) {
      expect((await gateway.refused('session.resume', {session_id: name})).code).to.equal(4007)
    }
  })

  it('save writes it by its key or its live id, whole, to a file that must be new', async () => {
    const {sid, key} = await gateway.create({title: 'Mine'})
    expect((await gateway.refused('session.save', {session_id: sid})).message).to.include('nothing was said')
    await gateway.turn(sid, 'hello')
    const file = path.join(scratch.home, 'out.md')
    expect(await gateway.call('session.save', {session_id: sid, file})).to.deep.equal({file, format: 'markdown'})
    expect(readFileSync(file, 'utf8')).to.include('# Mine').and.include('hello')
    expect((await gateway.refused('session.save', {session_id: key, file})).message).to.include('is there already')
    expect((await gateway.refused('session.save', {session_id: key, file: 'relative'})).code).to.equal(4002)
    const saved = await gateway.call<{file: string}>('session.save', {session_id: key})
    expect(JSON.parse(readFileSync(saved.file, 'utf8')).session.title).to.equal('Mine')
  })

  it('undo tells the prompt that it took back, and takes no other one', async () => {
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'first')
    await gateway.turn(sid, 'second')
    const undone = await gateway.call<{prompt_id: string}>('session.undo', {session_id: sid})
    expect(undone).to.deep.include({removed: 2, text: 'second'})
    const again = await gateway.call('session.undo', {session_id: sid, prompt_id: undone.prompt_id})
    expect(again).to.deep.equal({removed: 0})
    expect(await gateway.call('session.undo', {session_id: sid})).to.deep.include({removed: 2, text: 'first'})
    expect(await gateway.call('session.undo', {session_id: sid})).to.deep.equal({removed: 0})
  })

  it('list tells which one another program has open, and delete leaves it alone', async () => {
    const key = await stored('Held')
    const store = openStore(homeFiles(scratch.home).database)
    const {sid, key: open} = await gateway.create({title: 'Here'})
    await gateway.turn(sid, 'x')
    const other = await scratch.start({model: 'offline/5'})
    await other.call('session.resume', {session_id: key})
    const {sessions} = await gateway.call<{sessions: {id: string; held?: boolean}[]}>('session.list', {})
    expect(sessions.find(({id}) => id === key)?.held).to.equal(true)
    expect(sessions.find(({id}) => id === open)).to.not.have.property('held')
    expect((await gateway.refused('session.delete', {session_id: key})).code).to.equal(4091)
    expect((await gateway.refused('session.title', {session_id: key, title: 'x'})).code).to.equal(4091)
    expect((await gateway.refused('session.delete', {session_id: open})).code).to.equal(4023)
    expect(store.session(key)?.title).to.equal('Held')
    store.close()
  })
})
