import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {concludeWorktree, prepareWorktree} from '../../../src/gateway/agents/worktree.js'
import type {AgentPlace} from '../../../src/gateway/store/agents/types.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'

describe('a worktree of a sub-agent', () => {
  const {PATH} = process.env
  let folder: string
  let repository: string
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
      cwd: repository,
      encoding: 'utf8',
    })
  const env = () => ({PATH: process.env.PATH, HOME: folder, HERMES_HOME: path.join(folder, 'home')})
  const workspace = () => openWorkspace({cwd: repository, env: env()})

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-worktree-')))
    repository = path.join(folder, 'app')
    mkdirSync(path.join(repository, 'src'), {recursive: true})
    writeFileSync(path.join(repository, 'src', 'a.txt'), 'one\n')
    git('init', '--quiet', '--initial-branch=main')
    git('add', '.')
    git('commit', '--quiet', '-m', 'first')
  })
  afterEach(() => {
    process.env.PATH = PATH
    rmSync(folder, {recursive: true, force: true})
  })

  async function prepared(place: AgentPlace | null = null, before = () => {}) {
    const seen: AgentPlace[] = []
    const made = await prepareWorktree({
      home: path.join(folder, 'home'),
      env: env(),
      workspace: workspace(),
      cwd: path.join(repository, 'src'),
      key: '20260101_000000_abcdef',
      name: 'Change it: all/of it…',
      place,
      onPlace(each) {
        if (!each.ready) before()
        seen.push(each)
      },
    })
    if ('why' in made) throw new Error(made.why)
    return {...made, seen}
  }

  it('begins in the same folder of it, and is noted before it is made and when it is whole', async () => {
    const {place, cwd, seen} = await prepared()
    expect(cwd).to.equal(path.join(place.folder, 'src'))
    expect(place.branch).to.equal('hermes/change-it-all-of-it-abcdef')
    expect(seen.map(({ready}) => ready)).to.deep.equal([false, true])
  })

  it('is made anew where a process died while it was made, and kept where it was whole', async () => {
    const {place} = await prepared()
    rmSync(path.join(place.folder, 'src'), {recursive: true})
    const again = await prepared({...place, ready: false})
    expect(readFileSync(path.join(again.cwd, 'a.txt'), 'utf8')).to.equal('one\n')
    writeFileSync(path.join(again.cwd, 'b.txt'), 'two\n')
    const lock = git('-C', place.folder, 'rev-parse', '--git-path', 'index.lock').trim()
    writeFileSync(path.resolve(place.folder, lock), '')
    const kept = await prepared(again.place)
    expect(existsSync(path.join(kept.cwd, 'b.txt'))).to.equal(true)
    const changes = await concludeWorktree(kept.place, {env: env(), workspace: workspace(), name: 'change'})
    expect(changes).to.include({committed: true, cut: false})
    expect(git('diff', '--name-only', 'main', place.branch).trim()).to.equal('src/b.txt')
  })

  it('runs nothing that the repository names', async () => {
    const ran = path.join(folder, 'ran')
    git('config', 'filter.mine.smudge', `touch ${ran}; cat`)
    git('config', 'filter.mine.clean', `touch ${ran}; cat`)
    git('config', 'core.fsmonitor', `touch ${ran}`)
    writeFileSync(path.join(repository, '.gitattributes'), '*.txt filter=mine\n')
    git('-c', 'core.fsmonitor=false', 'add', '.gitattributes')
    git('-c', 'core.fsmonitor=false', 'commit', '--quiet', '-m', 'second')
    writeFileSync(path.join(repository, '.git', 'hooks', 'pre-commit'), `#!/bin/sh\ntouch ${ran}\n`, {mode: 0o755})
    rmSync(ran, {force: true})
    const {place, cwd} = await prepared()
    writeFileSync(path.join(cwd, 'a.txt'), 'two\n')
    await concludeWorktree(place, {env: env(), workspace: workspace(), name: 'change'})
    expect(existsSync(ran)).to.equal(false)
    expect(git('-c', 'core.fsmonitor=false', 'show', `${place.branch}:src/a.txt`)).to.equal('two\n')
  })

  it('is made and removed while another one of the repository is only half there', async () => {
    const half = path.join(repository, '.git', 'worktrees', 'another')
    const halfThere = () => {
      mkdirSync(half, {recursive: true})
      writeFileSync(path.join(half, 'gitdir'), path.join(folder, 'another', '.git'))
      for (const name of ['HEAD', 'commondir', 'locked']) writeFileSync(path.join(half, name), '')
    }
    // Until git has stumbled over it.
    const script = `#!/bin/sh\nPATH='${PATH}' git "$@"\ncode=$?\n[ $code = 128 ] && rm -r '${half}'\nexit $code\n`
    const bin = path.join(folder, 'bin')
    mkdirSync(bin)
    writeFileSync(path.join(bin, 'git'), script, {mode: 0o755})
    process.env.PATH = `${bin}:${PATH}`
    const {place} = await prepared(null, halfThere)
    expect(existsSync(half)).to.equal(false)
    halfThere()
    const changes = await concludeWorktree(place, {env: env(), workspace: workspace(), name: 'change'})
    expect(changes).to.equal(undefined)
    expect(existsSync(half)).to.equal(false)
    process.env.PATH = PATH
    expect(git('branch', '--list', 'hermes/*')).to.equal('')
  })

  it('leaves no branch where it can not be made', async () => {
    writeFileSync(path.join(repository, '.git', 'worktrees'), '')
    const failed = await prepared().catch((error: Error) => error.message)
    expect(failed).to.match(/^git worktree: .*worktrees/)
    expect(git('branch', '--list', 'hermes/*')).to.equal('')
  })

  it('leaves nothing where nothing was changed', async () => {
    const {place} = await prepared()
    expect(await concludeWorktree(place, {env: env(), workspace: workspace(), name: 'change'})).to.equal(undefined)
    expect(existsSync(place.folder)).to.equal(false)
    expect(git('branch', '--list', 'hermes/*')).to.equal('')
  })
})
