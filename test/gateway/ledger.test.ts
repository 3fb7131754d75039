import {existsSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {outcomes} from '../../src/gateway/turn/history.js'
import {defaultRunPermissions, runPermissionsVariable} from '../../src/permissions/run-permissions.js'
import {homeFiles} from '../../src/platform.js'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {someOf} from '../helpers/sample.js'
import {type GatewayProcess, Scratch} from './gateway-process.js'
import {questionsIn, type ScriptedCall, ToolConversation} from './tool-conversation.js'

const dieAtCommit = fileURLToPath(new URL('../supervisor/fixtures/die-at-commit.mjs', import.meta.url))

const write = (word: string): ScriptedCall => ({name: 'terminal', args: {command: `echo ${word} >> log`}})
/** Says that it began, and runs until it is killed with its gateway or `go` is there. */
const hang = (word: string): ScriptedCall => ({
  name: 'terminal',
  args: {command: `echo ${word} >> log; while [ ! -e go ]; do sleep 0.02; done; echo late ${word} >> log`},
})
const clarify: ScriptedCall = {name: 'clarify', args: {question: 'Which?', choices: ['red', 'blue']}}
const list: ScriptedCall = {name: 'list_files', args: {}}

describe('the ledger of tool calls', () => {
  const scratch = new Scratch()
  const database = () => homeFiles(scratch.home).database
  let talk: ToolConversation

  const begin = async (...calls: ScriptedCall[]) => {
    talk = await ToolConversation.start(scratch, calls)
    return talk.begin()
  }
  afterEach(() => talk?.server.close())

  const nextQuestion = (gateway: GatewayProcess, after?: Record<string, unknown>) =>
    gateway
      .until(() => questionsIn(gateway.frames).at(-1) !== after && questionsIn(gateway.frames).length > 0)
      .then(() => questionsIn(gateway.frames).at(-1) ?? {})

  async function ended(gateway: GatewayProcess): Promise<void> {
    expect((await gateway.event('message.complete')).status).to.equal('complete')
  }

  it('asks the same question again after kill -9, and runs the call once when it is allowed', async () => {
    const gateway = await begin(write('one'), write('two'), write('three'))
    await talk.answer(gateway, {request_id: (await nextQuestion(gateway)).request_id, choice: 'once'})
    await gateway.event('tool.complete')
    const asked = await nextQuestion(gateway, questionsIn(gateway.frames)[0])
    expect(asked.command).to.include('two')
    await gateway.kill()
    expect(talk.states()).to.deep.equal(['complete', 'asked', 'not-started'])

    const {gateway: next, opened} = await talk.open()
    expect(opened).to.include({running: true, status: 'waiting', interrupted: null})
    expect(opened.inflight).to.include({assistant: 'Three things.', prompt_id: 'p1', streaming: true})
    // What is settled of the turn, and nothing of what is still to come.
    expect(opened.messages.map(({role, tool_id}) => tool_id ?? role)).to.deep.equal(['user', 'assistant', 'call_1'])
    expect(await nextQuestion(next)).to.deep.equal(asked)
    expect(next.types()).to.not.include('message.start')
    expect((await next.event('tool.start')).tool_id).to.equal('call_2')
    expect((await next.refused('prompt.submit', {session_id: talk.sid, text: 'now?'})).code).to.equal(4009)
    await talk.answer(next, {request_id: asked.request_id, choice: 'once'})
    const third = await nextQuestion(next, questionsIn(next.frames)[0])
    expect(third.command).to.include('three')
    await talk.answer(next, {request_id: third.request_id, choice: 'deny', reason: 'two are enough'})
    await ended(next)

    expect(await talk.log()).to.deep.equal(['one', 'two'])
    expect(talk.states()).to.deep.equal(['complete', 'complete', 'denied'])
    const {call_1, call_2, call_3} = talk.told()
    expect([call_1, call_2].map((told) => JSON.parse(told ?? '').exit_code)).to.deep.equal([0, 0])
    expect(call_3).to.include('the person said no: two are enough')
    expect(next.shown(), 'set apart from what was shown before').to.equal('\n\ndone')
  })

  it('asks a clarifying question again after kill -9', async () => {
    const gateway = await begin(clarify)
    const asked = await nextQuestion(gateway)
    await gateway.kill()
    const {gateway: next, opened} = await talk.open()
    expect(opened).to.include({running: true, status: 'waiting'})
    expect(await nextQuestion(next)).to.deep.equal(asked)
    await next.call('clarify.respond', {request_id: asked.request_id, answer: 'green'})
    await ended(next)
    expect(JSON.parse(talk.told().call_1 ?? '').user_response).to.equal('green')
  })

  it('keeps the question when the gateway is ended in order: its client is gone, and nobody said no', async () => {
    const ends = [
      (gateway: GatewayProcess) => gateway.child.stdin.end(),
      (gateway: GatewayProcess) => gateway.kill('SIGTERM'),
      (gateway: GatewayProcess) => gateway.call('session.close', {session_id: talk.sid}),
    ]
    for (const end of someOf(ends, 1)) {
      talk?.server.close()
      const gateway = await begin(write('one'))
      const asked = await nextQuestion(gateway)
      await end(gateway)
      if (gateway.child.stdin.writable) await gateway.kill()
      else await gateway.exited
      expect(gateway.types()).to.not.include('message.complete')
      const {gateway: next} = await talk.open()
      expect(await nextQuestion(next)).to.deep.equal(asked)
      await next.call('session.interrupt', {session_id: talk.sid})
      await next.event('message.complete')
    }
    expect(await talk.log()).to.deep.equal([])
  })

  it('tells what became of each call when it was killed in the second of three', async () => {
    const gateway = await begin(write('one'), hang('two'), write('three'))
    for (let n = 0; n < 2; n++) {
      const asked = await nextQuestion(gateway, questionsIn(gateway.frames)[n - 1])
      await talk.answer(gateway, {request_id: asked.request_id, choice: 'once'})
    }
    while (!(await talk.log()).includes('two')) await new Promise((resolve) => setTimeout(resolve, 5))
    await gateway.kill()
    const {gateway: next, opened} = await talk.open()
    expect(opened).to.include({running: false, status: 'idle', inflight: null})
    const states = ['complete', 'unknown', 'not-started']
    expect(opened.interrupted?.tools.map(({status}) => status)).to.deep.equal(states)
    expect(opened.messages.slice(2).map(({status}) => status ?? 'complete')).to.deep.equal(states)
    await next.call('prompt.continue', {session_id: talk.sid})
    await ended(next)
    // None of them ran by itself.
    expect(next.types()).to.not.include.members(['tool.start'])
    expect(JSON.parse(talk.told().call_2 ?? '')).to.deep.equal(outcomes.unknown)
    expect(JSON.parse(talk.told().call_3 ?? '')).to.deep.equal(outcomes['not-started'])
    expect(await talk.log()).to.deep.equal(['one', 'two'])
  })

  it('runs again by itself what only reads, and tells the model its result', async () => {
    const gateway = await begin(list, write('two'))
    await nextQuestion(gateway)
    await gateway.kill()
    // As if it had died while it listed: a call that reads takes no time that could be hit.
    openStore(database()).settleSession(talk.key)
    const db = new DatabaseSync(database())
    db.exec(`UPDATE messages SET tool_state = 'unknown', tool_result = NULL, status = 'interrupted'
             WHERE tool_id = 'call_1'`)
    db.close()
    const {gateway: next} = await talk.open()
    await talk.answer(next, {request_id: (await nextQuestion(next)).request_id, choice: 'once'})
    await ended(next)
    const started = next.frames.flatMap(({params}) => (params?.type === 'tool.start' ? [params.payload?.tool_id] : []))
    expect(started).to.deep.equal(['call_1', 'call_2'])
    expect(JSON.parse(talk.told().call_1 ?? '')).to.not.have.property('error')
    expect(talk.states()).to.deep.equal(['complete', 'complete'])
  })

  it('closes the question when the turn is interrupted, and says that it was open', async () => {
    const gateway = await begin(write('one'), write('two'))
    const asked = await nextQuestion(gateway)
    await gateway.call('session.interrupt', {session_id: talk.sid})
    expect((await gateway.event('message.complete')).status).to.equal('interrupted')
    const ends = gateway.frames.flatMap(({params}) => (params?.type === 'tool.complete' ? [params.payload] : []))
    expect(ends.map((end) => [end?.tool_id, end?.status])).to.deep.equal([
      ['call_1', 'asked'],
      ['call_2', 'not-started'],
    ])
    const late = {session_id: talk.sid, request_id: asked.request_id, choice: 'once'}
    expect((await gateway.refused('approval.respond', late)).code).to.equal(4009)
    await gateway.kill()
    const {gateway: next, opened} = await talk.open()
    expect(opened).to.include({running: false})
    expect(opened.interrupted?.tools.map(({status}) => status)).to.deep.equal(['asked', 'not-started'])
    await next.call('prompt.continue', {session_id: talk.sid})
    await ended(next)
    expect(JSON.parse(talk.told().call_1 ?? '')).to.deep.equal(outcomes.asked)
    expect(await talk.log()).to.deep.equal([])
  })

  it('asks anew where it is no longer the same that is asked for', async () => {
    const file = path.join(scratch.project, 'a.txt')
    writeFileSync(file, 'one\n')
    const gateway = await begin({name: 'edit_file', args: {path: 'a.txt', edits: [{old: 'one', new: 'two'}]}})
    const asked = await nextQuestion(gateway)
    await gateway.kill()
    writeFileSync(file, 'one\nand more\nlines\n')
    const {gateway: next} = await talk.open()
    const again = await nextQuestion(next)
    expect(again.diff).to.not.equal(asked.diff)
    expect(again.request_id).to.not.equal(asked.request_id)
    const old = {session_id: talk.sid, request_id: asked.request_id, choice: 'once'}
    expect((await next.refused('approval.respond', old)).code).to.equal(4009)
    await next.kill()
    const {gateway: third} = await talk.open()
    expect(await nextQuestion(third), 'the new one has taken its place').to.deep.equal(again)
  })

  it('leaves a turn that waits as it is where nobody can be asked, whatever it asks', async () => {
    writeFileSync(path.join(scratch.home, 'a.txt'), 'one\n')
    writeFileSync(path.join(scratch.project, 'a.txt'), 'one\n')
    const edits = [{old: 'one', new: 'two'}]
    const nobody = {[runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, interactive: false})}
    const waiting = [
      write('one'),
      clarify,
      {name: 'edit_file', args: {path: 'a.txt', edits}},
      {name: 'read_file', args: {path: '../home/a.txt'}},
    ]
    for (const call of someOf(waiting, 1)) {
      talk?.server.close()
      const gateway = await begin(call, write('after'))
      const asked = await nextQuestion(gateway)
      await gateway.kill()
      for (let look = 0; look < 3; look++) {
        const {gateway: other, opened} = await talk.open(nobody)
        expect(opened, call.name).to.include({running: false, status: 'waiting', inflight: null})
        expect(opened.interrupted).to.include({prompt_id: 'p1'})
        const again = await other.call<SessionOpened>('session.resume', {session_id: talk.key})
        expect(again).to.include({running: false, status: 'waiting'})
        expect(questionsIn(other.frames)).to.deep.equal([])
        if (look === 0) await other.kill()
        else {
          other.child.stdin.end()
          await other.exited
        }
        expect(talk.states(), call.name).to.deep.equal(['asked', 'not-started'])
      }
      const {gateway: next, opened} = await talk.open()
      expect(opened, call.name).to.include({running: true, status: 'waiting'})
      expect(await nextQuestion(next)).to.deep.equal(asked)
      await next.kill()
      talk.key = ''
    }
    expect(await talk.log()).to.deep.equal([])
  })

  it('goes on where nobody can be asked with its own question, when it is told to', async () => {
    const nobody = {[runPermissionsVariable]: JSON.stringify({...defaultRunPermissions, interactive: false})}
    talk = await ToolConversation.start(scratch, [clarify, write('one')])
    const {gateway} = await talk.open(nobody)
    await gateway.call('prompt.submit', {session_id: talk.sid, text: 'go', prompt_id: 'p1'})
    const asked = await nextQuestion(gateway)
    await gateway.kill()
    const {gateway: next} = await talk.open(nobody)
    await next.call('prompt.continue', {session_id: talk.sid, prompt_id: 'p1'})
    expect(await nextQuestion(next)).to.deep.equal(asked)
    await next.call('clarify.respond', {request_id: asked.request_id, answer: ''})
    await ended(next)
    expect(talk.states()).to.deep.equal(['complete', 'denied'])
    expect(talk.told().call_2).to.include('not allowed in this run')
  })

  it('asks in the gateway that takes the session over, and takes no answer in the other one', async () => {
    const gateway = await begin(write('one'))
    const asked = await nextQuestion(gateway)
    const first = {session_id: talk.sid, request_id: asked.request_id, choice: 'once'}
    const next = await scratch.start({model: 'mine/any'})
    expect((await next.refused('session.resume', {session_id: talk.key})).code).to.equal(4091)
    const opened = await next.call<SessionOpened>('session.resume', {session_id: talk.key, take_over: true})
    expect(opened).to.include({running: true, status: 'waiting'})
    expect(await nextQuestion(next)).to.deep.equal(asked)
    expect((await gateway.refused('approval.respond', first)).code).to.equal(4091)
    expect((await gateway.event('error')).code).to.equal('session/taken-over')
    await gateway.event('message.complete')
    talk.sid = opened.session_id
    expect(await talk.log()).to.deep.equal([])
    await talk.answer(next, {request_id: asked.request_id, choice: 'once'})
    await ended(next)
    expect(await talk.log()).to.deep.equal(['one'])
  })

  it('shows an open question again to a client that comes to a session that is open', async () => {
    const gateway = await begin(write('one'))
    const asked = await nextQuestion(gateway)
    const opened = await gateway.call<SessionOpened>('session.resume', {session_id: talk.key})
    expect(opened).to.include({running: true, status: 'waiting'})
    await gateway.until(() => questionsIn(gateway.frames).length === 2)
    expect(questionsIn(gateway.frames)).to.deep.equal([asked, asked])
  })

  it('asks in no branch, and forgets a question with its session', async () => {
    const gateway = await begin(write('one'))
    await nextQuestion(gateway)
    await gateway.kill()
    const next = await scratch.start({model: 'mine/any'})
    const branch = await next.call<SessionOpened>('session.branch', {session_id: talk.key})
    expect(branch).to.include({running: false})
    expect(branch.interrupted?.tools.map(({status}) => status)).to.deep.equal(['asked'])
    expect(await next.call('session.delete', {session_id: talk.key})).to.deep.equal({deleted: talk.key})
    expect((await next.refused('session.resume', {session_id: talk.key})).code).to.equal(4007)
  })

  it('is not asked again by itself where processes die on the way to the question', async () => {
    const gateway = await begin(write('one'))
    await nextQuestion(gateway)
    await gateway.kill()
    const store = openStore(database())
    store.settleSession(talk.key)
    const {id = 0} = store.lastTurn(talk.key) ?? {}
    for (let death = 0; death < 2; death++) {
      expect(store.takeUpTurn(id)?.questions).to.have.length(1)
      store.settleSession(talk.key)
    }
    store.close()
    const {gateway: next, opened} = await talk.open()
    expect(opened).to.include({running: false})
    expect(opened.interrupted).to.include({deaths: 3})
    // The person may try.
    await next.call('prompt.continue', {session_id: talk.sid})
    await talk.answer(next, {request_id: (await nextQuestion(next)).request_id, choice: 'once'})
    await ended(next)
    expect(await talk.log()).to.deep.equal(['one'])
  })

  // About 34 commits; each takes a second where others use the processor.
  const stride = Number(process.env.HERMES_LEDGER_STRIDE ?? 20)
  const first = 1 + Math.floor(Math.random() * stride)
  const which = `${first}, ${first + stride} … (HERMES_LEDGER_STRIDE=${stride})`
  it(`loses no answer, asks nothing twice and tells no falsehood, whichever commit it dies after: ${which}`, async () => {
    let deaths = 0
    for (let at = first; ; at += stride) {
      talk?.server.close()
      talk = await ToolConversation.start(scratch, [write(`a${at}`), clarify, write(`b${at}`)])
      const die = path.join(scratch.home, 'die.json')
      const answered = new Map<string, string>()
      const asked = new Map<string, string>()
      const env = {NODE_OPTIONS: `--import ${dieAtCommit}`}
      let over = false
      for (let life = 0; !over; life++) {
        const {gateway, opened} = await talk.open(env)
        if (life === 0) {
          await gateway.turn(talk.sid, 'hello')
          writeFileSync(die, JSON.stringify({at, when: 'after'}))
        }
        let seen = life === 0 ? gateway.frames.length : 0
        if (opened.interrupted) gateway.send('prompt.continue', {session_id: talk.sid})
        else if (!opened.running) {
          // Sent again where it was not acknowledged.
          const sent = gateway.request('prompt.submit', {session_id: talk.sid, text: 'go', prompt_id: 'p1'})
          sent
            .then(({result}) => {
              if (result?.status === 'complete') over = true
            })
            .catch(() => {})
        }
        const step = async () => {
          const frame = gateway.frames[seen++]
          const {type, payload = {}} = frame?.params ?? {type: ''}
          if (type === 'message.complete') over = true
          if (type !== 'approval.request' && type !== 'clarify.request') return
          const what = String(payload.command ?? payload.question)
          const id = String(payload.request_id)
          expect(answered.has(what), `${what} was answered, and is asked again (commit ${at})`).to.equal(false)
          expect(asked.get(what) ?? id, `the id of ${what} (commit ${at})`).to.equal(id)
          asked.set(what, id)
          const [method, answer] =
            type === 'approval.request'
              ? (['approval.respond', {session_id: talk.sid, choice: 'once'}] as const)
              : (['clarify.respond', {answer: 'red'}] as const)
          gateway.request(method, {request_id: id, ...answer}).then(
            () => answered.set(what, id),
            () => {},
          )
        }
        const gone = gateway.exited.then(() => 'gone')
        while (!over) {
          while (!over && seen < gateway.frames.length) await step()
          if (over) break
          const more = gateway.until(() => over || gateway.frames.length > seen).catch(() => 'gone')
          if ((await Promise.race([gone, more])) === 'gone' && seen >= gateway.frames.length) break
        }
        if (!over) deaths++
        await gateway.kill()
      }
      const log = await talk.log()
      const count = (word: string) => log.filter((line) => line === word).length
      const told = talk.told()
      for (const [id, word] of [
        ['call_1', `a${at}`],
        ['call_3', `b${at}`],
      ] as const) {
        const result = JSON.parse(told[id] ?? 'null')
        const where = `${word}: ${told[id]}`
        if (result?.exit_code === 0) expect(count(word), where).to.equal(1)
        else if (result?.error === outcomes.unknown.error) expect(count(word), where).to.be.at.most(1)
        else {
          expect(result?.error, where).to.equal(outcomes['not-started'].error)
          expect(count(word), where).to.equal(0)
        }
      }
      talk.key = ''
      if (existsSync(die)) break
    }
    expect(deaths).to.be.at.least(Math.floor(24 / stride))
  }).timeout(240_000)
})
