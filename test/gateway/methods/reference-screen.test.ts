import {writeFileSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {ScreenSettings} from '../../../src/gateway/screen-settings.js'
import {homeFiles} from '../../../src/platform.js'
import {paramSchemas} from '../../../src/protocol/methods.js'
import {startOpenAiServer} from '../../fixtures/openai-server.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {Scratch} from '../gateway-process.js'

/** What the screen of Hermes Agent 0.16.0 (June 2026) calls. */
const june =
  `approval.respond browser.manage clarify.respond clipboard.paste command.dispatch commands.catalog complete.path complete.slash
  config.get config.set credits.view delegation.pause delegation.status image.attach input.detect_drop model.disconnect
  model.options model.save_key paste.collapse plugins.manage process.stop prompt.background prompt.submit reload.env
  reload.mcp rollback.diff rollback.list rollback.restore secret.respond session.activate session.active_list
  session.branch session.close session.compress session.create session.delete session.interrupt session.list
  shell.exec session.most_recent session.resume session.save session.status session.steer session.title session.undo session.usage
  setup.status skills.manage skills.reload slash.exec spawn_tree.list spawn_tree.load spawn_tree.save subagent.interrupt
  sudo.respond terminal.resize tools.configure voice.record voice.toggle`.split(/\s+/)

/** What that of 0.18.2 (August) calls besides. */
const august = `billing.auto_reload billing.charge billing.charge_status billing.state billing.step_up learning.delete
  learning.detail learning.edit learning.frames pet.cells pet.gallery pet.select`.split(/\s+/)

const called = [...june, ...august]

/** What the person would take for done, or what nobody asked for: refused there too. */
const refusedThere = new Set(['model.save_key', 'secret.respond', 'sudo.respond'])

describe('for the screen of Hermes Agent', () => {
  const scratch = new Scratch()

  it('every method that it calls is known, and what is not here is no error', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    for (const method of called) {
      const {error} = await gateway.request(method, {session_id: sid})
      expect(error?.code, method).to.not.equal(-32601)
      if (!Object.hasOwn(paramSchemas, method) && !refusedThere.has(method)) expect(error, method).to.equal(undefined)
    }
  })

  it('any parameters get an answer, and none ends the gateway', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    const names = ['action', 'arg', 'choice', 'command', 'confirm', 'cols', 'key', 'limit', 'name', 'names', 'page']
    const more = ['path', 'query', 'request_id', 'slug', 'subagent_id', 'text', 'title', 'value', 'constructor']
    const keys = ['model', 'yolo', 'reasoning', 'busy', 'mouse', 'statusbar', 'details_mode', '__proto__', 'verbose']
    const words = fc.constantFrom(
      '',
      'toggle',
      'on',
      '1',
      'high',
      '/undo',
      '/takeover',
      'search',
      '--provider',
      ...keys,
    )
    const value = fc.oneof(words, fc.jsonValue({maxDepth: 2}), fc.string({unit: 'binary', maxLength: 20}))
    const session = fc.oneof({weight: 3, arbitrary: fc.constant(sid)}, fc.constantFrom(null, '', 'ffffffff', 5))
    const params = fc
      .tuple(session, fc.dictionary(fc.constantFrom(...names, ...more), value, {maxKeys: 5}))
      .map(([id, rest]) => ({...rest, session_id: id}))
    // These end what the others need.
    const ends = new Set(['session.close'])
    const method = fc.constantFrom(...called.filter((name) => !ends.has(name)))
    let tried = 0
    await fc.assert(
      fc.asyncProperty(method, params, async (name, given) => {
        tried++
        const {result, error} = await gateway.request(name, given)
        if (result) expect(result, name).to.be.an('object')
        else expect(error?.message, name).to.be.a('string').and.not.equal('')
        expect(error?.code, `${name} ${error?.message}`).to.not.equal(-32603)
      }),
      {numRuns: runs(400, 120)},
    )
    tellTried(tried, 'requests of the screen')
    expect(await gateway.call('gateway.ping')).to.include({pong: true})
  }).timeout(60_000)

  describe('its settings', () => {
    const set = (key: string, value?: unknown) => ({key, ...(value === undefined ? {} : {value})})

    it('of the screen are kept, also over the death of the gateway, and are told as it reads them', async () => {
      const first = await scratch.start()
      const values: [string, unknown, string][] = [
        ['statusbar', 'on', 'top'],
        ['statusbar', 'toggle', 'off'],
        ['mouse', 'scroll', 'wheel'],
        ['mouse', true, 'all'],
        ['compact', undefined, 'on'],
        ['busy', 'INTERRUPT', 'interrupt'],
        ['indicator', 'ascii', 'ascii'],
        ['details_mode', 'expanded', 'expanded'],
        ['details_mode.tools', 'hidden', 'hidden'],
        ['details_mode.activity', '', ''],
      ]
      for (const [key, value, kept] of values) {
        expect(await first.call('config.set', set(key, value)), key).to.deep.equal({key, value: kept})
      }
      await first.call('config.set', set('reasoning', 'hide'))
      expect((await first.refused('config.set', set('indicator', 'x'))).message).to.match(/kaomoji, emoji/)
      await first.kill()
      const second = await scratch.start()
      expect((await second.call('config.get', {key: 'statusbar'})).value).to.equal('off')
      const {config} = await second.call<{config: {display: unknown}}>('config.get', {key: 'full'})
      expect(config.display).to.deep.equal({
        busy_input_mode: 'interrupt',
        show_reasoning: false,
        streaming: true,
        tui_auto_resume_recent: false,
        tui_compact: true,
        details_mode: 'expanded',
        tui_status_indicator: 'ascii',
        mouse_tracking: 'all',
        tui_statusbar: 'off',
        sections: {thinking: 'hidden', tools: 'hidden', subagents: 'expanded'},
      })
    })

    it('that there are none of stay what they are, and say why', async () => {
      const gateway = await scratch.start()
      for (const [key, value] of Object.entries({
        verbose: 'all',
        fast: 'normal',
        personality: 'none',
        skin: 'default',
      })) {
        const answer = await gateway.call('config.set', set(key, 'other'))
        expect(answer, key).to.include({key, value})
        expect(answer.warning, key).to.be.a('string')
      }
      expect((await gateway.refused('config.set', set('nope', 'x'))).code).to.equal(4002)
    })

    it('yolo writes files unasked and never lifts the questions of commands, unless it began so', async () => {
      const gateway = await scratch.start()
      const {sid} = await gateway.create()
      const modes = async () => (await gateway.call('permissions.list', {session_id: sid})).mode
      const yolo = async (value?: string) =>
        (await gateway.call('config.set', {...set('yolo', value), session_id: sid})).value
      expect([await yolo(), await modes()]).to.deep.equal(['1', 'accept-edits'])
      expect((await gateway.event('status.update')).text).to.match(/commands are still asked for/)
      expect([await yolo('1'), await modes()]).to.deep.equal(['1', 'accept-edits'])
      expect([await yolo(), await modes()]).to.deep.equal(['0', 'ask'])
      expect([await yolo('off'), await modes()]).to.deep.equal(['0', 'ask'])
      expect((await gateway.refused('config.set', set('yolo'))).code).to.equal(4006)
    })

    it('how much the model is to think is of the session, told again, and sent to the provider', async () => {
      const server = await startOpenAiServer(undefined)
      try {
        const folder = path.join(scratch.home, '.config', 'hermes')
        await mkdir(folder, {recursive: true})
        await writeFile(
          path.join(folder, 'config.yaml'),
          `discoverLocal: false\nreasoningEffort: low\nproviders:\n  mine: {baseUrl: "${server.url}", apiKey: k}\n`,
        )
        const gateway = await scratch.start({model: 'mine/fast-4', cwd: scratch.project})
        const reasoning = async () => (await gateway.call('config.get', {key: 'reasoning'})).value
        const {sid, key} = await gateway.create()
        await gateway.turn(sid, 'one')
        expect(await reasoning()).to.equal('low')
        expect(await gateway.call('config.set', {...set('reasoning', 'HIGH'), session_id: sid})).to.deep.equal({
          key: 'reasoning',
          value: 'high',
        })
        await gateway.turn(sid, 'two')
        expect(await reasoning()).to.equal('high')
        const other = await gateway.create()
        await gateway.turn(other.sid, 'three')
        expect(await reasoning(), 'of the one that was used last').to.equal('low')
        const efforts = server.requests.flatMap(({chat}) => chat?.reasoning_effort ?? [])
        expect(efforts).to.deep.equal(['low', 'high', 'low'])
        const refusal = await gateway.refused('config.set', {...set('reasoning', 'enormous'), session_id: sid})
        expect(refusal.message).to.match(/none, minimal, low, medium, high, xhigh, max, show, hide/)
        await gateway.kill()
        const next = await scratch.start({model: 'mine/fast-4', cwd: scratch.project})
        await next.call('session.resume', {session_id: key})
        expect((await next.call('config.get', {key: 'reasoning'})).value, 'also after a death').to.equal('high')
      } finally {
        await server.close()
      }
    })

    it('in a file of any content are as if nothing was set, or what they may be', () => {
      const entry = fc.tuple(fc.constantFrom('busy', 'mouse', 'compact', '__proto__', 'x'), fc.jsonValue({maxDepth: 1}))
      const kept = fc.oneof(entry, fc.constant(['busy', 'steer']))
      const object = fc.array(kept).map((entries) => JSON.stringify(Object.fromEntries(entries)))
      const content = fc.oneof(
        object,
        fc.json(),
        fc.string(),
        object.map((text) => text.slice(0, -3)),
      )
      let tried = 0
      fc.assert(
        fc.property(content, (text) => {
          tried++
          writeFileSync(homeFiles(scratch.home).screenSettings, text)
          const settings = new ScreenSettings(scratch.home)
          expect(['queue', 'steer', 'interrupt']).to.include(settings.get('busy'))
          expect(['off', 'wheel', 'buttons', 'all']).to.include(settings.get('mouse'))
          expect(settings.set('compact', 'on')).to.equal('on')
          expect(new ScreenSettings(scratch.home).display()).to.include({tui_compact: true})
        }),
      )
      tellTried(tried, 'contents of the file of settings')
    })

    it('the model is set as its picker writes it', async () => {
      const gateway = await scratch.start()
      const {sid} = await gateway.create()
      const values: [string, string][] = [
        ['offline --provider offline', 'offline'],
        ['offline/3 --provider offline --session', 'offline/3'],
        ['4 --provider offline --tui-session', 'offline/4'],
        ['--provider offline', 'offline'],
        ['offline/5 --global', 'offline/5'],
      ]
      for (const [value, model] of values) {
        const answer = await gateway.call('config.set', {key: 'model', value, session_id: sid})
        expect(answer, value).to.include({key: 'model', value: model})
        expect(answer.warning !== undefined, value).to.equal(value.includes('--global'))
      }
    })
  })

  describe('its commands', () => {
    it('are carried out by either method, and refused where nobody knows them', async () => {
      const gateway = await scratch.start()
      const {sid} = await gateway.create()
      const dispatch = (name: string, arg = '') => gateway.call('command.dispatch', {name, arg, session_id: sid})
      expect(await dispatch('version')).to.include({type: 'exec'})
      expect(await dispatch('goal', 'be good')).to.deep.equal({
        type: 'exec',
        output: '/goal is not part of this gateway',
      })
      expect(await gateway.call('slash.exec', {session_id: null, command: 'cron list'})).to.deep.equal({
        output: '/cron is not part of this gateway',
      })
      for (const name of ['foo', 'constructor', '', '/']) {
        const refusal = await gateway.refused('command.dispatch', {name, session_id: sid})
        expect(refusal.code, name).to.equal(4018)
      }
      expect((await gateway.refused('slash.exec', {command: 'retry', session_id: sid})).message).to.match(
        /use command\.dispatch/,
      )
      expect((await gateway.refused('command.dispatch', {name: 'status', session_id: null})).code).to.equal(4001)
    })

    it('undo and retry take turns back for good', async () => {
      const gateway = await scratch.start()
      const {sid, key} = await gateway.create()
      const dispatch = (name: string, arg = '') => gateway.call('command.dispatch', {name, arg, session_id: sid})
      expect((await gateway.refused('command.dispatch', {name: 'undo', session_id: sid})).code).to.equal(4018)
      for (const text of ['one', 'two', 'three']) await gateway.turn(sid, text)
      expect(await dispatch('retry')).to.deep.equal({type: 'send', message: 'three'})
      expect(await dispatch('undo', '2')).to.deep.equal({
        type: 'prefill',
        message: 'one',
        notice: '↶ Undid 2 turns (4 message(s)). Edit and resubmit, or send a new message.',
      })
      await gateway.kill()
      const second = await scratch.start()
      expect(await second.call('session.resume', {session_id: key})).to.include({message_count: 0})
    })
  })

  describe('a session that another hermes has', () => {
    it('is gone on with after a word of the person, once', async () => {
      const first = await scratch.start()
      const {sid, key} = await first.create()
      await first.turn(sid, 'mine')
      const second = await scratch.start()
      const resume = {cols: 80, session_id: key}
      // However often it is tried: only the word counts.
      for (let tries = 0; tries < 3; tries++) {
        expect((await second.refused('session.resume', resume)).message).to.include('/takeover')
      }
      const asked = {name: 'takeover', arg: '', session_id: null}
      expect(await second.call('command.dispatch', asked)).to.deep.equal({type: 'alias', target: `resume ${key}`})
      expect(await second.call('session.resume', resume)).to.include({session_key: key})
      const third = await scratch.start()
      expect(await third.call('command.dispatch', {...asked, arg: key})).to.deep.equal({
        type: 'alias',
        target: 'resume',
      })
      expect(await third.call('session.resume', resume)).to.include({session_key: key})
      // It was for that one time.
      await second.call('session.create')
      expect((await second.refused('session.resume', resume)).code).to.equal(4091)
      expect((await second.refused('command.dispatch', {...asked, arg: 'no such'})).code).to.equal(4018)
    })
  })

  it('lists each session once: live, or to be resumed', async () => {
    const gateway = await scratch.start()
    const old = await gateway.create()
    await gateway.turn(old.sid, 'old')
    await gateway.call('session.close', {session_id: old.sid})
    const open = await gateway.create()
    await gateway.turn(open.sid, 'open')
    const keys = async () => {
      const {sessions} = await gateway.call<{sessions: {id: string}[]}>('session.list', {limit: 200})
      return sessions.map(({id}) => id)
    }
    expect(await keys(), 'who shows nothing apart gets all').to.have.members([old.key, open.key])
    const live = await gateway.call<{sessions: {id: string}[]}>('session.active_list', {current_session_id: open.sid})
    expect(live.sessions.map(({id}) => id)).to.deep.equal([open.sid])
    expect(await keys()).to.deep.equal([old.key])
    expect(
      (await gateway.call<{sessions: unknown[]}>('session.active_list', {current_session_id: null})).sessions,
    ).to.have.length(1)
  })

  it('a session that was never prompted is found by its live id after a death', async () => {
    const first = await scratch.start()
    const {sid, key} = await first.create({cols: 80})
    await first.event('session.info')
    await first.kill()
    const second = await scratch.start()
    const opened = await second.call('session.resume', {cols: 80, session_id: sid})
    expect(opened).to.include({session_key: key, message_count: 0})
    expect((await second.turn(String(opened.session_id), 'now')).status).to.equal('complete')
  })
})
