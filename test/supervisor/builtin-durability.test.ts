import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {homeFiles} from '../../src/platform.js'
import {Child} from '../gateway/store/child.js'
import {ensureBuilt} from '../helpers/build.js'
import {someOf} from '../helpers/sample.js'
import {checkDatabase} from '../soak/oracle.js'
import {bundledHarness, preload} from './helpers/bundled.js'
import type {Harness} from './helpers/harness.js'

const endless = {limit: 1000, longLimit: 1000, backoffMs: [0]}

describe('supervisor: what the built-in gateway stores', () => {
  let harness: Harness
  before(ensureBuilt)
  afterEach(() => harness.finish())

  const database = () => homeFiles(harness.dir).database
  const stored = () => {
    const store = openStore(database())
    try {
      return store.messages(harness.view.session?.key ?? '')
    } finally {
      store.close()
    }
  }
  const prompts = () => stored().filter(({role}) => role === 'user')
  const completed = (times: number) =>
    harness.until(() => harness.told.filter((each) => each === 'event message.complete').length >= times)

  /** Sends a prompt as the chat does: again by the same id until it is acknowledged. */
  async function deliver(text: string, id: string): Promise<{answer: Record<string, unknown>; times: number}> {
    for (let times = 1; ; times++) {
      await harness.until(() => harness.view.phase === 'live' && harness.view.session)
      const answer = await harness.submit(text, id).catch((error) => {
        if (error.code !== 'gateway-gone') throw error
      })
      if (answer) return {answer, times}
      await harness.recovered(harness.deaths.length)
    }
  }

  it('H62: a prompt that was committed and not acknowledged has one turn after it is sent again', async () => {
    harness = await bundledHarness({recovery: endless, script: {NODE_OPTIONS: preload('die-at-commit.mjs')}})
    await harness.live()
    await harness.submit('2 at 1000', 'first')
    await completed(1)
    for (let n = 0; n < 10; n++) {
      writeFileSync(path.join(harness.dir, 'die.json'), JSON.stringify({prompt: `p${n}`}))
      const {answer, times} = await deliver(`prompt ${n} 1`, `p${n}`)
      expect({...answer, times}).to.include({duplicate: true, status: 'interrupted', prompt_id: `p${n}`, times: 2})
    }
    expect(harness.deaths.map(({cause}) => cause)).to.deep.equal(Array(10).fill('external-sigkill'))
    expect(prompts().map(({promptId}) => promptId)).to.deep.equal([
      'first',
      ...Array.from({length: 10}, (_, n) => `p${n}`),
    ])
    checkDatabase(database())
  }).timeout(60_000)

  it('H61: a death before and after each commit of a turn leaves the state before it or after it', async () => {
    harness = await bundledHarness({recovery: endless, script: {NODE_OPTIONS: preload('die-at-commit.mjs')}})
    await harness.live()
    await harness.submit('2 at 1000', 'first')
    await completed(1)
    const sent = ['first']
    for (const when of ['before', 'after']) {
      for (const at of someOf([1, 2, 3, 4, 5, 6, 7, 8], 4)) {
        const file = path.join(harness.dir, 'die.json')
        writeFileSync(file, JSON.stringify({at, when}))
        const id = `${when}-${at}`
        sent.push(id)
        const deaths = harness.deaths.length
        const from = harness.replied.length
        const {times} = await deliver('stream 60 tokens at 400', id)
        await harness.until(() => harness.deaths.length > deaths)
        await harness.recovered(harness.deaths.length)
        expect(existsSync(file), 'it died at that commit').to.equal(false)
        const reply = stored().find(({promptId, role}) => promptId === id && role === 'assistant')
        const seen = harness.replied.slice(from)
        expect((reply?.text ?? '').startsWith(seen), `${id}: ${reply?.text} begins with ${seen}`).to.equal(true)
        expect(times, id).to.be.at.most(2)
        await harness.supervisor.request('session.interrupt', {session_id: harness.liveId})
        await harness.eventually(() => {
          const store = openStore(database())
          const running = store.lastTurn(harness.view.session?.key ?? '')?.status === 'running'
          store.close()
          return !running
        })
        // The store knows of the end before all of that turn has been heard here; this answer comes after it.
        await harness.supervisor.request('gateway.ping')
      }
    }
    expect(prompts().map(({promptId}) => promptId)).to.deep.equal(sent)
    checkDatabase(database())
  }).timeout(60_000)

  it('H66: a locked database refuses the prompt by name and kills nothing; it is taken when the lock is gone', async () => {
    harness = await bundledHarness()
    await harness.live()
    await harness.submit('2 at 1000', 'first')
    await completed(1)
    const holder = new Child('hold-lock.mjs', [database()])
    try {
      await holder.until((stdout) => stdout === 'held\n')
      const error = await harness.submit('2 at 1000', 'second').catch((refused) => refused)
      expect(error).to.include({name: 'RequestError', code: 5000})
      expect(error.message)
        .to.include(database())
        .and.match(/is locked by another program/)
    } finally {
      await holder.kill()
    }
    expect(await harness.submit('2 at 1000', 'second')).to.include({status: 'streaming'})
    await completed(2)
    expect(prompts().map(({promptId}) => promptId)).to.deep.equal(['first', 'second'])
    expect(harness.record('hang')).to.deep.equal([])
    expect(harness.pids).to.have.length(1)
  })

  it('H67: a corrupt database is told with its path, kills nothing and is left as it is', async () => {
    harness = await bundledHarness()
    const bytes = Buffer.alloc(8192, 0xa5)
    writeFileSync(database(), bytes)
    harness.supervisor.start({kind: 'new'})
    await harness.until(() => harness.view.problem)
    expect(harness.view.problem?.message)
      .to.include(database())
      .and.match(/is damaged/)
    expect(harness.view).to.include({phase: 'live', recovering: false})
    expect(harness.deaths).to.deep.equal([])
    expect(harness.pids).to.have.length(1)
  })

  it('H68: a gateway that is killed while it ends leaves a session that can be resumed', async () => {
    harness = await bundledHarness({recovery: endless})
    await harness.live()
    const key = harness.view.session?.key ?? ''
    for (let n = 0; n < 5; n++) {
      const next = n === 0 ? harness : await bundledHarness({script: {HERMES_HOME: harness.dir}})
      if (next !== harness) await next.live({kind: 'stored', key})
      expect(next.view.session?.key).to.equal(key)
      await next.submit('stream 500 tokens at 500', `p${n}`)
      await next.until(() => next.replied !== '')
      const {pid} = next
      const closed = next.supervisor.close('quit')
      await new Promise((resolve) => setTimeout(resolve, n * 4))
      if (next.record('exit').length === 0) process.kill(pid, 'SIGKILL')
      await closed
      expect(next.deaths).to.deep.equal([])
      if (next !== harness) await next.finish()
    }
    const store = openStore(database())
    expect(store.mostRecent()?.key).to.equal(key)
    const sent = store.messages(key).filter(({role}) => role === 'user')
    store.close()
    expect(sent.map(({promptId}) => promptId)).to.deep.equal(['p0', 'p1', 'p2', 'p3', 'p4'])
  }).timeout(60_000)

  // Only root may mount a disk that is small enough to fill.
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    it('H65: a full disk refuses the prompt and kills nothing; it is taken when there is space', async () => {
      harness = await bundledHarness()
      const disk = path.join(harness.dir, 'disk')
      mkdirSync(disk)
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], {encoding: 'utf8'})
      expect(mount.status, mount.stderr).to.equal(0)
      const full = await bundledHarness({script: {HERMES_HOME: disk}})
      try {
        await full.live()
        await full.submit('2 at 1000', 'first')
        await full.until(() => full.told.includes('event message.complete'))
        const filler = path.join(disk, 'filler')
        spawnSync('sh', ['-c', `cat /dev/zero > '${filler}'`])
        const error = await full.submit('x'.repeat(200_000), 'second').catch((refused) => refused)
        expect(error.message).to.match(/is full/)
        writeFileSync(filler, '')
        expect(await full.submit('2 at 1000', 'second')).to.include({status: 'streaming'})
        await full.until(() => full.told.filter((each) => each === 'event message.complete').length === 2)
        expect(full.deaths).to.deep.equal([])
        expect(full.pids).to.have.length(1)
      } finally {
        await full.finish()
        spawnSync('umount', ['-l', disk])
      }
    })
  }
})
