import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {handDownConfig} from '../../../src/config/handed-down.js'
import {defaultConfig} from '../../../src/config/schema.js'
import {handDownHandOver} from '../../../src/hand-over/handed-down.js'
import {isSameProcess} from '../../../src/platform.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {AttachedClient, detachedIn, instance} from './attached-client.js'

if (process.platform !== 'win32')
  describe('a queue whose terminal is lost', function () {
    this.timeout(60_000)
    const scratch = new Scratch()
    const folder = () => path.join(scratch.home, 'run')

    async function start(drains: boolean, {lingerMs = 0, model = 'offline/40@400'} = {}): Promise<GatewayProcess> {
      const values = {
        ...defaultConfig(),
        'session.queueWhileDetached': drains,
        'session.lingerMs': lingerMs,
        model,
      }
      const env = {
        ...handDownConfig({values, files: []}),
        ...handDownHandOver({instance: instance(0), folder: folder()}),
      }
      return scratch.start({model, cwd: scratch.project, env})
    }

    /** As a chat that was killed left it. */
    function leave(key: string, ids: readonly string[], more: {held?: true} = {}): void {
      const outbox = path.join(scratch.home, 'outbox')
      mkdirSync(outbox, {recursive: true})
      const prompts = ids.map((id) => ({id, text: `prompt ${id}`, state: 'queued', shown: false}))
      const content = {version: 1, pid: process.pid, birth: '1', draft: '', prompts, ...more}
      writeFileSync(path.join(outbox, `${key}+new-00000000.json`), JSON.stringify(content))
    }

    async function lose(gateway: GatewayProcess, ids: readonly string[], more: {held?: true} = {}): Promise<string> {
      const {sid, key} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: sid, text: 'prompt p1', prompt_id: 'p1'})
      await gateway.until(() => gateway.shown().includes('word3 '))
      leave(key, ids, more)
      gateway.child.stdin.destroy()
      return key
    }

    const ended = async ({pid}: GatewayProcess) => {
      while (isSameProcess({pid})) await new Promise((resolve) => setTimeout(resolve, 5))
    }

    /** What was said, by prompt. */
    async function stored(key: string): Promise<string[]> {
      const next = await scratch.start()
      const {messages} = await next.call<{messages: {role: string; prompt_id?: string; status?: string}[]}>(
        'session.resume',
        {session_id: key},
      )
      return messages.filter(({role}) => role === 'user').map(({prompt_id: id}) => id ?? '')
    }

    it('goes out one prompt after the other, each once, and then the gateway ends', async () => {
      const gateway = await start(true)
      const key = await lose(gateway, ['p1', 'p2', 'p3'])
      await ended(gateway)
      expect(await stored(key)).to.deep.equal(['p1', 'p2', 'p3'])
    })

    for (const [what, drains, more] of [
      ['it is not to go out', false, {}],
      ['it waited for the person', true, {held: true}],
    ] as const) {
      it(`stays where ${what}`, async () => {
        const gateway = await start(drains)
        const key = await lose(gateway, ['p2'], more)
        await ended(gateway)
        expect(await stored(key)).to.deep.equal(['p1'])
      })
    }

    it('stays behind a reply that broke off', async () => {
      const gateway = await start(true, {model: 'offline/2000@200'})
      const key = await lose(gateway, ['p2'])
      const client = await AttachedClient.to(await detachedIn(folder()))
      const opened = await client.resume(key)
      await client.call('session.interrupt', {session_id: opened.session_id})
      await client.hangUp()
      await ended(gateway)
      expect(await stored(key)).to.deep.equal(['p1'])
    })

    it('is nobody else’s while somebody is there, who sends what is left and nothing twice', async () => {
      const gateway = await start(true, {lingerMs: 60_000, model: 'offline/300@300'})
      const key = await lose(gateway, ['p2', 'p3'])
      const running = await detachedIn(folder())
      const client = await AttachedClient.to(running)
      const opened = await client.resume(key)
      expect(opened.running).to.equal(true)
      await client.until(() => client.types().includes('message.complete'))
      const submit = (id: string) =>
        client.call('prompt.submit', {session_id: opened.session_id, text: `prompt ${id}`, prompt_id: id})
      expect(await submit('p2')).to.include({status: 'streaming'})
      await client.until(() => client.types().filter((type) => type === 'message.complete').length === 2)
      await client.hangUp()
      // p2 had its turn: what is left is p3.
      const again = await AttachedClient.to(await detachedIn(folder()))
      const back = await again.resume(key)
      if (back.running) await again.until(() => again.types().includes('message.complete'))
      for (const id of ['p2', 'p3']) {
        const answer = await again.call('prompt.submit', {session_id: back.session_id, text: 'x', prompt_id: id})
        expect(answer).to.include({duplicate: true, status: 'complete'})
      }
      await again.call('gateway.shutdown')
      await ended(gateway)
      expect(await stored(key)).to.deep.equal(['p1', 'p2', 'p3'])
    })
  })
