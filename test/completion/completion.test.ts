import {spawnSync} from 'node:child_process'
import {chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {candidatesFor} from '../../src/completion/candidates.js'
import {readProgram} from '../../src/completion/program.js'
import {scripts} from '../../src/completion/scripts.js'
import {openStore} from '../../src/gateway/store/index.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {programPath, TestHome} from '../helpers/pty/chat.js'
import {PtyScreen} from '../helpers/pty/pty.js'

const program = readProgram(root, '/nowhere')
const none = async () => []
const wordsOf = async (words: string[], current = '') => {
  const found = await candidatesFor(program, words, current, none)
  return typeof found === 'string' ? found : found.map(({value}) => value)
}

describe('completion', () => {
  it('offers each command once, those of others of the family too', async () => {
    const words = await wordsOf([])
    expect(words).to.include.members(['chat', 'config', 'completion', 'doctor', 'help', 'plugins', 'sessions', 'which'])
    expect(new Set(words).size).to.equal(words.length)
    expect(words).to.not.include('ring')
    expect(await wordsOf(['config'])).to.include.members(['get', 'path', 'trust'])
    expect(await wordsOf(['help', 'config'], 'g')).to.deep.equal(['get'])
  })

  it('offers flags that are not there yet, and choices of flags and arguments', async () => {
    expect(await wordsOf(['chat'], '--')).to.include.members(['--continue', '--model', '--help'])
    expect(await wordsOf(['chat', '--continue', '-m', 'x'], '--')).to.not.include.members(['--continue'])
    expect(await wordsOf(['chat', '-m', 'x', '--add-dir', '/'], '--'))
      .to.include('--add-dir')
      .and.not.include('--model')
    expect(await wordsOf(['chat', '--output-format'])).to.deep.equal(['text', 'json', 'stream-json'])
    expect(await wordsOf(['chat'], '--output-format=j')).to.deep.equal(['--output-format=json'])
    expect(await wordsOf([], '--cont')).to.deep.equal(['--continue'])
    expect(await wordsOf(['completion'])).to.deep.equal(['bash', 'zsh', 'fish'])
    expect(await wordsOf(['chat', '--add-dir'])).to.equal('folders')
    expect(await wordsOf(['doctor', '--bundle'])).to.equal('files')
    expect(await wordsOf(['chat', '--'], '--')).to.deep.equal([])
  })

  it('asks for values where they stand', async () => {
    const asked: string[] = []
    for (const words of [
      ['chat', '-r'],
      ['chat', '-m'],
      ['attach'],
      ['stop'],
      ['config', 'get'],
      ['doctor', 'crash'],
      ['plugins', 'uninstall', 'a'],
      ['-r'],
    ]) {
      await candidatesFor(program, words, '', async (kind) => {
        asked.push(kind)
        return []
      })
    }
    expect(asked).to.deep.equal([
      'sessions',
      'models',
      'sessions',
      'sessions',
      'settings',
      'deaths',
      'plugins',
      'sessions',
    ])
  })
})

describe('completion of plugins', () => {
  const box = mkdtempSync(path.join(tmpdir(), 'hermes-completion-'))
  after(() => rmSync(box, {recursive: true, force: true}))
  const write = (file: string, content: unknown) => {
    mkdirSync(path.dirname(path.join(box, file)), {recursive: true})
    writeFileSync(path.join(box, file), typeof content === 'string' ? content : JSON.stringify(content))
  }

  it('offers their commands, by their manifest or by their files, and their names', async () => {
    const linked = {name: 'linked', type: 'link', root: path.join(box, 'linked')}
    write('data/package.json', {oclif: {plugins: [{name: 'installed', type: 'user'}, linked, {type: 'user'}, 7]}})
    const flags = {loud: {name: 'loud', type: 'boolean'}, shy: {name: 'shy', type: 'boolean', hidden: true}}
    const commands = {'greet:you': {flags, summary: 'Greets.'}, chat: {summary: 'Theirs.'}}
    write('data/node_modules/installed/oclif.manifest.json', {commands})
    write('linked/package.json', {oclif: {commands: './dist/commands'}})
    for (const file of ['wave.js', 'wave.js.map', 'nod/index.js', 'nod/off.js'])
      write(`linked/dist/commands/${file}`, '')
    const found = readProgram(root, path.join(box, 'data'))
    expect(found.plugins).to.deep.equal(['installed', 'linked'])
    const words = (before: string[], current = '') =>
      candidatesFor(found, before, current, none).then((all) =>
        typeof all === 'string' ? all : all.map(({value}) => value),
      )
    expect(await words([])).to.include.members(['greet', 'wave', 'nod', 'chat'])
    expect(await words(['nod'])).to.deep.equal(['off'])
    expect(await words(['greet', 'you'], '--')).to.deep.equal(['--loud', '--help'])
    expect(found.commands.get('chat')?.summary).to.equal('Chat with an agent.')
  })

  it('does without what is broken', () => {
    for (const [at, content] of ['', 'null', '[]', '{"oclif": 1}', '{"oclif": {"plugins": {}}}'].entries()) {
      write(`broken${at}/package.json`, content)
      expect(readProgram(root, path.join(box, `broken${at}`)).commands.has('chat')).to.equal(true)
    }
  })
})

describe('completion in a shell', () => {
  let home: TestHome
  const shells: PtyScreen[] = []
  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(() => {
    home = new TestHome()
    const bin = path.join(home.dir, 'bin')
    mkdirSync(bin)
    writeFileSync(path.join(bin, 'hermes'), `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n`)
    chmodSync(path.join(bin, 'hermes'), 0o755)
    mkdirSync(home.hermes, {recursive: true})
  })
  afterEach(() => {
    for (const shell of shells.splice(0)) shell.dispose()
    home.remove()
  })

  function stored(...titles: string[]): void {
    const store = openStore(home.database)
    for (const [at, title] of titles.entries()) {
      store.beginTurn({
        session: {key: `20260101_00000${at}_abcdef`, title, model: 'ollama/q:8b', cwd: home.cwd, source: 'test'},
        promptId: `p${at}`,
        prompt: 'hello',
      })
    }
    store.close()
  }

  /** An interactive shell in which `typed` and a Tab were typed. What its line is then is what `hermes` gets. */
  async function completed(name: 'bash' | 'zsh', typed: string, {more = ''} = {}): Promise<string[]> {
    const env = home.env({
      PATH: `${home.dir}/bin:${process.env.PATH}`,
      PS1: 'shell> ',
      PROMPT: 'shell> ',
      HISTFILE: '/dev/null',
    })
    const args = name === 'bash' ? ['--norc', '--noprofile', '-i'] : ['-f', '-i']
    const screen = new PtyScreen({file: name, args, env, cwd: home.cwd, cols: 200})
    shells.push(screen)
    await screen.waitFor('shell>')
    if (name === 'zsh') screen.type('autoload -U compinit; compinit -u -D\r')
    // The words that a program would get.
    screen.type(`eval "$(hermes completion ${name})"; hermes() { printf 'got<%s>\\n' "$@"; }; clear; echo ready\r`)
    await screen.waitFor(/^ready$/m)
    screen.type(`${typed}\t${more}`)
    await screen.waitFor(() => !screen.screen().trimEnd().endsWith(typed.trimEnd()), {what: 'a completion'})
    screen.type(' end\r')
    await screen.waitFor('got<end>')
    return [...screen.scrollback().matchAll(/^got<(.*)>$/gm)].map(([, word]) => word ?? '')
  }

  for (const name of ['bash', 'zsh'] as const) {
    describe(name, () => {
      before(function () {
        if (spawnSync(name, ['-c', ':']).status !== 0) this.skip()
      })

      it('completes a command, a flag and a choice', async () => {
        expect(await completed(name, 'hermes compl')).to.deep.equal(['completion', 'end'])
        expect(await completed(name, 'hermes chat --conti')).to.deep.equal(['chat', '--continue', 'end'])
        expect(await completed(name, 'hermes chat --output-format s')).to.deep.equal([
          'chat',
          '--output-format',
          'stream-json',
          'end',
        ])
        expect(await completed(name, 'hermes config get recovery.inf')).to.deep.equal([
          'config',
          'get',
          'recovery.inflight',
          'end',
        ])
      })

      it('completes a title that would be a command, quoted or not, and runs none of it', async () => {
        const title = `Fix $(touch PWNED) \`touch PWNED\`; "it's" & <all> *`
        stored(title, 'Another one')
        expect(await completed(name, 'hermes chat --resume F')).to.deep.equal(['chat', '--resume', title, 'end'])
        expect(await completed(name, `hermes chat --resume 'Fi`)).to.deep.equal(['chat', '--resume', title, 'end'])
        expect(spawnSync('ls', [home.cwd], {encoding: 'utf8'}).stdout).to.equal('')
      })

      it('completes the key of a session whose title no shell could take', async () => {
        stored('evil\u001b]0;x\u0007\nrm -rf ~')
        expect(await completed(name, 'hermes attach 2026')).to.deep.equal(['attach', '20260101_000000_abcdef', 'end'])
      })

      it('completes a model with a colon', async () => {
        stored('One')
        expect(await completed(name, 'hermes chat -m ollama/q:')).to.deep.equal(['chat', '-m', 'ollama/q:8b', 'end'])
        expect(await completed(name, 'hermes chat --model=ollama/q')).to.deep.equal([
          'chat',
          '--model=ollama/q:8b',
          'end',
        ])
      })
    })
  }

  it('is a script that fish takes', function () {
    if (spawnSync('fish', ['-c', ':']).status !== 0) this.skip()
    const {status, stderr} = spawnSync('fish', ['-c', `${scripts.fish}\ncomplete -C 'hermes compl'`], {
      env: home.env({PATH: `${home.dir}/bin:${process.env.PATH}`}),
      encoding: 'utf8',
    })
    expect(stderr).to.equal('')
    expect(status).to.equal(0)
  })
})
