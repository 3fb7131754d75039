import {existsSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {thisOwner} from '../../src/gateway/session/ownership/owner.js'
import {openStore, type Store} from '../../src/gateway/store/index.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {saysTheSame} from '../../src/sessions/list.js'
import {sessionNames} from '../../src/sessions/names.js'
import {ensureBuilt} from '../helpers/build.js'
import {hiddenCharacters} from '../helpers/hidden-text.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {someOf} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hermes sessions show, rename, delete, prune, export, import', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const run = (...args: string[]): Promise<Ended> => runHermes(['sessions', ...args], {cwd: box.project, env: box.env})
  const told = async (...args: string[]) => {
    const ended = await run(...args, '--json')
    return {code: ended.code, json: JSON.parse(ended.stdout)}
  }
  const day = 86_400_000

  function stored<T>(
    work: (store: Store, say: (key: string, title: string | null, text: string, at?: number) => void) => T,
  ): T {
    let now = Date.now()
    const store = openStore(homeFiles(hermesHome(box.env)).database, {now: () => now})
    const say = (key: string, title: string | null, text: string, at = Date.now()) => {
      now = at
      const session = {key, title, model: null, cwd: '/srv/app', source: 'test'}
      const {turn} = store.beginTurn({session, promptId: `${key}-${text}`, prompt: text})
      store.journal(turn.id, [{kind: 'text', text: `reply to ${text}`}])
      store.finishTurn(turn.id, {status: 'complete'})
    }
    try {
      return work(store, say)
    } finally {
      store.close()
    }
  }

  it('says of an empty home that nothing has that name, and creates nothing', async () => {
    for (const args of [
      ['show', 'x'],
      ['rename', 'x', 'y'],
      ['delete', 'x', '--yes'],
      ['export', 'x'],
    ]) {
      const {code, stderr} = await run(...args)
      expect(code).to.equal(7)
      expect(stderr).to.include('no session has the key or title "x"')
    }
    expect(existsSync(homeFiles(hermesHome(box.env)).database)).to.equal(false)
  })

  it('takes a part of a title where it is the only one, else tells those that fit', async () => {
    stored((_, say) => {
      say('k1', 'Fix the build', 'a')
      say('k2', 'Fix the tests', 'b')
    })
    expect((await told('show', 'BUILD')).json.session.key).to.equal('k1')
    const {code, json} = await told('show', 'fix')
    expect(code).to.equal(7)
    expect(json.error.code).to.equal('session/ambiguous')
    expect(json.error.suggestions.join('\n')).to.include('k1').and.include('k2')
    expect((await run('show', 'Fix the buidl')).stderr).to.include('did you mean Fix the build?')
  })

  it('shows the newest messages and says how many there are before', async () => {
    stored((_, say) => {
      say('k', 'Title', 'first')
      say('k', null, 'second')
    })
    const {stdout} = await run('show', 'k', '--limit', '2')
    expect(stdout).to.include('k  Title').and.include('4 messages · /srv/app').and.include('… 2 messages before')
    expect(stdout).to.include('› second\n\nreply to second').and.not.include('first')
    const {json} = await told('show', 'k')
    expect(json.schemaVersion).to.equal(1)
    expect(json.messages.map(({text}: {text: string}) => text)).to.deep.equal([
      'first',
      'reply to first',
      'second',
      'reply to second',
    ])
  })

  it('renames, and refuses a title that is taken or none', async () => {
    stored((_, say) => {
      say('k1', 'One', 'a')
      say('k2', 'Two', 'b')
    })
    expect((await run('rename', 'One', 'New name')).stdout).to.equal('Renamed k1: New name\n')
    expect((await run('rename', 'k2', 'New name')).stderr).to.include('Another session has the title')
    expect((await run('rename', 'k2', ' ')).code).to.equal(2)
    expect(stored((store) => store.session('k2')?.title)).to.equal('Two')
  })

  it('deletes nothing unasked, and with --yes by the whole name alone', async () => {
    stored((_, say) => say('k', 'Fix the build', 'a'))
    const unasked = await told('delete', 'k')
    expect([unasked.code, unasked.json.error.code]).to.deep.equal([2, 'session/not-confirmed'])
    expect((await run('delete', 'build', '--yes')).code).to.equal(7)
    expect(stored((store) => store.session('k'))).to.not.equal(undefined)
    expect((await told('delete', 'fix the build', '--yes')).code).to.equal(7)
    expect((await told('delete', 'Fix the build', '--yes')).json).to.deep.equal({
      schemaVersion: 1,
      session: 'k',
      deleted: true,
    })
    expect(stored((store) => store.session('k'))).to.equal(undefined)
  })

  it('leaves one alone that another program works on', async () => {
    stored((store, say) => {
      say('k', 'Held', 'a', Date.now() - 40 * day)
      store.setOwner('k', thisOwner())
    })
    for (const args of [
      ['delete', 'k', '--yes'],
      ['rename', 'k', 'x'],
    ]) {
      const {code, stderr} = await run(...args)
      expect(code).to.equal(8)
      expect(stderr).to.include('session k is open in another hermes')
    }
    const {json} = await told('prune', '--older-than', '30d', '--yes')
    expect(json).to.deep.include({deleted: 0, sessions: [], open: ['k']})
    expect((await run('show', 'k')).stdout).to.include('open in another hermes')
    expect(stored((store) => store.session('k')?.title)).to.equal('Held')
  })

  it('prunes what is old, and only shows it with --dry-run', async () => {
    stored((_, say) => {
      say('old', 'Old', 'a', Date.now() - 40 * day)
      say('new', 'New', 'b', Date.now() - 20 * day)
    })
    const dry = await run('prune', '--older-than', '30d', '--dry-run')
    expect(dry.stdout).to.include('old').and.include('1 session would be deleted').and.not.include('new')
    expect((await run('prune', '--older-than', '30d')).code).to.equal(2)
    for (const wrong of someOf(['30', 'd', '0d', '-1d', '1 month', ''], 2)) {
      const {code, stderr} = await run('prune', '--older-than', wrong, '--yes')
      expect(code).to.equal(2)
      expect(stderr).to.include('older-than')
    }
    expect((await told('prune', '--older-than', '4w', '--yes')).json.deleted).to.equal(1)
    expect(stored((store) => store.listSessions(10).map(({key}) => key))).to.deep.equal(['new'])
  })

  it('exports and imports: to stdout, to a file that must be new, by its ending', async () => {
    stored((_, say) => say('k', 'Title', 'hello\u001b[31m'))
    const piped = await run('export', 'k')
    expect(JSON.parse(piped.stdout).session.key).to.equal('k')
    expect((await run('export', 'k', '-o', 's.md')).stdout).to.include('Written: ')
    expect(readFileSync(path.join(box.project, 's.md'), 'utf8'))
      .to.include('# Title')
      .and.include('reply to hello')
    const again = await run('export', 'k', '-o', 's.md')
    expect(again.code).to.equal(2)
    expect(again.stderr).to.include('is there already: nothing was written')
    expect((await run('export', 'k', '-o', 'no/such/s.json')).stderr).to.include('there is no folder')
    const {json} = await told('export', 'k', '-o', 's.json')
    expect(json).to.deep.include({schemaVersion: 1, session: 'k', format: 'json'})
    expect(readFileSync(json.file, 'utf8')).to.equal(piped.stdout)
    const taken = await run('import', 's.json')
    expect(taken.code).to.equal(2)
    expect(taken.stderr).to.include('session k is stored already: nothing was imported').and.include('--copy')
    const copy = await told('import', 's.json', '--copy')
    expect(copy.json).to.deep.include({title: 'Title (2)', messages: 2, cwd: '/srv/app'})
    await run('delete', 'k', '--yes')
    expect((await told('import', 's.json')).json.key).to.equal('k')
    writeFileSync(path.join(box.project, 'bad.json'), '{"format":"hermes-session","version":1,"session":{"key":7}}')
    const bad = await run('import', 'bad.json')
    expect(bad.code).to.equal(2)
    expect(bad.stderr).to.include('bad.json: session: key is 7; expected string')
  })

  it('shows of hostile names nothing that a terminal would obey or hide, in any list', async () => {
    const hidden = hiddenCharacters.filter((character) => /[\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(character))
    stored((store) => {
      for (const [at, character] of hidden.entries()) {
        const session = {
          key: `k${at}`,
          title: `t${at}${character}x`,
          model: `m${character}`,
          cwd: `/w${character}/x`,
          source: 's',
        }
        const {turn} = store.beginTurn({session, promptId: 'p', prompt: `zebra p${character}x`})
        store.finishTurn(turn.id, {status: 'complete'})
      }
    })
    const outputs = [
      await run('list', '--limit', '1000'),
      await run('search', 'zebra', '--limit', '1000'),
      await run('prune', '--older-than', '1h', '--dry-run'),
      await run('show', 't'),
      await run('show', `k${hidden.length - 1}`),
      await run('rename', 'k0', `y\u001b]0;x\u0007`),
      await run('delete', 'k0'),
    ]
    for (const {stdout, stderr} of outputs) {
      expect(`${stdout}${stderr}`.match(/(?!\n)\p{Cc}|\p{Default_Ignorable_Code_Point}/u)).to.equal(null)
    }
  })

  it('suggests what exists, not what was refused', async () => {
    const {stderr, code} = await run('delet', 'x')
    expect(code).to.equal(2)
    expect(stderr).to.include('did you mean "hermes sessions delete"?').and.not.include('delete x')
  })

  it('gives keys and titles to a shell that completes words', () => {
    expect(sessionNames({env: box.env, limit: 10})).to.deep.equal([])
    stored((_, say) => {
      say('k1', 'One', 'a', 1000)
      say('k2', null, 'b', 2000)
    })
    expect(sessionNames({env: box.env, limit: 10})).to.deep.equal([
      {key: 'k2', title: ''},
      {key: 'k1', title: 'One'},
    ])
    expect(sessionNames({env: box.env, limit: 1})).to.have.length(1)
    writeFileSync(homeFiles(hermesHome(box.env)).database, 'no database')
    expect(sessionNames({env: box.env, limit: 10})).to.deep.equal([])
  })

  it('hermes chat --resume takes a part of a title, and lists those that it fits with exit code 7', async () => {
    stored((_, say) => {
      say('k1', 'Fix the build', 'a')
      say('k2', 'Fix the tests', 'b')
    })
    const ask = (name: string) =>
      runHermes(['chat', '-p', 'go on', '--model', 'offline/2', '--resume', name], {cwd: box.project, env: box.env})
    const several = await ask('fix')
    expect(several.code).to.equal(7)
    expect(several.stderr).to.include("several sessions have 'fix' in their title")
    expect(several.stderr).to.include('--resume k1').and.include('--resume k2')
    expect((await ask('BUILD')).code).to.equal(0)
    expect(stored((store) => [store.messageCount('k1'), store.messageCount('k2')])).to.deep.equal([4, 2])
    expect((await ask('nothing')).code).to.equal(7)
  })

  it('does not print a title and the same text again', () => {
    expect(saysTheSame('Fix the build', 'Fix the build. It is red')).to.equal(true)
    expect(saysTheSame('Fix the build and the…', 'Fix the build and the tests of all')).to.equal(true)
    expect(saysTheSame('Red', 'Why is it red?')).to.equal(false)
    expect(saysTheSame('…', '')).to.equal(false)
  })
})
