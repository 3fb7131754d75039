import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

describe('the end of a gateway', () => {
  const scratch = new Scratch()

  async function streaming(): Promise<{gateway: GatewayProcess; sid: string; key: string}> {
    const gateway = await scratch.start({model: 'offline/2000@100'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one', prompt_id: 'p1'})
    await gateway.until(() => gateway.shown().includes('word3'))
    return {gateway, sid, key}
  }

  /** What the next gateway says of the turn that the last one was ended in. */
  async function expectSettled(key: string, shown: string, endReason = 'cut_off'): Promise<void> {
    const store = openStore(homeFiles(scratch.home).database)
    expect(store.session(key)).to.include({endReason})
    expect(store.owner(key)).to.equal(undefined)
    expect(store.lastTurn(key)).to.include({status: 'interrupted', deaths: 0})
    store.close()
    const next = await scratch.start()
    const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(opened.interrupted).to.include({assistant: shown, prompt_id: 'p1', deaths: 0})
  }

  it('comes with the end of its input: exit code 0, the turn settled, the session ended', async () => {
    const {gateway, key} = await streaming()
    gateway.child.stdin.end()
    expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
    expect(gateway.stderr).to.include('[gateway-exit] stdin EOF (TUI closed the command pipe)')
    await expectSettled(key, gateway.shown())
  })

  it('comes by request, after the answer', async () => {
    const {gateway, key} = await streaming()
    expect(await gateway.call('gateway.shutdown', {reason: 'quit'})).to.deep.equal({status: 'ok'})
    expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
    expect(gateway.stderr).to.include('[gateway-exit] shutdown requested (quit)')
    await expectSettled(key, gateway.shown(), 'tui_shutdown')
  })

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`does its bookkeeping on ${signal}, then dies of it for the parent to see`, async () => {
      const {gateway, key} = await streaming()
      expect(await gateway.kill(signal)).to.deep.equal({code: null, signal})
      expect(gateway.stderr).to.include(`[gateway-signal] ${signal}`)
      await expectSettled(key, gateway.shown())
    })
  }

  it('does not come by SIGINT or SIGPIPE', async () => {
    const gateway = await scratch.start()
    gateway.child.kill('SIGINT')
    gateway.child.kill('SIGPIPE')
    expect((await gateway.call('gateway.ping')).pong).to.equal(true)
  })

  it('comes when nobody can read its output any more', async () => {
    const {gateway, key} = await streaming()
    const shown = gateway.shown()
    gateway.child.stdout.destroy()
    expect((await gateway.exited).code).to.equal(0)
    expect(gateway.stderr).to.include('[gateway-exit] stdout closed (broken pipe)')
    const store = openStore(homeFiles(scratch.home).database)
    expect(store.lastTurn(key)?.status).to.equal('interrupted')
    expect(store.messages(key).at(-1)?.text.startsWith(shown)).to.equal(true)
    store.close()
  })

  it('answers what was asked before its input ended, and keeps the prompt', async () => {
    const gateway = await scratch.start()
    const {sid, key} = await gateway.create()
    const id = gateway.send('prompt.submit', {session_id: sid, text: 'last wish', prompt_id: 'p1'})
    gateway.child.stdin.end()
    expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
    expect(gateway.frames.find((frame) => frame.id === id)?.result).to.include({status: 'streaming'})
    const store = openStore(homeFiles(scratch.home).database)
    expect(store.lastTurn(key)).to.include({prompt: 'last wish', deaths: 0}).and.not.include({status: 'running'})
    store.close()
  })

  it('ends at once also while a tool waits for the person', async () => {
    const gateway = await scratch.start({model: 'offline/tools'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'use tools', prompt_id: 'p1'})
    await gateway.event('approval.request')
    gateway.child.stdin.end()
    expect(await gateway.exited).to.deep.equal({code: 0, signal: null})
    const store = openStore(homeFiles(scratch.home).database)
    expect(store.lastTurn(key)?.status).to.equal('interrupted')
    store.close()
  })

  it('says its last words when it crashes', async () => {
    const crash = "process.on('SIGUSR2', () => { throw new TypeError('boom\\nsecond line') })"
    const gateway = await scratch.start({
      model: 'offline/2000@100',
      env: {NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(crash)}`},
    })
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'x', prompt_id: 'p1'})
    await gateway.event('message.delta')
    expect(await gateway.kill('SIGUSR2')).to.deep.equal({code: 1, signal: null})
    expect(gateway.stderr).to.match(/^\[gateway-crash\] TypeError: boom$/m)
    expect(gateway.stderr).to.match(/^ {4}at /m)
    // A crash is a death of the turn: it counts.
    const next = await scratch.start()
    const opened = await next.call<SessionOpened>('session.resume', {session_id: key})
    expect(opened.interrupted).to.include({deaths: 1})
  })

  it('lives on with a configuration that is broken, and names the place', async () => {
    const folder = path.join(scratch.home, '.config/hermes')
    const file = path.join(folder, 'config.yaml')
    await mkdir(folder, {recursive: true})
    await writeFile(file, 'recovery:\n  limit: many\n')
    const gateway = await scratch.start()
    const error = await gateway.refused('session.create')
    expect(error.code).to.equal(5001)
    expect(error.message).to.match(/config\.yaml:2:\d+: "recovery\.limit" is "many"/)
    await gateway.until(() => gateway.stderr.includes(`[gateway-error] ${file}:2:`))
    // Mended while it runs.
    await writeFile(file, 'recovery:\n  limit: 2\n')
    expect((await gateway.create()).sid).to.match(/^[0-9a-f]{8}$/)
  })

  it('lives on with a database that is refused, and leaves it alone', async () => {
    const file = homeFiles(scratch.home).database
    await writeFile(file, 'this is no database, but somebody may need it'.repeat(100))
    const gateway = await scratch.start()
    for (const method of ['session.create', 'session.list', 'session.most_recent']) {
      const error = await gateway.refused(method)
      expect(error.code, method).to.equal(5000)
      expect(error.message, method).to.include(file)
    }
    expect(await readFile(file, 'utf8')).to.match(/^this is no database/)
    expect((await gateway.call('gateway.ping')).pong).to.equal(true)
  })
})
