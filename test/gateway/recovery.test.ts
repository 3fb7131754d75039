import {existsSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {homeFiles} from '../../src/platform.js'
import type {InterruptedTurn, SessionOpened, WireMessage} from '../../src/protocol/methods.js'
import {startOpenAiServer} from '../fixtures/openai-server.js'
import {runs, someOf} from '../helpers/sample.js'
import {Scratch} from './gateway-process.js'

type Opened = SessionOpened & Record<string, unknown>

describe('recovery after kill -9', () => {
  const scratch = new Scratch()

  /** Kills a gateway in mid-reply. */
  async function broken(model: string, untilShown: string) {
    const gateway = await scratch.start({model})
    const {sid, key} = await gateway.create()
    await gateway.call('config.set', {key: 'model', value: 'offline/5', session_id: sid})
    await gateway.turn(sid, 'an earlier prompt #1')
    await gateway.call('config.set', {key: 'model', value: model, session_id: sid})
    const from = gateway.frames.length
    await gateway.call('prompt.submit', {session_id: sid, text: 'the one that dies', prompt_id: 'dies'})
    await gateway.until(() => gateway.shown(from).includes(untilShown))
    expect(await gateway.kill()).to.deep.equal({code: null, signal: 'SIGKILL'})
    return {sid, key, shown: gateway.shown(from)}
  }

  for (const way of someOf(['key', 'live id', 'title'] as const, 2)) {
    it(`resumes by ${way} with all that was shown, and tells that it broke off`, async () => {
      const {sid, key, shown} = await broken('offline/60@300', 'word40')
      const next = await scratch.start({model: 'offline/60@300'})
      const name = {key, 'live id': sid, title: 'an earlier prompt #1'}[way]
      const from = next.frames.length
      const opened = await next.call<Opened>('session.resume', {session_id: name, cols: 100})

      expect(next.types(from)).to.deep.equal(['response'])
      expect((await next.event('session.info', from)).tools).to.not.deep.equal({})
      expect(opened).to.include({resumed: key, session_key: key, running: false, status: 'idle', inflight: null})
      expect(opened.session_id)
        .to.match(/^[0-9a-f]{8}$/)
        .and.not.equal(sid)
      expect(opened.message_count).to.equal(4)
      const [, , prompt, reply] = opened.messages
      expect(prompt).to.deep.equal({role: 'user', text: 'the one that dies', prompt_id: 'dies'})
      expect(reply).to.include({role: 'assistant', status: 'interrupted'})
      const text = String(reply?.text)
      expect(text.startsWith(shown), `${text} begins with ${shown}`).to.equal(true)
      expect(opened.interrupted).to.deep.equal({
        prompt_id: 'dies',
        user: 'the one that dies',
        assistant: text,
        reasoning: '',
        tools: [],
        deaths: 1,
      } satisfies InterruptedTurn)
    })
  }

  it('tells why the last reply is not whole, until another one follows', async () => {
    const finishes = {length: 'length', 'content-filter': 'content_filter', empty: 'stop'} as const
    const server = await startOpenAiServer(({messages}) => {
      const reason = messages.findLast(({role}) => role === 'user')?.content as keyof typeof finishes
      const finish = finishes[reason] ?? 'stop'
      return {kind: 'stream', text: reason === 'empty' ? [] : ['some words'], finish}
    })
    try {
      const env = {HERMES_CONFIG: path.join(scratch.home, 'provider.json')}
      writeFileSync(env.HERMES_CONFIG, JSON.stringify({providers: {test: {baseUrl: server.url}}}))
      for (const reason of Object.keys(finishes)) {
        const gateway = await scratch.start({model: 'test/m', env})
        const {sid, key} = await gateway.create()
        const told = await gateway.turn(sid, reason, {prompt_id: `p-${reason}`})
        expect(told.stop_reason).to.equal(reason)
        await gateway.kill()
        const next = await scratch.start({model: 'test/m', env})
        const opened = await next.call<Opened>('session.resume', {session_id: key})
        expect(opened.ended).to.deep.equal({
          prompt_id: `p-${reason}`,
          stop_reason: reason,
          warning: told.warning,
        })
        await next.turn(String(opened.session_id), 'go on')
        await next.kill()
        const last = await scratch.start({model: 'test/m', env})
        expect(await last.call<Opened>('session.resume', {session_id: key})).to.include({ended: null})
        await last.kill()
      }
    } finally {
      await server.close()
    }
  })

  it('tells only the newest messages where a limit is given, and how many there are', async () => {
    const {key} = await broken('offline/60@300', 'word40')
    const next = await scratch.start()
    const opened = await next.call<Opened>('session.resume', {session_id: key, limit: 1})
    expect(opened.message_count).to.equal(4)
    expect(opened.messages.map(({role}) => role)).to.deep.equal(['user', 'assistant'])
    expect(opened.messages[0]).to.include({text: 'the one that dies'})
    expect(opened.interrupted).to.include({prompt_id: 'dies', user: 'the one that dies'})
  })

  it('answers the resent prompt with its fate instead of running it again', async () => {
    const {key} = await broken('offline/60@300', 'word40')
    const next = await scratch.start()
    const {session_id} = await next.call('session.resume', {session_id: key})
    const again = {session_id, text: 'the one that dies', prompt_id: 'dies'}
    expect(await next.call('prompt.submit', again)).to.deep.equal({
      status: 'interrupted',
      duplicate: true,
      prompt_id: 'dies',
    })
    expect(next.types()).to.not.include('message.start')
  })

  it('goes on with the reply word for word in the new process', async () => {
    const {key, shown} = await broken('offline/60@300', 'word40')
    const next = await scratch.start({model: 'offline/60@300'})
    const opened = await next.call<Opened>('session.resume', {session_id: key})
    const partial = opened.interrupted?.assistant ?? ''
    expect(partial.startsWith(shown)).to.equal(true)
    await next.call('prompt.continue', {session_id: opened.session_id})
    await next.event('message.complete')
    const whole = partial + next.shown()
    expect(whole.match(/word\d+/g)).to.deep.equal(Array.from({length: 60}, (_, index) => `word${index}`))
    const {messages} = await next.call<{messages: WireMessage[]}>('session.history', {session_id: opened.session_id})
    expect(messages.at(-1)).to.deep.equal({role: 'assistant', text: whole})
  })

  it('counts the processes that died over one turn', async () => {
    const {key} = await broken('offline/200@50', 'word3')
    for (const deaths of [1, 2]) {
      const next = await scratch.start({model: 'offline/200@50'})
      const opened = await next.call<Opened>('session.resume', {session_id: key})
      expect(opened.interrupted?.deaths).to.equal(deaths)
      await next.call('prompt.continue', {session_id: opened.session_id})
      await next.event('message.delta')
      await next.kill()
    }
  })

  it('keeps a prompt that died before its first word', async () => {
    const gateway = await scratch.start({model: 'offline/200@1'})
    const {sid, key} = await gateway.create()
    gateway.send('prompt.submit', {session_id: sid, text: 'hardly sent', prompt_id: 'p1'})
    await gateway.event('message.start')
    await gateway.kill()
    const next = await scratch.start()
    const opened = await next.call<Opened>('session.resume', {session_id: key})
    expect(opened.messages[0]).to.deep.equal({role: 'user', text: 'hardly sent', prompt_id: 'p1'})
    expect(opened.interrupted).to.include({prompt_id: 'p1', user: 'hardly sent', deaths: 1})
  })

  it('keeps finished tools, and asks again for the one that waited', async () => {
    const gateway = await scratch.start({model: 'offline/tools', cwd: scratch.project})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'use the tools', prompt_id: 'p1'})
    await gateway.event('approval.request')
    await gateway.call('approval.respond', {session_id: sid, choice: 'once'})
    const done = await gateway.event('tool.complete')
    const second = await gateway.frame(
      (frame) => frame.params?.type === 'approval.request',
      gateway.frames.findIndex((frame) => frame.params?.payload === done),
    )
    expect(second.params?.payload?.command).to.match(/^rm /)
    const shown = gateway.shown()
    await gateway.kill()

    const next = await scratch.start({model: 'offline/tools', cwd: scratch.project})
    const opened = await next.call<Opened>('session.resume', {session_id: key})
    expect(opened).to.include({running: true, status: 'waiting', interrupted: null})
    const tools = opened.messages.filter(({role}) => role === 'tool')
    expect(tools.map(({name, status}) => [name, status])).to.deep.equal([
      ['write_file', undefined],
      ['read_file', undefined],
    ])
    expect(tools[0]?.result).to.deep.equal(done.result)
    expect(opened.inflight?.assistant.startsWith(shown)).to.equal(true)
    expect(await next.event('approval.request')).to.deep.equal(second.params?.payload)
    expect(existsSync(path.join(scratch.project, 'hermes-offline-demo.txt'))).to.equal(true)
    await next.call('approval.respond', {session_id: opened.session_id, choice: 'once'})
    expect((await next.event('message.complete')).status).to.equal('complete')
    expect(next.types().filter((type) => type === 'tool.start')).to.have.length(1)
    expect(existsSync(path.join(scratch.project, 'hermes-offline-demo.txt'))).to.equal(false)
  })

  it('knows a session that was never prompted by the live id that it had, and keeps its key', async () => {
    const gateway = await scratch.start()
    const {sid, key} = await gateway.create()
    await gateway.event('session.info')
    await gateway.kill()
    const next = await scratch.start()
    for (const name of [key, 'no such title']) {
      expect(await next.refused('session.resume', {session_id: name})).to.deep.equal({
        code: 4007,
        message: 'session not found',
      })
    }
    expect(await next.refused('session.resume')).to.deep.equal({code: 4006, message: 'session_id required'})
    const opened = await next.call<Opened>('session.resume', {session_id: sid})
    expect(opened).to.include({resumed: key, session_key: key, message_count: 0, running: false})
    const {sessions} = await next.call<{sessions: unknown[]}>('session.list')
    expect(sessions).to.deep.equal([])
    await next.turn(opened.session_id, 'the first prompt')
    await next.kill()
    const last = await scratch.start()
    expect((await last.call<Opened>('session.resume', {session_id: sid})).session_key).to.equal(key)
  })

  it('creates a session under the key that one without a prompt had, if it is free and a key', async () => {
    const gateway = await scratch.start()
    const {key} = await gateway.create()
    await gateway.kill()
    const next = await scratch.start()
    const again = await next.create({stored_session_id: key})
    expect(again.key).to.equal(key)
    await next.turn(again.sid, 'said in it')
    for (const wanted of [key, '', '../x', "20261123_184200_a1b2c3'", 'a title']) {
      expect((await next.create({stored_session_id: wanted})).key, wanted)
        .to.match(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
        .and.not.equal(key)
    }
  })

  it('shows a session that is open in this process as it is, running turn included', async () => {
    const gateway = await scratch.start({model: 'offline/500@100'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'running', prompt_id: 'p1'})
    await gateway.until(() => gateway.shown().includes('word3'))
    const opened = await gateway.call<Opened>('session.resume', {session_id: key})
    const activated = await gateway.call<Opened>('session.activate', {session_id: sid})
    expect(opened).to.include({session_id: sid, resumed: key, running: true, status: 'working', message_count: 1})
    expect(opened.messages).to.deep.equal([{role: 'user', text: 'running', prompt_id: 'p1'}])
    expect(activated).to.include({session_id: sid, session_key: key, running: true})
    expect(activated).to.not.have.property('resumed')
    // The screen of Hermes Agent shows `user` behind the messages.
    for (const {inflight} of [opened, activated]) expect(inflight).to.include({user: '', streaming: true})
    const ours = await gateway.call<Opened>('session.resume', {session_id: key, limit: 200})
    expect(ours.inflight).to.include({user: 'running', streaming: true})
    expect(opened.inflight?.assistant).to.match(/^word0 word1 word2 word3/)
    expect(gateway.types().filter((type) => type === 'message.start')).to.have.length(1)
  })

  it('loses no acknowledged prompt and doubles none over kills at random moments', async () => {
    const acknowledged: string[] = []
    let key: string | undefined
    for (let round = 0; round < runs(8, 4); round++) {
      const gateway = await scratch.start({model: 'offline/50@400'})
      const opened: Record<string, unknown> = key
        ? await gateway.call('session.resume', {session_id: key})
        : await gateway.call('session.create')
      key ??= String(opened.stored_session_id)
      const prompt = {session_id: opened.session_id, text: `prompt ${round}`, prompt_id: `p${round}`}
      const answer = gateway.request('prompt.submit', prompt).then(() => acknowledged.push(`prompt ${round}`))
      // A session that no prompt was stored in is none to come back to.
      if (round === 0) await answer
      const delay = Math.trunc(Math.random() * 120)
      await Promise.race([new Promise((resolve) => setTimeout(resolve, delay)), gateway.exited])
      await gateway.kill()
      await answer.catch(() => undefined)
    }
    const store = openStore(homeFiles(scratch.home).database)
    const prompts = store.messages(key ?? '').filter(({role}) => role === 'user')
    const texts = prompts.map(({text}) => text)
    store.close()
    expect(texts).to.include.members(acknowledged)
    expect(new Set(texts).size, texts.join()).to.equal(texts.length)
  })
})
