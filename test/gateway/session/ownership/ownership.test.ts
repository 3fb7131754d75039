import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {
  judgeOwner,
  type OwnerProbe,
  parseStat,
  systemProbe,
  thisOwner,
} from '../../../../src/gateway/session/ownership/owner.js'
import {openStore} from '../../../../src/gateway/store/index.js'
import type {SessionOwner} from '../../../../src/gateway/store/types.js'
import {homeFiles} from '../../../../src/platform.js'
import type {SessionOpened} from '../../../../src/protocol/methods.js'
import {Scratch} from '../../gateway-process.js'

describe('the owner of a session', () => {
  const scratch = new Scratch()

  function withStore<T>(work: (store: ReturnType<typeof openStore>) => T): T {
    const store = openStore(homeFiles(scratch.home).database)
    try {
      return work(store)
    } finally {
      store.close()
    }
  }

  it('is told to a second gateway, which leaves the session alone', async () => {
    const first = await scratch.start({model: 'offline/500@100'})
    const {sid, key} = await first.create()
    await first.call('prompt.submit', {session_id: sid, text: 'mine', prompt_id: 'p1'})
    await first.event('message.delta')
    const second = await scratch.start()
    const error = await second.refused('session.resume', {session_id: key})
    expect(error.code).to.equal(4091)
    expect(error.message).to.match(new RegExp(`${key}.*pid ${first.pid}, since \\d{4}-\\d\\d-\\d\\dT.*take_over`))
    expect((await second.refused('session.delete', {session_id: key})).code).to.equal(4091)
    expect(withStore((store) => store.lastTurn(key)?.status)).to.equal('running')
    // Given back, it is free.
    await first.call('session.close', {session_id: sid})
    expect(await second.call('session.resume', {session_id: key})).to.include({session_key: key})
  })

  it('loses it to one that takes it over: its turn stops, its next prompt is refused', async () => {
    const first = await scratch.start({model: 'offline/5000@100'})
    const {sid, key} = await first.create()
    await first.call('prompt.submit', {session_id: sid, text: 'mine', prompt_id: 'p1'})
    await first.until(() => first.shown().includes('word5'))
    const second = await scratch.start()
    const opened = await second.call<SessionOpened>('session.resume', {session_id: key, take_over: true})
    expect(opened.interrupted).to.include({prompt_id: 'p1', user: 'mine'})

    const error = await first.event('error')
    expect(error.code).to.equal('session/taken-over')
    expect(error.message).to.include(`pid ${second.pid}`)
    expect((await first.event('message.complete')).status).to.equal('interrupted')
    const shown = first.shown()
    expect((await first.refused('prompt.submit', {session_id: sid, text: 'still here?'})).code).to.equal(4091)
    expect((await first.refused('prompt.continue', {session_id: sid})).code).to.equal(4091)
    expect((await first.refused('session.undo', {session_id: sid})).code).to.equal(4091)
    expect((await second.turn(opened.session_id, 'mine now')).status).to.equal('complete')

    // What the first one showed until it noticed is what the second one has, up to the last batch.
    const reply = opened.interrupted?.assistant ?? ''
    expect(shown.startsWith(reply) || reply.startsWith(shown)).to.equal(true)
    // It can have it back, with what was said meanwhile.
    expect((await first.refused('session.resume', {session_id: key})).code).to.equal(4091)
    const back = await first.call<SessionOpened>('session.resume', {session_id: key, take_over: true})
    expect(back.session_id).to.equal(sid)
    expect(back.messages.map(({text}) => text)).to.include('mine now')
    expect((await second.refused('prompt.submit', {session_id: opened.session_id, text: 'x'})).code).to.equal(4091)
    await second.call('session.resume', {session_id: key, take_over: true})

    // Its end does not end the session of the other.
    first.child.stdin.end()
    await first.exited
    expect(withStore((store) => store.owner(key)?.pid)).to.equal(second.pid)
  })

  it('is not disturbed by one that could not store the end of its own turn', async () => {
    const first = await scratch.start({model: 'offline/30@100'})
    const {sid, key} = await first.create()
    await first.call('prompt.submit', {session_id: sid, text: 'mine', prompt_id: 'p1'})
    await first.until(() => first.shown().includes('word3'))
    const locked = new DatabaseSync(homeFiles(scratch.home).database)
    locked.exec('BEGIN IMMEDIATE')
    await first.event('error')
    await first.event('message.complete')
    locked.exec('ROLLBACK')
    locked.close()

    const second = await scratch.start({model: 'offline/30@100'})
    const opened = await second.call<SessionOpened>('session.resume', {session_id: key, take_over: true})
    await second.call('prompt.continue', {session_id: opened.session_id})
    expect((await first.refused('prompt.submit', {session_id: sid, text: 'still here?'})).code).to.equal(4091)
    expect((await first.refused('prompt.continue', {session_id: sid})).code).to.equal(4091)
    expect((await second.event('message.complete')).status).to.equal('complete')
  })

  it('goes to one of two gateways that resume it at the same time', async () => {
    const first = await scratch.start({model: 'offline/3'})
    const {sid, key} = await first.create()
    await first.turn(sid, 'hello')
    await first.kill()
    for (let round = 0; round < 5; round++) {
      const both = await Promise.all([scratch.start(), scratch.start()])
      const answers = await Promise.all(both.map((each) => each.request('session.resume', {session_id: key})))
      expect(answers.map(({error}) => error?.code ?? 0).sort()).to.deep.equal([0, 4091])
      for (const each of both) await each.kill()
    }
  })

  it('tells who it is, and lets a second gateway read the session and branch off', async () => {
    const first = await scratch.start({model: 'offline/5000@100'})
    const {sid, key} = await first.create({title: 'Mine'})
    await first.call('prompt.submit', {session_id: sid, text: 'mine', prompt_id: 'p1'})
    await first.until(() => first.shown().includes('word5'))
    const second = await scratch.start()
    const {data} = await second.refused('session.resume', {session_id: key})
    expect(data).to.include({session_key: key, title: 'Mine', pid: first.pid})
    expect(data?.since).to.be.within(Date.now() / 1000 - 60, Date.now() / 1000)

    const read = await second.call<SessionOpened>('session.history', {session_id: key})
    expect(read.messages.map(({role}) => role)).to.deep.equal(['user', 'assistant'])
    expect(read.messages[1]?.text).to.include('word5')
    expect(withStore((store) => store.owner(key)?.pid)).to.equal(first.pid)

    const branch = await second.call<SessionOpened & {parent: string; title: string}>('session.branch', {
      session_id: key,
    })
    expect(branch).to.include({parent: key, title: 'Mine (2)'})
    expect(branch.session_key).to.be.a('string').and.not.equal(key)
    expect(branch.interrupted).to.include({prompt_id: 'p1', user: 'mine', deaths: 0})
    expect((await second.turn(branch.session_id, 'another way')).status).to.equal('complete')
    // The original goes on as if nothing had been.
    const seen = first.shown().length
    await first.until(() => first.shown().length > seen)
    expect(withStore((store) => [store.lastTurn(key)?.status, store.owner(key)?.pid])).to.deep.equal([
      'running',
      first.pid,
    ])
  })

  it('branches its own session, by a name of its choice, when something was said in it', async () => {
    const gateway = await scratch.start({model: 'offline/3'})
    const {sid, key} = await gateway.create()
    expect((await gateway.refused('session.branch', {session_id: sid})).code).to.equal(4008)
    expect((await gateway.refused('session.branch', {session_id: 'nowhere'})).code).to.equal(4007)
    await gateway.turn(sid, 'hello')
    const branch = await gateway.call<SessionOpened>('session.branch', {session_id: sid, name: ' Else '})
    expect(branch).to.include({parent: key, title: 'Else', message_count: 2})
    expect((await gateway.refused('session.branch', {session_id: sid, name: 'Else'})).code).to.equal(4022)
  })

  it('is stale when another process has its pid, or the machine was started since', async () => {
    const gateway = await scratch.start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'hello')
    await gateway.kill()
    const other = thisOwner()
    const reused: SessionOwner = {...other, birth: '1', since: 5}
    const rebooted: SessionOwner = {...other, boot: '00000000-0000-0000-0000-000000000000'}
    for (const owner of other.birth === null ? [rebooted] : [reused, rebooted]) {
      withStore((store) => store.setOwner(key, owner))
      const next = await scratch.start()
      expect(await next.call('session.resume', {session_id: key})).to.include({session_key: key})
      await next.kill()
    }
    // This very process, alive and the one that was recorded, is no stale owner.
    withStore((store) => store.setOwner(key, other))
    const refused = await scratch.start()
    expect((await refused.refused('session.resume', {session_id: key})).code).to.equal(4091)
  })

  describe('as judged', () => {
    const self: SessionOwner = {pid: 10, birth: '100', boot: 'b', since: 1}
    const alive = (birth: string | null): OwnerProbe => ({boot: 'b', process: () => ({alive: true, birth})})
    const dead: OwnerProbe = {boot: 'b', process: () => ({alive: false})}
    const other: SessionOwner = {pid: 11, birth: '200', boot: 'b', since: 1}

    const cases: [name: string, recorded: SessionOwner | undefined, probe: OwnerProbe, verdict: string][] = [
      ['nobody', undefined, dead, 'free'],
      ['this process', {...self, since: 0}, dead, 'ours'],
      ['an earlier process with this pid', {...self, birth: '50'}, alive('100'), 'stale'],
      ['a live process', other, alive('200'), 'theirs'],
      ['a dead process', other, dead, 'stale'],
      ['a reused pid', other, alive('300'), 'stale'],
      ['another boot', {...other, boot: 'a'}, alive('200'), 'stale'],
      ['a live process without a birth', {...other, birth: null}, alive('300'), 'theirs'],
      ['a live process on a system that tells no birth', other, {...alive(null), boot: null}, 'theirs'],
    ]
    for (const [name, recorded, probe, verdict] of cases) {
      it(`${name} is ${verdict}`, () => {
        expect(judgeOwner(recorded, self, probe)).to.equal(verdict)
      })
    }

    it('reads the state of a process whose name has spaces and parentheses', () => {
      const fields = Array.from({length: 30}, (_, index) => String(index + 4))
      expect(parseStat(`7 (a) b) S ${fields.join(' ')}`)).to.deep.equal({alive: true, birth: '22'})
      expect(parseStat(`7 (node) Z ${fields.join(' ')}`)).to.deep.equal({alive: false})
    })

    it('tells a live process from one that is gone', async () => {
      const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], {stdio: ['pipe', 'ignore', 'ignore']})
      await once(child, 'spawn')
      const pid = child.pid ?? 0
      expect(systemProbe(thisOwner()).process(pid).alive).to.equal(true)
      child.kill('SIGKILL')
      await once(child, 'exit')
      expect(systemProbe(thisOwner()).process(pid).alive).to.equal(false)
    })
  })
})
