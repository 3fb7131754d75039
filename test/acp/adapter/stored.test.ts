import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {AgentSession} from '../../../src/acp/adapter/session.js'
import {storedByName, storedMethods, unknownSession} from '../../../src/acp/adapter/stored.js'
import type {Params} from '../../../src/acp/adapter/table.js'
import {AgentJournals} from '../../../src/acp/journal/journal.js'
import type {AgentRecord} from '../../../src/acp/journal/records.js'
import {writeRunning} from '../../../src/hand-over/running.js'
import {bootId, processBirth} from '../../../src/platform.js'
import {errorCodes} from '../../../src/protocol/frames.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

describe('the sessions of an agent, as the list of them asks', () => {
  let sandbox: Sandbox
  let journals: AgentJournals
  const open = new Map<string, {key: string; title: string; setTitle: (title: string) => void}>()

  beforeEach(() => {
    sandbox = createSandbox()
    journals = new AgentJournals(home(), 'gemini')
    open.clear()
  })

  afterEach(() => sandbox.remove())

  const home = () => String(sandbox.env.HERMES_HOME)

  function held(key: string, at: number, prompt: string, more: AgentRecord[] = []): void {
    const journal = journals.open(key)
    journal.write({t: 'session', key, agent: 'gemini', cwd: sandbox.project, at})
    journal.write({t: 'title', title: `Title of ${key}`})
    journal.write({t: 'prompt', id: `p-${key}`, text: prompt, at})
    journal.write({t: 'text', text: 'I looked at the spout.'})
    for (const record of more) journal.write(record)
    journal.close()
  }

  const end: AgentRecord = {t: 'end', status: 'complete', at: 5000}

  function heldElsewhere(key: string): void {
    const other = {pid: process.ppid, birth: processBirth(process.ppid), boot: bootId(), since: 2000}
    writeFileSync(path.join(home(), 'agents', 'gemini', `${key}.owner`), JSON.stringify(other))
  }

  async function ask(method: string, params: Params = {}): Promise<Record<string, unknown>> {
    const methods = storedMethods({
      journals,
      permissions: {home: home()},
      open: (name) => open.get(name) as AgentSession | undefined,
    })
    return (await methods[method]?.(params))?.result ?? {}
  }

  const refused = (method: string, params: Params) => ask(method, params).catch((error) => error)

  it('are listed with title, first prompt and folder, and which are open elsewhere', async () => {
    held('a1', 1000, 'mend the kettle')
    held('b1', 3000, 'x'.repeat(90), [{t: 'prompt', id: 'p2', text: 'second', at: 4000}])
    heldElsewhere('b1')
    const {sessions} = await ask('session.list')
    expect(sessions).to.deep.equal([
      {
        id: 'b1',
        title: 'Title of b1',
        preview: `${'x'.repeat(59)}…`,
        started_at: 3,
        last_active: 4,
        message_count: 3,
        source: 'gemini',
        cwd: sandbox.project,
        held: true,
      },
      {
        id: 'a1',
        title: 'Title of a1',
        preview: 'mend the kettle',
        started_at: 1,
        last_active: 1,
        message_count: 2,
        source: 'gemini',
        cwd: sandbox.project,
      },
    ])
    expect((await ask('session.list', {limit: 1})).sessions).to.have.length(1)
  })

  it('are searched in all that was said', async () => {
    held('a1', 1000, 'mend the kettle')
    held('b1', 3000, 'kettle again')
    expect((await ask('session.search', {query: 'KETTLE mend'})).hits).to.deep.equal([
      {
        session_id: 'a1',
        title: 'Title of a1',
        role: 'user',
        snippet: 'mend the \u0002kettle\u0003',
        created_at: 1,
      },
    ])
    expect((await ask('session.search', {query: 'spout'})).hits).to.have.length(2)
    expect((await ask('session.search', {query: 'spout', limit: 1})).hits).to.have.length(1)
    expect((await ask('session.search', {query: ' '})).hits).to.deep.equal([])
  })

  it('are found by key, title, and what only one title has', () => {
    held('a1', 1000, 'x')
    held('a2', 2000, 'x')
    const key = (name: string) => storedByName(journals, name)?.key
    expect([key('a1'), key('Title of a2'), key('title A1'), key('title'), key('none')]).to.deep.equal([
      'a1',
      'a2',
      'a1',
      undefined,
      undefined,
    ])
    expect(unknownSession(journals, 'title').data).to.deep.equal({
      candidates: [
        {id: 'a2', title: 'Title of a2', last_active: 2},
        {id: 'a1', title: 'Title of a1', last_active: 1},
      ],
    })
    expect(unknownSession(journals, 'none').data).to.equal(undefined)
  })

  it('show their end, and what another chat is told in them', async () => {
    held('a1', 1000, 'mend the kettle', [end])
    expect(await ask('session.tail', {session_id: 'a1', limit: 1})).to.deep.include({
      messages: [{role: 'assistant', text: 'I looked at the spout.'}],
      message_count: 2,
      inflight: null,
      elsewhere: false,
    })
    held('b1', 1000, 'mend the kettle')
    heldElsewhere('b1')
    const tail = await ask('session.tail', {session_id: 'b1', limit: 9})
    expect(tail).to.deep.include({
      messages: [{role: 'user', text: 'mend the kettle', prompt_id: 'p-b1'}],
      running: true,
      elsewhere: true,
    })
    expect(tail.inflight).to.include({user: 'mend the kettle', assistant: 'I looked at the spout.', prompt_id: 'p-b1'})
  })

  it('are renamed and deleted, unless another process has them open', async () => {
    held('a1', 1000, 'x')
    expect(await ask('session.title', {session_id: 'a1', title: ' the \n kettle '})).to.deep.equal({
      title: 'the kettle',
      session_key: 'a1',
    })
    expect((await ask('session.title', {session_id: 'a1'})).title).to.equal('the kettle')
    expect(await refused('session.title', {session_id: 'a1', title: ' '})).to.include({code: errorCodes.titleRequired})
    heldElsewhere('a1')
    expect(await refused('session.title', {session_id: 'a1', title: 'y'})).to.include({code: errorCodes.ownedElsewhere})
    expect(await refused('session.delete', {session_id: 'a1'})).to.include({code: errorCodes.ownedElsewhere})
    const folder = path.join(home(), 'run')
    mkdirSync(folder, {recursive: true, mode: 0o700})
    const left = {version: 1, pid: process.ppid, socket: '/s', token: '', build: '', detachedAt: 5} as const
    writeRunning(folder, {...left, protocol: [1, 1], sessions: []})
    const refusal = await refused('session.delete', {session_id: 'a1'})
    expect(refusal.data).to.include({session_key: 'a1', detached: true})
    expect(refusal.message).to.contain('works without a terminal').and.to.contain('hermes attach a1')
    held('b1', 1000, 'x')
    expect(await ask('session.delete', {session_id: 'b1'})).to.deep.equal({deleted: 'b1'})
    expect(await refused('session.delete', {session_id: 'b1'})).to.include({code: errorCodes.storedSessionNotFound})
  })

  it('are not deleted while they are open here, and renamed in the session itself', async () => {
    held('a1', 1000, 'x')
    const titles: string[] = []
    open.set('a1', {key: 'a1', title: 'old', setTitle: (title) => titles.push(title)})
    expect(await refused('session.delete', {session_id: 'a1'})).to.include({code: errorCodes.deleteActive})
    expect(await ask('session.title', {session_id: 'a1', title: 'new'})).to.include({title: 'new'})
    expect(titles).to.deep.equal(['new'])
    open.set('live', {key: 'unsaid', title: '', setTitle: () => {}})
    expect(await ask('session.history', {session_id: 'live'})).to.deep.equal({messages: [], count: 0})
  })

  it('are saved to a file that was not there', async () => {
    held('a1', 1000, 'mend the kettle', [end])
    const file = path.join(sandbox.project, 'out.md')
    expect(await ask('session.save', {session_id: 'a1', file})).to.deep.equal({file, format: 'markdown'})
    expect(readFileSync(file, 'utf8')).to.contain('mend the kettle').and.to.contain('I looked at the spout.')
    expect((await refused('session.save', {session_id: 'a1', file})).message).to.contain('is there already')
    const {file: own} = await ask('session.save', {session_id: 'a1'})
    expect(existsSync(String(own))).to.equal(true)
  })
})
