import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {defaultConfig} from '../../../src/config/index.js'
import {rehearse} from '../../../src/gateway/server/rehearsal.js'
import {openStore} from '../../../src/gateway/store/index.js'

describe('rehearsal of a standby', () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-rehearsal-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  const place = () => ({env: {}, home, cwd: home, version: '0'})

  it('plays a whole turn without a file of its own, whatever model is configured', async () => {
    const values = {...defaultConfig(), model: 'openai/never-asked'}
    let read = 0
    const loadConfig = async () => {
      read++
      return {values, files: []}
    }
    await rehearse({...place(), parts: {loadConfig}})
    expect(read).to.equal(1)
    expect(readdirSync(home)).to.deep.equal([])
  })

  it('prepares all that the way back after a death in mid-reply takes', async () => {
    const prepared = new Set(
      await rehearse({...place(), parts: {loadConfig: async () => ({values: defaultConfig(), files: []})}}),
    )
    const session = {key: '20260101_000000_abcdef', title: null, model: null, cwd: null, source: 'tui'}
    const store = openStore(path.join(home, 'sessions.db'))
    const dead = store.beginTurn({session, promptId: 'a', prompt: 'first'}).turn
    store.journal(dead.id, [{kind: 'text', text: 'half a reply'}])
    store.close()
    const next = openStore(path.join(home, 'sessions.db'))
    next.atomically(() => {
      next.settleSession(session.key)
      next.bindLiveId('live', session.key)
      next.lastTurn(session.key)
      next.shownMessages(session.key, 200)
    })
    const {turn} = next.beginTurn({session, promptId: 'b', prompt: 'again'})
    next.journal(turn.id, [{kind: 'text', text: 'a reply'}, {kind: 'step-end'}])
    next.finishTurn(turn.id, {status: 'complete'})
    expect(next.statements.filter((sql) => !prepared.has(sql))).to.deep.equal([])
    next.close()
  })

  it('ends where the configuration is broken', async () => {
    const loadConfig = () => Promise.reject(new Error('broken'))
    let failure = ''
    await rehearse({...place(), parts: {loadConfig}}).catch((error: Error) => {
      failure = error.message
    })
    expect(failure).to.include('broken')
  })
})
