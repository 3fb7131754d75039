import {execFileSync} from 'node:child_process'
import {existsSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {Gate} from '../../helpers/agent-model.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'
import {questionsIn} from '../tool-conversation.js'
import {AgentTalk} from './agent-talk.js'

describe('sub-agents that write', () => {
  const scratch = new Scratch()
  let talk: AgentTalk
  afterEach(() => talk?.server.close())

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd: scratch.project,
      encoding: 'utf8',
    })
  const file = (name: string) => path.join(scratch.project, name)
  const ended = (gateway: GatewayProcess) => gateway.event('message.complete')

  const repository = () => {
    git('init', '--quiet', '--initial-branch=main')
    writeFileSync(file('a.txt'), 'one\n')
    git('add', '.')
    git('commit', '--quiet', '-m', 'first')
  }

  it('do so in a worktree: nothing is merged, and what was changed stays on its branch', async () => {
    repository()
    // A hook of the repository does not run.
    writeFileSync(path.join(scratch.project, '.git', 'hooks', 'post-checkout'), '#!/bin/sh\ntouch hooked\n', {
      mode: 0o755,
    })
    writeFileSync(file('b.txt'), 'not committed\n')
    talk = await AgentTalk.start(
      scratch,
      [
        {goal: 'change A', write: true},
        {goal: 'change nothing', write: true},
      ],
      {
        'change A': [{read_file: {path: 'a.txt'}}, {write_file: {path: 'a.txt', content: 'two\n'}}, 'changed'],
      },
      'permissions:\n  mode: accept-edits\n',
    )
    const gateway = await talk.begin()
    await ended(gateway)
    expect(questionsIn(gateway.frames), 'the worktree is its workspace').to.deep.equal([])
    const [one, other] = talk.told()
    expect(one).to.include({state: 'complete', text: 'changed'})
    expect(one?.diff).to.include('-one').and.include('+two')
    expect(one?.note).to.include('1 changed file')
    expect(one?.merge).to.include('nothing is merged')
    expect(readFileSync(file('a.txt'), 'utf8')).to.equal('one\n')
    expect(git('show', `${one?.branch}:a.txt`)).to.equal('two\n')
    expect(existsSync(String(one?.worktree))).to.equal(true)
    expect(existsSync(path.join(String(one?.worktree), 'hooked'))).to.equal(false)
    expect(other).to.not.have.property('branch')
    expect(git('branch', '--list', 'hermes/*').trim().split('\n')).to.have.length(1)
    const kept = readdirSync(path.join(scratch.home, 'worktrees'))
    expect(readdirSync(path.join(scratch.home, 'worktrees', kept[0] as string))).to.have.length(1)
  })

  it('are denied in it what is denied in the session', async () => {
    repository()
    talk = await AgentTalk.start(
      scratch,
      [{goal: 'change A', write: true}],
      {
        'change A': [
          {read_file: {path: 'a.txt'}},
          {
            write_file: {path: 'a.txt', content: 'two\n'},
            'write_file#2': {path: 'c.txt', content: 'three\n'},
            terminal: {command: 'touch made'},
          },
          'tried',
        ],
      },
      `permissions:\n  mode: bypass\n  deny: ['edit(/${file('a.txt')})', 'edit(c.*)', 'bash(touch *)']\n`,
    )
    const gateway = await talk.begin()
    await ended(gateway)
    const told =
      talk
        .requestsOf('change A')
        .at(-1)
        ?.messages.filter(({role}) => role === 'tool') ?? []
    expect(told).to.have.length(4)
    for (const {content} of told.slice(1)) expect(content).to.include('forbids it')
    expect(talk.told()[0]).to.not.have.property('branch')
  })

  it('ask for what the session would ask for, and what is allowed holds in the worktree alone', async () => {
    repository()
    talk = await AgentTalk.start(scratch, [{goal: 'change A', write: true}], {
      'change A': [{write_file: {path: 'c.txt', content: 'two\n'}}, 'changed'],
    })
    const gateway = await talk.begin()
    const asked = await gateway.event('approval.request')
    expect(asked).to.include({agent: 'change A'})
    expect((asked.offers as {scope: string}[]).map(({scope}) => scope)).to.not.include('always')
    await gateway.call('approval.respond', {session_id: talk.sid, request_id: asked.request_id, choice: 'session'})
    await ended(gateway)
    expect(talk.told()[0]?.changed).to.include('c.txt')
    talk.store((store) => expect(store.sessionRules(talk.key)).to.deep.equal([]))
  })

  it('only read where there is no repository, and say so', async () => {
    talk = await AgentTalk.start(scratch, [{goal: 'change A', write: true}], {
      'change A': [{write_file: {path: 'c.txt', content: 'two\n'}}, 'tried'],
    })
    await ended(await talk.begin())
    expect(talk.told()[0]?.note).to.equal('it had no tools that write: the folder is in no git repository')
    expect(existsSync(file('c.txt'))).to.equal(false)
  })

  it('go on in their worktree after kill -9, and what may have been done is told as unknown', async () => {
    repository()
    const command = 'echo ran >> ran.txt; while [ ! -e go ]; do sleep 0.02; done'
    const held = new Gate('changed')
    talk = await AgentTalk.start(
      scratch,
      [{goal: 'change A', write: true}],
      {'change A': [{write_file: {path: 'c.txt', content: 'two\n'}}, {terminal: {command}}, held]},
      'permissions:\n  mode: bypass\n',
    )
    const gateway = await talk.begin()
    const running = () =>
      gateway.frames.some(({params}) => params?.type === 'subagent.tool' && params.payload?.tool_name === 'terminal')
    await gateway.until(running)
    const [row] = talk.store((store) => store.agents.of(talk.key))
    const folder = String(row?.place?.folder)
    while (!existsSync(path.join(folder, 'ran.txt'))) await new Promise((resolve) => setTimeout(resolve, 10))
    await gateway.kill()
    const {gateway: next} = await talk.open()
    held.open()
    await next.call('prompt.continue', {session_id: talk.sid})
    await ended(next)
    const [one] = talk.told()
    expect(one).to.include({state: 'complete', text: 'changed', worktree: folder})
    expect(one?.note).to.include('it is not known what became of: terminal')
    expect(one?.changed).to.include('c.txt')
    expect(git('show', `${one?.branch}:ran.txt`), 'not run again').to.equal('ran\n')
    const told =
      talk
        .requestsOf('change A')
        .at(-1)
        ?.messages.filter(({role}) => role === 'tool') ?? []
    expect(told.at(-1)?.content).to.include('outcome unknown')
  })
})
