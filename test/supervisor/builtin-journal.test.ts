import {existsSync, readdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import type {Store} from '../../src/gateway/store/types.js'
import {homeFiles} from '../../src/platform.js'
import {ensureBuilt} from '../helpers/build.js'
import {isThorough, someOf} from '../helpers/sample.js'
import {checkDatabase} from '../soak/oracle.js'
import {bundledHarness, preload} from './helpers/bundled.js'
import type {Harness} from './helpers/harness.js'

const endless = {limit: 1000, longLimit: 1000, backoffMs: [0]}

/** Each moment at which a journal's file and the database may differ, at several places of a turn. */
const points = [
  ...[1, 2, 4].flatMap((at) => (['before', 'half', 'after'] as const).map((when) => ({step: 'append', when, at}))),
  ...(['before', 'after'] as const).map((when) => ({step: 'fold', when, at: 1})),
  ...(['before', 'after'] as const).map((when) => ({step: 'unlink', when, at: 1})),
]

describe('supervisor: a gateway that dies between what is in flight and what is stored', () => {
  let harness: Harness
  before(ensureBuilt)
  afterEach(() => harness.finish())

  const database = () => homeFiles(harness.dir).database

  function look<T>(act: (store: Store) => T): T {
    const store = openStore(database())
    try {
      return act(store)
    } finally {
      store.close()
    }
  }

  /** What is stored of a prompt's reply, with the blank lines of the wire. */
  const replyTo = (id: string) =>
    look((store) =>
      store
        .messages(harness.view.session?.key ?? '')
        .filter(({promptId, role, text}) => promptId === id && role === 'assistant' && text !== '')
        .map(({text}) => text)
        .join('\n\n'),
    )

  /**
   * Sends a prompt, lets the gateway die at that point, and waits until the session is back and idle. Undefined where the
   * turn ends before it comes to that.
   */
  async function dieAt(point: (typeof points)[number], id: string, prompt: string): Promise<string | undefined> {
    const file = path.join(harness.dir, 'die.json')
    writeFileSync(file, JSON.stringify(point))
    const deaths = harness.deaths.length
    const from = harness.replied.length
    const told = harness.told.length
    await harness.submit(prompt, id).catch((error) => {
      if (error.code !== 'gateway-gone') throw error
    })
    const hasTold = (what: string) => harness.told.slice(told).includes(`event ${what}`)
    const isOver = () => harness.deaths.length > deaths || hasTold('message.complete')
    await harness.until(() => isOver() || hasTold('approval.request'))
    if (!isOver()) {
      const allowed = harness.supervisor.request('approval.respond', {session_id: harness.liveId, choice: 'once'})
      await allowed.catch((error) => {
        if (error.code !== 'gateway-gone') throw error
      })
      await harness.until(isOver)
    }
    if (harness.deaths.length === deaths) {
      rmSync(file)
      return undefined
    }
    await harness.recovered(harness.deaths.length)
    expect(existsSync(file), `it died at ${JSON.stringify(point)}`).to.equal(false)
    // Without an answer the chat sends it again: it starts nothing, for it is stored.
    expect(await harness.submit(prompt, id)).to.include({duplicate: true})
    // One that waits for the person is taken up.
    await harness.supervisor.request('session.interrupt', {session_id: harness.liveId})
    const running = () => look((store) => store.lastTurn(harness.view.session?.key ?? ''))?.status === 'running'
    await harness.eventually(() => !running())
    await harness.supervisor.request('gateway.ping')
    return harness.replied.slice(from)
  }

  it('has once what was shown, at every point of a reply, and goes on with it', async () => {
    harness = await bundledHarness({recovery: endless, script: {NODE_OPTIONS: preload('die-at-journal.mjs')}})
    await harness.live()
    for (const [index, point] of someOf(points, points.length / 2).entries()) {
      const id = `p${index}`
      const told = `${id} ${JSON.stringify(point)}`
      const seen = (await dieAt(point, id, 'stream 40 tokens at 400')) ?? expect.fail(`${told}: it lives`)
      const stored = replyTo(id)
      expect(stored.startsWith(seen), `${told}: ${stored} begins with ${seen}`).to.equal(true)
      const words = (stored.match(/word\d+/g) ?? []).map((word) => Number(word.slice(4)))
      expect(words, told).to.deep.equal([...words.keys()])
      // Half a record is never more than what was in flight, and is not taken for it.
      if (point.step === 'append' && point.when !== 'after') expect(stored, told).to.equal(seen)
      const {status} = look((store) => store.lastTurn(harness.view.session?.key ?? '')) ?? {}
      const isOver = point.step === 'unlink' || (point.step === 'fold' && point.when === 'after')
      expect(status, told).to.equal(isOver ? 'complete' : 'interrupted')
      if (isOver) continue
      const ended = harness.events.filter(({type}) => type === 'message.complete').length
      await harness.supervisor.request('prompt.continue', {session_id: harness.liveId})
      await harness.until(() => harness.events.filter(({type}) => type === 'message.complete').length > ended)
      expect(replyTo(id).match(/word\d+/g), told).to.deep.equal(Array.from({length: 40}, (_, word) => `word${word}`))
    }
    checkDatabase(database())
    const left = () => readdirSync(harness.dir).filter((name) => /-turn-\d+-[0-9a-f]+$/.test(name))
    look((store) => {
      for (const _ of store.tidy());
    })
    expect(left()).to.deep.equal([])
  }).timeout(120_000)

  it('has once what was shown, at every point of a turn with tools', async () => {
    harness = await bundledHarness({
      recovery: endless,
      script: {NODE_OPTIONS: preload('die-at-journal.mjs'), HERMES_MODEL: 'offline/tools'},
    })
    await harness.live()
    const inTurn = [
      ...points.filter(({step}) => step !== 'append'),
      ...[2, 3].flatMap((at) => [
        {step: 'fold', when: 'before' as const, at},
        {step: 'unlink', when: 'before' as const, at},
      ]),
      ...[1, 3, 6, 8].flatMap((at) =>
        (['before', 'half', 'after'] as const).map((when) => ({step: 'append', when, at})),
      ),
    ].filter(({step, at}) => step === 'append' || at < 3)
    for (const [index, point] of someOf(inTurn, inTurn.length / 2).entries()) {
      const id = `t${index}`
      const told = `${id} ${JSON.stringify(point)}`
      const seen = await dieAt(point, id, 'run echo once')
      if (seen === undefined) continue
      const stored = replyTo(id)
      expect(stored.startsWith(seen), `${told}: ${stored} begins with ${seen}`).to.equal(true)
      expect(stored.match(/I run that command/g)?.length ?? 0, told).to.be.at.most(1)
      const calls = look((store) =>
        store
          .messages(harness.view.session?.key ?? '')
          .filter(({promptId}) => promptId === id)
          .map(({role, toolCalls, tool}) => [role, toolCalls.map((call) => call.args), tool?.args]),
      )
      const tools = calls.filter(([role]) => role === 'tool')
      expect(tools.length, told).to.be.at.most(1)
      for (const [, , args] of tools) expect(args).to.deep.equal({command: 'echo once'})
      const called = calls.flatMap(([, args]) => args)
      expect(called, told).to.deep.equal(tools.map(([, , args]) => args))
    }
    checkDatabase(database())
    expect(harness.deaths.length).to.be.at.least(isThorough ? 12 : 4)
  }).timeout(120_000)
})
