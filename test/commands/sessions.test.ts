import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {agoText} from '../../src/sessions/list.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {hiddenCharacters} from '../helpers/hidden-text.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hermes sessions', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const sessions = (...args: string[]): Promise<Ended> =>
    runHermes(['sessions', ...args], {cwd: box.project, env: box.env})
  const database = () => homeFiles(hermesHome(box.env)).database

  function store(rows: readonly {key: string; title: string | null; prompt: string; at: number}[]): void {
    let now = 0
    const opened = openStore(database(), {now: () => now})
    for (const {key, title, prompt, at} of rows) {
      now = at
      const session = {key, title, model: null, cwd: null, source: 'test'}
      const {turn} = opened.beginTurn({session, promptId: `prompt-${key}`, prompt})
      opened.finishTurn(turn.id, {status: 'complete'})
    }
    opened.close()
  }

  it('says that there is none, and creates nothing by looking', async () => {
    const {stdout, code} = await sessions()
    expect(stdout).to.equal('No session is stored yet.\n')
    expect(code).to.equal(0)
    expect(existsSync(database())).to.equal(false)
  })

  it('lists them, most recent first, with key, time, count, title and first prompt', async () => {
    store([
      {key: 'older', title: null, prompt: 'How do I fix it?', at: Date.now() - 3 * 3_600_000},
      {key: 'newer', title: 'The build', prompt: 'Why is it red?', at: Date.now() - 60_000},
    ])
    const {stdout} = await sessions()
    expect(stdout.split('\n')).to.deep.equal([
      'newer  1 min ago  1 message',
      '  The build  Why is it red?',
      'older  3 h ago  1 message',
      '  How do I fix it?',
      '',
    ])
    expect((await sessions('--limit', '1')).stdout)
      .to.contain('newer')
      .and.not.contain('older')
  })

  it('finds words in messages', async () => {
    store([
      {key: 'one', title: null, prompt: 'about zebras in Africa', at: Date.now()},
      {key: 'two', title: null, prompt: 'about lions', at: Date.now()},
    ])
    const {stdout} = await sessions('--search', 'zebras')
    expect(stdout).to.contain('one').and.contain('‹zebras›').and.not.contain('two')
    expect((await sessions('--search', 'giraffe')).stdout).to.equal('No stored message has these words.\n')
  })

  it('shows each character of a title and a prompt that a terminal would obey or hide', async () => {
    const hidden = hiddenCharacters.filter((character) => /[\p{Cc}\p{Default_Ignorable_Code_Point}]/u.test(character))
    store(hidden.map((character, at) => ({key: `k${at}`, title: `t${at}${character}x`, prompt: `p${character}x`, at})))
    const {stdout} = await sessions('--limit', '1000')
    expect(stdout.match(/(?!\n)\p{Cc}|\p{Default_Ignorable_Code_Point}/u)).to.equal(null)
    for (const word of ['<U+200b>', '<U+ad>', '<U+2060>', '<U+e0041>', '<U+202e>']) expect(stdout).to.include(word)
    console.log(`        ${hidden.length} characters`)
  })

  it('tells programs the same', async () => {
    const at = Date.UTC(2026, 0, 2, 3, 4, 5)
    store([{key: 'k', title: 'T', prompt: 'p', at}])
    expect(JSON.parse((await sessions('--json')).stdout)).to.deep.equal({
      schemaVersion: 1,
      version: 1,
      sessions: [{key: 'k', title: 'T', excerpt: 'p', time: '2026-01-02T03:04:05.000Z', messages: 1}],
    })
  })

  it('ends with 6 on a file that is no database, and leaves it as it is', async () => {
    const file = box.write(
      'home/.hermes/hermes-chat.db',
      'this is not a database, and long enough to be read as one.'.repeat(50),
    )
    const before = readFileSync(file, 'utf8')
    const {code, stderr} = await sessions()
    expect(code).to.equal(6)
    expect(stderr).to.contain(file)
    expect(readFileSync(file, 'utf8')).to.equal(before)
  })

  describe('of a gateway that is configured', () => {
    const gateway = path.join(root, 'test', 'fixtures', 'scripted-gateway.mjs')
    const turn = (text: string) => ({text, status: 'complete', reply: 'a reply'})
    const row = (key: string, prompt: string, startedAt: number, title: string | null = null) => ({
      key,
      title,
      startedAt,
      liveIds: [],
      turns: [turn(prompt)],
    })

    let state = ''
    function asked(rows: ReturnType<typeof row>[], env: Record<string, string>, ...args: string[]): Promise<Ended> {
      state = box.write('state.json', JSON.stringify({sessions: Object.fromEntries(rows.map((r) => [r.key, r]))}))
      const command = {HERMES_GATEWAY_COMMAND: `${process.execPath} ${gateway}`, FG_STATE: state}
      return runHermes(['sessions', ...args], {cwd: box.project, env: {...box.env, ...command, ...env}})
    }

    const kinds: Record<string, string>[] = [{FG_REFERENCE: '1'}, {}]
    for (const env of kinds) {
      it(`asks it, most recent first, and not the own database (${JSON.stringify(env)})`, async () => {
        store([{key: 'own', title: null, prompt: 'not of that gateway', at: Date.now()}])
        const rows = [
          row('older', 'about zebras', Date.now() - 7_200_000),
          row('newer', 'lions', Date.now(), 'The title'),
        ]
        const listed = await asked(rows, env)
        expect(listed.stdout.split('\n')).to.deep.equal([
          'newer  just now  2 messages',
          '  The title  lions',
          'older  2 h ago  2 messages',
          '  about zebras',
          '',
        ])
        expect(listed.code).to.equal(0)
        expect((await asked(rows, env, '--limit', '1')).stdout)
          .to.contain('newer')
          .and.not.contain('older')
        const found = await asked(rows, env, '--search', 'ZEBRAS about')
        expect(found.stdout).to.contain('older').and.not.contain('newer')
        expect(found.stderr).to.contain('titles and first prompts')
      })
    }

    it('shows nothing of it that a terminal would obey, and takes any time', async () => {
      const rows = [row('k\x1b[31m', 'p\x1b]0;x\x07', 1e300, 't\u202ex'), row('late', 'p', -5)]
      const {stdout, code} = await asked(rows, {FG_REFERENCE: '1'})
      expect(stdout.match(/(?!\n)\p{Cc}|\p{Default_Ignorable_Code_Point}/u)).to.equal(null)
      expect(code).to.equal(0)
      expect((await asked(rows, {}, '--json')).code).to.equal(0)
    })

    it('deletes there, but nothing that is open there or that no time is told of', async () => {
      const rows = () => [
        row('k1', 'about zebras', Date.now() - 90 * 86_400_000, 'Animals'),
        row('k2', 'lions', Date.now() - 80 * 86_400_000),
        row('k3', 'now', Date.now()),
        row('k4', 'never', 0),
      ]
      const left = () => Object.keys(JSON.parse(readFileSync(state, 'utf8')).sessions)
      const one = await asked(rows(), {FG_REFERENCE: '1'}, '--json')
      expect(JSON.parse(one.stdout).sessions).to.have.length(4)
      const deleted = await asked(rows(), {FG_REFERENCE: '1'}, 'delete', 'Animals', '--yes')
      expect(deleted.stdout).to.equal('Deleted k1\n')
      expect(left()).to.deep.equal(['k2', 'k3', 'k4'])
      const part = await asked(rows(), {FG_REFERENCE: '1'}, 'delete', 'anim', '--yes')
      expect(part.code).to.equal(7)
      const held = await asked(rows(), {FG_HELD: 'k1'}, 'delete', 'k1', '--yes')
      expect(held.code).to.equal(8)
      const pruned = await asked(rows(), {FG_HELD: 'k2'}, 'prune', '--older-than', '30d', '--yes', '--json')
      expect(JSON.parse(pruned.stdout)).to.deep.include({deleted: 1, open: ['k2']})
      expect(left()).to.deep.equal(['k2', 'k3', 'k4'])
      const shown = await asked(rows(), {}, 'show', 'k1')
      expect(shown.code).to.equal(2)
      expect(shown.stderr).to.include('keeps its sessions itself')
    })

    it('says why it could not be asked', async () => {
      const dies = await asked([], {FG_EXIT: '3@boot', FG_STDERR: 'no such thing'})
      expect(dies.code).to.equal(4)
      expect(dies.stderr).to.contain('no such thing')
      const missing = await asked([], {HERMES_GATEWAY_COMMAND: 'python3 -m no_such_gateway.entry'})
      expect(missing.code).to.equal(4)
      expect(missing.stderr).to.match(/HERMES_PYTHON_SRC_ROOT|command not found/)
    })
  })

  it('refuses a limit that is none', async () => {
    expect((await sessions('--limit', '0')).code).to.equal(2)
  })
})

describe('what a list of sessions shows', () => {
  it('is a time as people say it', () => {
    const now = Date.UTC(2026, 5, 15, 12)
    const ago = (minutes: number) => agoText(now - minutes * 60_000, now)
    expect([0, 5, 60, 23 * 60 + 59, 24 * 60, 47 * 60, 48 * 60].map(ago)).to.deep.equal([
      'just now',
      '5 min ago',
      '1 h ago',
      '23 h ago',
      'yesterday',
      'yesterday',
      '2 days ago',
    ])
    expect(ago(40 * 24 * 60)).to.equal('2026-05-06')
  })
})
