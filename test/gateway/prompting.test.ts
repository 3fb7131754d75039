import {expect} from 'chai'
import type {WireMessage} from '../../src/protocol/methods.js'
import {Scratch} from './gateway-process.js'

describe('a prompt and its turn', () => {
  const scratch = new Scratch()

  it('goes the way of the reference: start, answer, deltas, complete, info', async () => {
    const gateway = await scratch.start({model: 'offline/20@1000'})
    const {sid, key} = await gateway.create({cols: 100})
    expect(sid).to.match(/^[0-9a-f]{8}$/)
    expect(key).to.match(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
    await gateway.event('session.info')
    const from = gateway.frames.length
    const answer = await gateway.call('prompt.submit', {session_id: sid, text: 'count for me', prompt_id: 'p1'})
    expect(answer).to.deep.equal({status: 'streaming', prompt_id: 'p1'})
    const complete = await gateway.event('message.complete', from)
    const info = await gateway.event(
      'session.info',
      gateway.frames.findIndex((frame) => frame.params?.payload === complete),
    )

    const types = gateway.types(from)
    expect(types[0]).to.equal('message.start')
    expect(types[1]).to.equal('response')
    expect(types.slice(2, -2).every((type) => type === 'message.delta')).to.equal(true)
    expect(types.slice(-2)).to.deep.equal(['message.complete', 'session.info'])
    expect(gateway.frames[from]?.params).to.deep.equal({type: 'message.start', session_id: sid})

    const shown = gateway.shown(from)
    expect(shown).to.match(/^word0 word1[\s\S]*word19$/)
    expect(complete).to.deep.include({text: shown, status: 'complete', prompt_id: 'p1'})
    expect(complete.usage).to.include({model: 'offline/20@1000', output: 20, calls: 1})
    expect(info).to.include({session_key: key, title: 'count for me', running: false, model: 'offline/20@1000'})
    const history = await gateway.call('session.history', {session_id: sid})
    expect(history).to.deep.equal({
      count: 2,
      messages: [
        {role: 'user', text: 'count for me', prompt_id: 'p1'},
        {role: 'assistant', text: shown},
      ],
    })
  })

  it('creates no row before the first prompt', async () => {
    const gateway = await scratch.start()
    const {sid, key} = await gateway.create()
    expect((await gateway.call('session.list')).sessions).to.deep.equal([])
    expect(await gateway.call('session.most_recent')).to.deep.equal({session_id: null})
    await gateway.turn(sid, 'now there is one')
    const {sessions} = await gateway.call<{sessions: {id: string; preview: string}[]}>('session.list')
    expect(sessions).to.have.length(1)
    expect(sessions[0]).to.include({id: key, title: 'now there is one', preview: 'now there is one', message_count: 2})
    expect(await gateway.call('session.most_recent')).to.include({session_id: key})
  })

  it('refuses a second prompt while one runs, an empty one, and one for nobody', async () => {
    const gateway = await scratch.start({model: 'offline/1000@50'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'first'})
    expect(await gateway.refused('prompt.submit', {session_id: sid, text: 'second'})).to.deep.equal({
      code: 4009,
      message: 'session busy',
    })
    expect(await gateway.refused('session.undo', {session_id: sid})).to.deep.equal({
      code: 4009,
      message: 'session busy — /interrupt the current turn before /undo',
    })
    expect((await gateway.refused('prompt.submit', {session_id: sid, text: '  \n'})).code).to.equal(4004)
    expect(await gateway.refused('prompt.submit', {session_id: 'nobody12', text: 'x'})).to.deep.equal({
      code: 4001,
      message: 'session not found',
    })
  })

  it('names a session by its first prompt, also where that one was interrupted and the next tells nothing', async () => {
    const gateway = await scratch.start({model: 'offline/1000@50'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'Tell me of pelicans'})
    await gateway.event('message.delta')
    await gateway.call('session.interrupt', {session_id: sid})
    await gateway.event('message.complete')
    const {sessions} = await gateway.call<{sessions: {id: string; title: string}[]}>('session.list')
    expect(sessions).to.deep.include.members([{...sessions[0], id: key, title: 'Tell me of pelicans'}])
  })

  it('takes a model while a turn runs, for the next prompt', async () => {
    const gateway = await scratch.start({model: 'offline/1000@200'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'first'})
    await gateway.event('message.delta')
    const chosen = await gateway.call('config.set', {key: 'model', value: 'offline/3', session_id: sid})
    expect(chosen).to.include({value: 'offline/3'})
    await gateway.call('session.interrupt', {session_id: sid})
    const {usage} = await gateway.event('message.complete')
    expect(usage).to.include({model: 'offline/1000@200'})
    expect((await gateway.turn(sid, 'second')).usage).to.include({model: 'offline/3'})
  })

  it('runs a prompt id once, whatever its state', async () => {
    const gateway = await scratch.start({model: 'offline/20@100'})
    const {sid} = await gateway.create()
    const prompt = {session_id: sid, text: 'once', prompt_id: 'same'}
    await gateway.call('prompt.submit', prompt)
    expect(await gateway.call('prompt.submit', prompt)).to.deep.equal({
      status: 'streaming',
      duplicate: true,
      prompt_id: 'same',
    })
    await gateway.event('message.complete')
    expect(await gateway.call('prompt.submit', prompt)).to.deep.equal({
      status: 'complete',
      duplicate: true,
      prompt_id: 'same',
    })
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages.filter(({role}) => role === 'user')).to.have.length(1)
    expect(gateway.types().filter((type) => type === 'message.start')).to.have.length(1)
  })

  it('takes the name that the Python gateway has for the id of a prompt', async () => {
    const gateway = await scratch.start({model: 'offline/20@100'})
    const {sid} = await gateway.create()
    const prompt = {session_id: sid, text: 'once', client_turn_id: 'same', queued: true}
    await gateway.call('prompt.submit', prompt)
    expect(await gateway.call('prompt.submit', prompt)).to.deep.include({duplicate: true, prompt_id: 'same'})
    expect(await gateway.call('prompt.submit', {session_id: sid, text: 'once', prompt_id: 'same'})).to.deep.include({
      duplicate: true,
    })
    const complete = await gateway.event('message.complete')
    expect(complete).to.deep.include({prompt_id: 'same'})
  })

  it('runs two identical prompts without ids twice', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    const first = await gateway.turn(sid, 'again')
    const second = await gateway.turn(sid, 'again')
    expect(first.prompt_id).to.not.equal(second.prompt_id)
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages.map(({role}) => role)).to.deep.equal(['user', 'assistant', 'user', 'assistant'])
  })

  it('keeps what was shown of an interrupted reply, and only that', async () => {
    const gateway = await scratch.start({model: 'offline/1000@100'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one', prompt_id: 'p1'})
    await gateway.until(() => gateway.shown().split(' ').length > 5)
    expect(await gateway.call('session.interrupt', {session_id: sid})).to.deep.equal({status: 'interrupted'})
    const complete = await gateway.event('message.complete')
    const shown = gateway.shown()
    expect(complete).to.include({status: 'interrupted', text: shown, prompt_id: 'p1'})
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages).to.deep.equal([
      {role: 'user', text: 'a long one', prompt_id: 'p1'},
      {role: 'assistant', text: shown, status: 'interrupted'},
    ])
    expect(gateway.shown(), 'nothing more came').to.equal(shown)
  })

  it('takes an interrupt that follows its prompt at once', async () => {
    const gateway = await scratch.start({model: 'offline/1000@10'})
    const {sid} = await gateway.create()
    gateway.send('prompt.submit', {session_id: sid, text: 'never mind'})
    gateway.send('session.interrupt', {session_id: sid})
    const complete = await gateway.event('message.complete')
    expect(complete.status).to.equal('interrupted')
    expect(complete.text).to.be.oneOf([null, 'word0'])
  })

  it('is not poisoned by an interrupt while idle', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    await gateway.call('session.interrupt', {session_id: sid})
    expect((await gateway.turn(sid, 'first')).status).to.equal('complete')
    await gateway.call('session.interrupt', {session_id: sid})
    expect((await gateway.turn(sid, 'second')).status).to.equal('complete')
  })

  it('goes on with an interrupted reply where it stopped', async () => {
    const gateway = await scratch.start({model: 'offline/40@100'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'count', prompt_id: 'p1'})
    await gateway.until(() => gateway.shown().includes('word5'))
    await gateway.call('session.interrupt', {session_id: sid})
    await gateway.event('message.complete')
    const before = gateway.shown()
    expect((await gateway.refused('prompt.continue', {session_id: sid, prompt_id: 'other'})).code).to.equal(4018)

    const from = gateway.frames.length
    const answer = await gateway.call('prompt.continue', {session_id: sid, prompt_id: 'p1'})
    expect(answer).to.deep.equal({status: 'streaming', prompt_id: 'p1'})
    expect(gateway.types(from)[0]).to.equal('message.start')
    const complete = await gateway.event('message.complete', from)
    expect(complete).to.include({status: 'complete', text: gateway.shown(from)})
    const whole = before + gateway.shown(from)
    expect(whole.match(/word\d+/g)).to.deep.equal(Array.from({length: 40}, (_, index) => `word${index}`))
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages).to.deep.equal([
      {role: 'user', text: 'count', prompt_id: 'p1'},
      {role: 'assistant', text: whole},
    ])
    expect((await gateway.refused('prompt.continue', {session_id: sid})).code).to.equal(4018)
  })

  it('streams reasoning apart from the reply', async () => {
    const gateway = await scratch.start({model: 'offline/think'})
    const {sid} = await gateway.create()
    const complete = await gateway.turn(sid, 'think about it')
    const reasoning = gateway.shown(0, 'reasoning.delta')
    expect(reasoning).to.not.equal('')
    expect(complete).to.include({reasoning, text: gateway.shown()})
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages[1]).to.deep.equal({role: 'assistant', text: gateway.shown(), reasoning})
  })

  it('tells a failure of the provider in one line with the remedy, and keeps the prompt', async () => {
    const gateway = await scratch.start({model: 'openai/gpt-5.2'})
    const {sid} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'no key', prompt_id: 'p1'})
    const error = await gateway.event('error')
    const complete = await gateway.event('message.complete')
    expect(error.message).to.match(/OPENAI_API_KEY/)
    expect(error.message).to.not.include('\n')
    expect(error.code).to.match(/^provider\//)
    expect(complete).to.include({status: 'error', warning: error.message, text: `Error: ${error.message}`})
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages).to.deep.equal([{role: 'user', text: 'no key', prompt_id: 'p1'}])
    expect(gateway.types().lastIndexOf('session.info')).to.be.greaterThan(gateway.types().indexOf('message.complete'))
    // The same session, another model: the conversation goes on.
    await gateway.call('config.set', {key: 'model', value: 'offline/5', session_id: sid})
    expect((await gateway.turn(sid, 'and now?')).status).to.equal('complete')
  })

  it('uses seed messages as context and keeps them', async () => {
    const gateway = await scratch.start()
    const seed = [
      {role: 'user', content: 'seed question'},
      {role: 'assistant', text: 'seed answer'},
    ]
    const created = await gateway.call('session.create', {title: 'Seeded', messages: seed})
    expect(created.message_count).to.equal(2)
    expect(created.messages).to.deep.equal([
      {role: 'user', text: 'seed question'},
      {role: 'assistant', text: 'seed answer'},
    ])
    const sid = created.session_id
    await gateway.turn(String(sid), 'and then?')
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages.map(({text}) => text).slice(0, 3)).to.deep.equal(['seed question', 'seed answer', 'and then?'])
    expect(await gateway.call('session.most_recent')).to.include({title: 'Seeded'})
  })

  it('edits an earlier prompt: takes it and all after it back', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    for (const text of ['one', 'two', 'three']) await gateway.turn(sid, text)
    const far = await gateway.refused('prompt.submit', {session_id: sid, text: 'x', truncate_before_user_ordinal: 99})
    expect(far).to.deep.equal({code: 4018, message: 'target user message is no longer in session history'})
    const odd = await gateway.refused('prompt.submit', {session_id: sid, text: 'x', truncate_before_user_ordinal: 0.5})
    expect(odd.code).to.equal(4004)
    await gateway.turn(sid, 'TWO', {truncate_before_user_ordinal: 1})
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages.filter(({role}) => role === 'user').map(({text}) => text)).to.deep.equal(['one', 'TWO'])
  })

  it('stops the turn of a session that is closed, and says nothing more of it', async () => {
    const gateway = await scratch.start({model: 'offline/1000@200'})
    const {sid, key} = await gateway.create()
    await gateway.call('prompt.submit', {session_id: sid, text: 'a long one'})
    await gateway.event('message.delta')
    expect(await gateway.call('session.close', {session_id: sid})).to.deep.equal({closed: true})
    expect(gateway.types().slice(-3)).to.deep.equal(['message.complete', 'session.info', 'response'])
    const shown = gateway.shown()
    expect(await gateway.call('session.close', {session_id: sid})).to.deep.equal({closed: false})
    const resumed = await gateway.call<{messages: WireMessage[]}>('session.resume', {session_id: key})
    expect(resumed.messages[1]).to.deep.equal({role: 'assistant', text: shown, status: 'interrupted'})
    expect(gateway.shown()).to.equal(shown)
  })
})
