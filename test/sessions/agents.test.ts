import {mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {AgentJournals} from '../../src/acp/journal/journal.js'
import type {AgentRecord} from '../../src/acp/journal/records.js'
import {valuesOf} from '../../src/completion/values.js'
import {openStore} from '../../src/gateway/store/index.js'
import {type RunningGateway, thisProcess, writeRunning} from '../../src/hand-over/running.js'
import {bootId, processBirth} from '../../src/platform.js'
import {agentOf, lingeringWith} from '../../src/sessions/agent-of.js'
import {sessionsHere} from '../../src/sessions/configured.js'
import {deleteSession, pruneSessions, renameSession} from '../../src/sessions/edit.js'
import {showSession} from '../../src/sessions/show.js'
import {exportSession, importSession} from '../../src/sessions/transfer.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('sessions that were held with other agents', () => {
  let sandbox: Sandbox
  const place = () => ({cwd: sandbox.project, env: sandbox.env})

  beforeEach(() => {
    sandbox = createSandbox()
  })

  afterEach(() => sandbox.remove())

  function held(key: string, agent: string, at: number, more: AgentRecord[] = []): void {
    const journal = new AgentJournals(String(sandbox.env.HERMES_HOME), agent).open(key)
    journal.write({t: 'session', key, agent, words: [agent, '--acp'], cwd: sandbox.project, at})
    journal.write({t: 'title', title: `Title of ${key}`})
    journal.write({t: 'prompt', id: 'p1', text: 'mend the kettle', at})
    journal.write({t: 'text', text: 'I looked at the spout.'})
    journal.write({t: 'tool', id: 'c1', name: 'terminal', context: 'make'})
    journal.write({t: 'tool-end', id: 'c1', status: 'complete', result: {output: 'ok'}})
    for (const record of more) journal.write(record)
    journal.close()
  }

  it('are listed with their agent, newest first, and searched', async () => {
    held('a1', 'gemini', 1000, [{t: 'end', status: 'complete', at: 2000}])
    held('b1', 'opencode', 3000)
    const {sessions} = await sessionsHere({...place(), limit: 5, search: undefined})
    expect(sessions.map(({key, agent, time}) => [key, agent, time])).to.deep.equal([
      ['b1', 'opencode', 3000],
      ['a1', 'gemini', 2000],
    ])
    expect(sessions[0]).to.include({title: 'Title of b1', excerpt: 'mend the kettle', messages: 3})
    const {sessions: found} = await sessionsHere({...place(), limit: 1, search: 'spout LOOKED'})
    expect(found.map(({excerpt}) => excerpt)).to.deep.equal(['I looked at the ‹spout›.'])
    expect((await sessionsHere({...place(), limit: 5, search: 'nothing such'})).sessions).to.deep.equal([])
  })

  it('are shown by key, by title and by a part of it', async () => {
    held('a1', 'gemini', 1000)
    for (const name of ['a1', 'Title of a1', 'title a1']) {
      const {session, messages} = await showSession(place(), name, 2)
      expect(session).to.include({key: 'a1', model: 'gemini', messageCount: 3})
      expect(messages.map(({role, status}) => [role, status])).to.deep.equal([
        ['assistant', 'interrupted'],
        ['tool', 'complete'],
      ])
    }
    const missing = await showSession(place(), 'none', 2).catch((error) => error)
    expect(missing).to.include({code: 'session/not-found'})
  })

  it('are written to a file, which can be stored as one of the gateway', async () => {
    held('20261130_010203_abcdef', 'gemini', 1000, [{t: 'end', status: 'complete', at: 2000}])
    const file = path.join(sandbox.project, 'out.json')
    await exportSession(place(), '20261130_010203_abcdef', {format: 'json', file, print: () => {}})
    expect(JSON.parse(readFileSync(file, 'utf8')).entries).to.have.length(4)
    expect(await importSession(place(), file, {copy: true})).to.include({
      title: 'Title of 20261130_010203_abcdef',
      messages: 3,
    })
    let text = ''
    const print = (piece: string) => {
      text += piece
    }
    await exportSession(place(), '20261130_010203_abcdef', {format: 'markdown', file: undefined, print})
    expect(text).to.contain('mend the kettle').and.to.contain('I looked at the spout.')
  })

  it('are renamed and deleted, unless they are open', async () => {
    held('a1', 'gemini', 1000)
    expect(await renameSession(place(), 'Title of a1', ' the \n kettle ')).to.deep.equal({
      key: 'a1',
      title: 'the kettle',
    })
    const sure = async () => true
    const guessed = await deleteSession(place(), {name: 'kettle', exact: true}, sure).catch((error) => error)
    expect(guessed).to.include({code: 'session/not-found'})
    const file = path.join(String(sandbox.env.HERMES_HOME), 'agents', 'gemini', 'a1.owner')
    const other = {pid: process.ppid, birth: processBirth(process.ppid), boot: bootId(), since: 1}
    writeFileSync(file, JSON.stringify(other))
    const open = await deleteSession(place(), {name: 'kettle', exact: false}, sure).catch((error) => error)
    expect(open).to.deep.include({code: 'session/owned-elsewhere', suggestions: ['leave it there, by /quit']})
    const folder = path.join(String(sandbox.env.HERMES_HOME), 'run')
    mkdirSync(folder, {recursive: true, mode: 0o700})
    const left: Omit<RunningGateway, 'pid'> = {
      version: 1,
      socket: '/s',
      token: '',
      protocol: [1, 1],
      build: '',
      sessions: [],
    }
    writeRunning(folder, {...left, ...other, detachedAt: 5})
    const works = await renameSession(place(), 'a1', 'else').catch((error) => error)
    expect(works.suggestions).to.deep.equal(['hermes stop a1 ends it; it is stored up to there'])
    rmSync(file)
    expect(await deleteSession(place(), {name: 'kettle', exact: false}, sure)).to.include({deleted: true})
    expect((await sessionsHere({...place(), limit: 5, search: undefined})).sessions).to.deep.equal([])
  })

  it('are pruned with those of the gateway, by one question, unless they are open', async () => {
    held('a1', 'gemini', 1000)
    held('b1', 'opencode', 2000)
    held('c1', 'gemini', 9000)
    held('d1', 'gemini', 1500)
    const file = path.join(String(sandbox.env.HERMES_HOME), 'agents', 'gemini', 'd1.owner')
    writeFileSync(
      file,
      JSON.stringify({pid: process.ppid, birth: processBirth(process.ppid), boot: bootId(), since: 1}),
    )
    const asked: string[][] = []
    const answer = (yes: boolean) => async (old: readonly {key: string}[]) => {
      asked.push(old.map(({key}) => key))
      return yes
    }
    expect(await pruneSessions(place(), 3000, answer(false))).to.include({deleted: 0})
    const {old, held: open, deleted} = await pruneSessions(place(), 3000, answer(true))
    expect(asked).to.deep.equal([
      ['b1', 'a1'],
      ['b1', 'a1'],
    ])
    expect(old[0]).to.deep.equal({
      key: 'b1',
      title: 'Title of b1',
      preview: 'mend the kettle',
      lastActiveAt: 2000,
      messageCount: 3,
    })
    expect([open.map(({key}) => key), deleted]).to.deep.equal([['d1'], 2])
    const store = openStore(path.join(String(sandbox.env.HERMES_HOME), 'hermes-chat.db'))
    const session = {key: 'own', title: null, model: null, cwd: sandbox.project, source: 'test'}
    store.beginTurn({session, promptId: 'p', prompt: 'x'})
    store.close()
    rmSync(file)
    expect(await pruneSessions(place(), Date.now() + 1000, answer(true))).to.include({deleted: 3})
    expect(asked.at(-1)).to.deep.equal(['own', 'c1', 'd1'])
    expect(await pruneSessions(place(), Date.now() + 1000, answer(true))).to.include({deleted: 0})
    expect(asked).to.have.length(3)
  })

  it('are offered to a shell that completes, newest first', async () => {
    held('a1', 'gemini', 1000)
    held('b1', 'opencode', 2000)
    const values = valuesOf({env: sandbox.env, cwd: sandbox.project, plugins: []})
    expect(await values('sessions', '')).to.deep.equal([
      {value: 'Title of b1', description: 'b1'},
      {value: 'Title of a1', description: 'a1'},
    ])
    expect(await values('sessions', 'a1')).to.deep.include({value: 'a1', description: 'Title of a1'})
    const newest = new AgentJournals(String(sandbox.env.HERMES_HOME), 'gemini')
    held('c1', 'gemini', 500)
    utimesSync(path.join(String(sandbox.env.HERMES_HOME), 'agents', 'gemini', 'a1.jsonl'), 1, 1)
    expect(newest.list(1).map(({key}) => key)).to.deep.equal(['c1'])
  })

  it('are come back to where their agent works without a terminal', () => {
    const folder = path.join(String(sandbox.env.HERMES_HOME), 'run')
    mkdirSync(folder, {recursive: true, mode: 0o700})
    held('b1', 'opencode', 3000)
    const session = {key: 'a1', title: '', cwd: '/elsewhere', status: 'working' as 'working' | 'idle'}
    const left: RunningGateway = {
      version: 1,
      ...thisProcess(),
      socket: '/s',
      token: '',
      protocol: [1, 1],
      build: '',
      sessions: [session],
    }
    const agent = ['gemini', '--acp']
    const last = () => agentOf({kind: 'latest', unfinished: true}, place())
    writeRunning(folder, {...left, agent, detachedAt: 5})
    expect(last()).to.deep.equal({key: 'a1', words: agent})
    // What only lingers is as good as stored, also to others than the agent that has it.
    writeRunning(folder, {...left, agent, detachedAt: 5, sessions: [{...session, status: 'idle'}]})
    expect(last()?.key).to.equal('b1')
    const other = {pid: process.ppid, birth: processBirth(process.ppid), boot: bootId()}
    const owner = path.join(String(sandbox.env.HERMES_HOME), 'agents', 'opencode', 'b1.owner')
    writeFileSync(owner, JSON.stringify({...other, since: 1}))
    expect(last()).to.equal(undefined)
    writeRunning(folder, {...left, ...other, agent, detachedAt: 5, sessions: [{...session, key: 'b1', status: 'idle'}]})
    expect(last()?.key).to.equal('b1')
    // To its own agent by that alone.
    const named = (words: string[], cwd = sandbox.project) => lingeringWith(words, {env: sandbox.env, cwd})
    const opencode = ['opencode', '--acp']
    const lingers = {
      ...left,
      ...other,
      agent: opencode,
      detachedAt: 5,
      sessions: [{...session, key: 'b1', status: 'idle'}],
    }
    expect(named(opencode)).to.equal(undefined)
    writeRunning(folder, lingers as RunningGateway)
    expect(named(opencode)).to.equal('b1')
    expect(named(agent)).to.equal(undefined)
    expect(named(opencode, '/elsewhere')).to.equal(undefined)
    writeRunning(folder, {...lingers, sessions: [{...session, key: 'b1'}]})
    expect(named(opencode)).to.equal(undefined)
    writeRunning(folder, lingers as RunningGateway)
    rmSync(owner)
    writeRunning(folder, {...left, detachedAt: 5})
    expect(last()).to.equal(undefined)
    writeRunning(folder, {...left, agent})
    expect(last()?.key).to.equal('b1')
  })

  it('are gone on with by their agent', () => {
    held('a1', 'gemini', 1000)
    held('b1', 'opencode', 3000)
    const of = (target: Parameters<typeof agentOf>[0]) => agentOf(target, place())
    expect(of({kind: 'stored', key: 'a1'})).to.deep.equal({key: 'a1', words: ['gemini', '--acp']})
    expect(of({kind: 'stored', key: 'Title of a1'})?.key).to.equal('a1')
    expect(of({kind: 'stored', key: 'other'})).to.equal(undefined)
    expect(of({kind: 'latest'})?.key).to.equal('b1')
    expect(of({kind: 'new'})).to.equal(undefined)
    held('c1', 'gemini', 9000, [{t: 'end', status: 'complete', at: 9001}])
    expect(of({kind: 'latest'})?.key).to.equal('c1')
    // What was cut off comes first on a screen.
    expect(of({kind: 'latest', unfinished: true})?.key).to.equal('b1')
    const store = openStore(path.join(String(sandbox.env.HERMES_HOME), 'hermes-chat.db'))
    const session = {key: 'own', title: null, model: null, cwd: sandbox.project, source: 'test'}
    store.beginTurn({session, promptId: 'p', prompt: 'x'})
    store.close()
    expect(of({kind: 'latest'})).to.equal(undefined)
    expect(of({kind: 'latest', unfinished: true})).to.equal(undefined)
    expect(agentOf({kind: 'latest'}, {cwd: '/elsewhere', env: sandbox.env})).to.equal(undefined)
  })
})
