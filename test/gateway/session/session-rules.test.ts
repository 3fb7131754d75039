import {existsSync, mkdirSync, rmSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {Scratch} from '../gateway-process.js'

describe('what is allowed for a session', () => {
  const scratch = new Scratch()

  /** Submits a prompt that runs a command, and answers where that asks. Resolves to whether it did. */
  async function asks(cwd: string, key?: string): Promise<{asked: boolean; key: string}> {
    const gateway = await scratch.start({model: 'offline/tools', cwd})
    const opened = await (key === undefined
      ? gateway.call<SessionOpened>('session.create')
      : gateway.call<SessionOpened>('session.resume', {session_id: key}))
    const {session_id} = opened
    await gateway.call('prompt.submit', {session_id, text: 'run touch made'})
    await gateway.until(() => gateway.types().some((type) => /^(?:approval\.request|tool\.complete)$/.test(type)))
    const asked = gateway.types().includes('approval.request')
    if (asked) await gateway.call('approval.respond', {session_id, choice: 'session'})
    await gateway.event('message.complete')
    await gateway.kill()
    return {asked, key: key ?? String(opened.stored_session_id)}
  }

  it('is allowed in its folder, in every gateway, and not in another one when that is gone', async () => {
    const [first, second] = ['first', 'second'].map((name) => path.join(scratch.home, name)) as [string, string]
    for (const folder of [first, second]) mkdirSync(folder)
    const {asked, key} = await asks(first)
    expect(asked).to.equal(true)
    expect((await asks(second, key)).asked, 'the session works where it began').to.equal(false)
    expect(existsSync(path.join(second, 'made'))).to.equal(false)
    rmSync(first, {recursive: true})
    expect((await asks(second, key)).asked).to.equal(true)
    expect(existsSync(path.join(second, 'made'))).to.equal(true)
  }).timeout(60_000)
})
