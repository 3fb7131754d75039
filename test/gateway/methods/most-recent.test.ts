import {mkdirSync, rmSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

if (process.platform !== 'win32')
  describe('the session that is gone on with', function () {
    this.timeout(60_000)
    const scratch = new Scratch()
    const folder = (name: string) => {
      const made = path.join(scratch.project, name)
      mkdirSync(made, {recursive: true})
      return made
    }
    const start = (cwd: string, model = 'offline/3', options: {env?: Record<string, string>} = {}) =>
      scratch.start({model, cwd, ...options})
    const recent = async (gateway: GatewayProcess, params: {cwd?: string; unfinished?: boolean} = {}) =>
      (await gateway.call<{session_id: string | null}>('session.most_recent', params)).session_id

    async function said(gateway: GatewayProcess): Promise<string> {
      const {sid, key} = await gateway.create()
      await gateway.turn(sid, 'go')
      return key
    }

    /** A gateway that ends in mid-reply, as it is told. */
    async function cutOff(cwd: string, end: (gateway: GatewayProcess) => unknown): Promise<string> {
      const gateway = await start(cwd, 'offline/2000@50')
      const {sid, key} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: sid, text: 'go', prompt_id: 'p1'})
      await gateway.until(() => gateway.shown().includes('word3 '))
      await end(gateway)
      await gateway.exited
      return key
    }

    it('is the newest of that folder, and none where only others have some', async () => {
      const a = folder('a')
      const b = folder('b')
      const gateway = await start(a)
      const first = await said(gateway)
      const other = await said(await start(b))
      expect(await recent(gateway, {cwd: a})).to.equal(first)
      expect(await recent(gateway, {cwd: b})).to.equal(other)
      expect(await recent(gateway)).to.equal(other)
      expect(await recent(gateway, {cwd: folder('c')})).to.equal(null)
      expect(await recent(gateway, {cwd: folder('c'), unfinished: true})).to.equal(null)
      const listed = await gateway.call<{sessions: {id: string; cwd: string}[]}>('session.list')
      expect(listed.sessions.map(({id, cwd}) => [id, cwd])).to.deep.equal([
        [other, b],
        [first, a],
      ])
    })

    const ends: Record<string, [(gateway: GatewayProcess) => unknown, comesFirst: boolean]> = {
      'was killed': [(gateway) => gateway.child.kill('SIGKILL'), true],
      'lost its client': [(gateway) => gateway.child.stdin.end(), true],
      'was ended by a signal': [(gateway) => gateway.child.kill('SIGTERM'), true],
      'was asked to end': [(gateway) => gateway.call('gateway.shutdown', {reason: 'quit'}), false],
    }
    for (const [what, [end, comesFirst]] of Object.entries(ends)) {
      it(`is${comesFirst ? '' : ' not'} that of another folder whose gateway ${what} in mid-reply, until it was opened`, async () => {
        const a = folder('a')
        const key = await cutOff(a, end)
        const b = folder('b')
        const gateway = await start(b)
        const here = await said(gateway)
        expect(await recent(gateway, {cwd: b})).to.equal(here)
        expect(await recent(gateway, {cwd: b, unfinished: true})).to.equal(comesFirst ? key : here)
        const {session_id} = await gateway.call<{session_id: string}>('session.resume', {session_id: key})
        await gateway.call('session.close', {session_id})
        expect(await recent(gateway, {cwd: b, unfinished: true})).to.equal(here)
      })
    }

    it('is that which waits for an answer, until it has it', async () => {
      const a = folder('a')
      const asking = await start(a, 'offline/tools')
      const {sid, key} = await asking.create()
      await asking.call('prompt.submit', {session_id: sid, text: 'run touch made', prompt_id: 'p1'})
      await asking.event('approval.request')
      const b = folder('b')
      const gateway = await start(b)
      const here = await said(gateway)
      // Open in another hermes, where it is asked.
      expect(await recent(gateway, {cwd: b, unfinished: true})).to.equal(here)
      await asking.call('gateway.shutdown', {reason: 'quit'})
      await asking.exited
      expect(await recent(gateway, {cwd: b, unfinished: true})).to.equal(key)
      expect(await recent(gateway, {cwd: b})).to.equal(here)
    })

    it('says that its folder is gone', async () => {
      const gone = path.join(scratch.project, 'gone')
      mkdirSync(gone)
      const before = await start(gone)
      const key = await said(before)
      await before.kill('SIGTERM')
      rmSync(gone, {recursive: true})
      const b = folder('b')
      const gateway = await start(b)
      const opened = await gateway.call<{lost_cwd?: string; info: {cwd: string}}>('session.resume', {session_id: key})
      expect(opened.lost_cwd).to.equal(gone)
      expect(opened.info.cwd).to.equal(b)
    })
  })
