import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../src/errors.js'
import {mintLiveId, mintPromptId, mintSessionKey} from '../../src/gateway/ids.js'
import {lineOf, RpcError, toRpcError} from '../../src/gateway/rpc-error.js'
import {gitBranch} from '../../src/gateway/session/git-branch.js'
import {seedTurns} from '../../src/gateway/session/seed.js'
import {nameSession, namingPrompt, titleFrom} from '../../src/gateway/session/titles.js'
import {openStore} from '../../src/gateway/store/index.js'
import {systemPrompt} from '../../src/gateway/turn/system-prompt.js'

describe('names that the gateway gives', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'hermes-names-'))
  })

  afterEach(() => rm(folder, {recursive: true, force: true}))

  it('have the shapes of the reference', () => {
    expect(mintLiveId()).to.match(/^[0-9a-f]{8}$/)
    expect(mintPromptId()).to.match(/^[0-9a-f]{32}$/)
    expect(mintSessionKey(new Date(2026, 0, 2, 3, 4, 5), 'abcdef')).to.equal('20260102_030405_abcdef')
    expect(mintSessionKey()).to.match(/^\d{8}_\d{6}_[0-9a-f]{6}$/)
    expect(new Set(Array.from({length: 1000}, mintLiveId)).size).to.equal(1000)
  })

  it('make a title of the first line of a prompt that has something in it', () => {
    expect(titleFrom('\n\n  Fix\tthe  build \nand more')).to.equal('Fix the build')
    expect(titleFrom(' \n\t')).to.equal('')
    expect(titleFrom('word '.repeat(30))).to.equal('word word word word word word word word word word word…')
  })

  it('take for a title the first prompt with a word in it', () => {
    expect(namingPrompt(['1', '?!', 'Fix the build', 'And now this'])).to.equal('Fix the build')
    expect(namingPrompt(['你好', 'Fix the build'])).to.equal('你好')
    expect(namingPrompt(['1', '2'])).to.equal(undefined)
  })

  it('make titles that fit, of any prompt', () => {
    fc.assert(
      fc.property(fc.string({unit: 'binary', maxLength: 200}), (prompt) => {
        const title = titleFrom(prompt)
        expect([...title].length).to.be.at.most(60)
        expect(title).to.not.match(/[\n\p{Cc}]/u)
      }),
    )
  })

  it('tell a title apart from one that another session has', () => {
    const store = openStore(path.join(folder, 'test.db'))
    const titles = ['a', 'b', 'c'].map((key) => {
      store.beginTurn({session: {key, title: null, model: null, cwd: null, source: 'tui'}, promptId: 'p', prompt: 'x'})
      return nameSession(store, key, `same ${'long '.repeat(20)}`, {cwd: '/', now: new Date(2026, 0, 2)})
    })
    store.close()
    expect(new Set(titles).size).to.equal(3)
    expect(titles[1]).to.match(/… · 2 Jan$/)
    expect(titles.every((title) => [...(title ?? '')].length <= 60)).to.equal(true)
  })

  it('name the branch of a repository, and of a linked worktree', async () => {
    const git = path.join(folder, '.git')
    const deep = path.join(folder, 'a/b')
    await mkdir(path.join(git, 'worktrees/w'), {recursive: true})
    await mkdir(deep, {recursive: true})
    await writeFile(path.join(git, 'HEAD'), 'ref: refs/heads/feature/x\n')
    expect(gitBranch(deep)).to.equal('feature/x')
    await writeFile(path.join(git, 'HEAD'), '0123456789abcdef0123456789abcdef01234567\n')
    expect(gitBranch(deep)).to.equal('')
    await writeFile(path.join(git, 'worktrees/w/HEAD'), 'ref: refs/heads/other\n')
    await writeFile(path.join(folder, 'a/.git'), 'gitdir: ../.git/worktrees/w\n')
    expect(gitBranch(deep)).to.equal('other')
  })

  it('make turns of seed messages', () => {
    expect(
      seedTurns([
        {role: 'assistant', text: 'Welcome.'},
        {role: 'system', text: 'Be brief.'},
        {role: 'user', text: 'Why?'},
        {role: 'assistant', text: 'So.'},
        {role: 'assistant', text: 'There.'},
        {role: 'user', text: ''},
      ]),
    ).to.deep.equal([
      {prompt: '', reply: 'Welcome.'},
      {prompt: 'Be brief.', reply: ''},
      {prompt: 'Why?', reply: 'So.\n\nThere.'},
    ])
  })

  it('say where and when a model works', () => {
    const prompt = systemPrompt({
      instructions: 'Be kind.',
      cwd: '/work',
      now: new Date(2026, 4, 6, 12),
      platform: 'linux',
    })
    expect(prompt).to.equal('Be kind.\n\nWorking directory: /work\nPlatform: linux\nDate: 2026-05-06')
  })

  it('put an error and its remedy into one line, with a code of the wire', () => {
    const error = new HermesError('one\n  two', {code: 'store/full', suggestions: ['Free some space.', 'Or not.']})
    expect(lineOf(error)).to.equal('one two. Free some space.')
    expect(toRpcError(error)).to.include({code: 5000, message: 'one two. Free some space.'})
    expect(toRpcError(new HermesError('x', {code: 'config/invalid'})).code).to.equal(5001)
    expect(toRpcError(new HermesError('x', {code: 'store/title-taken'})).code).to.equal(4022)
    expect(toRpcError(new HermesError('x', {code: 'provider/unknown-model'})).code).to.equal(4002)
    for (const area of ['context', 'image', 'file', 'session', 'permissions', 'some-new-area']) {
      const told = toRpcError(new HermesError('no summary', {code: `${area}/x`, suggestions: ['Try again']}))
      expect(told.message, area).to.equal('no summary. Try again')
    }
    expect(toRpcError(new TypeError('x is not a function'))).to.include({
      code: -32603,
      message: 'internal error: x is not a function',
    })
    const own = new RpcError(4009, 'session busy')
    expect(toRpcError(own)).to.equal(own)
  })
})
