import {chmodSync, readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hermes config', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const config = (...args: string[]): Promise<Ended> => runHermes(['config', ...args], {cwd: box.project, env: box.env})

  function lineOf(stdout: string, key: string): string[] {
    const line = stdout.split('\n').find((candidate) => candidate.startsWith(`${key} `))
    return line?.trim().split(/ {2,}/) ?? []
  }

  it('shows every value and where it comes from', async () => {
    const own = box.write(
      'home/.config/hermes/config.yaml',
      'recovery: {limit: 7}\nproviders: {a: {apiKey: sk-1234567890abcdefghijkl}}\n',
    )
    chmodSync(own, 0o600)
    const project = box.write('home/project/.hermesrc', 'ui.showReasoning: false\n')
    const {stdout, stderr, code} = await runHermes(['config'], {
      cwd: box.project,
      env: {...box.env, HERMES_MODEL: 'openai/x'},
    })
    expect(code, stderr).to.equal(0)
    expect(lineOf(stdout, 'recovery.limit')).to.deep.equal(['recovery.limit', '7', '~/.config/hermes/config.yaml'])
    expect(lineOf(stdout, 'model')).to.deep.equal(['model', 'openai/x', 'HERMES_MODEL'])
    expect(lineOf(stdout, 'ui.showReasoning')).to.deep.equal(['ui.showReasoning', 'false', '~/project/.hermesrc'])
    expect(lineOf(stdout, 'recovery.windowMs')).to.deep.equal(['recovery.windowMs', '60000', 'default'])
    expect(stdout).to.contain('sk-…ijkl').and.not.contain('1234567890')
    expect(stdout).to.contain(`read: ${project.replace(box.home, '~')}`)
    expect(stderr).to.equal('')
    expect(stdout).to.not.contain('\u001b')
  })

  it('tells programs the same', async () => {
    const own = box.write('home/.config/hermes/config.yaml', 'recovery: {limit: 7}\n')
    const report = JSON.parse((await config('--json')).stdout)
    expect(report.version).to.equal(1)
    expect(report.settings['recovery.limit']).to.deep.equal({value: 7, origin: {kind: 'user', file: own}})
    expect(report.settings.model).to.deep.equal({value: null, origin: {kind: 'default'}})
    expect(report.files).to.have.length(1)
    expect(report.warnings).to.deep.equal([])
  })

  it('tells programs of a mistake in the same short form, whoever found it', async () => {
    const flag = await config('--json', '--nope')
    expect(flag.code).to.equal(2)
    expect(JSON.parse(flag.stdout)).to.deep.equal({
      error: {
        code: 'cli/usage',
        message: '"--nope" is not a flag of hermes config',
        exit: 2,
        suggestions: ['hermes config --help'],
      },
    })
    const key = await config('get', '--json', 'nokey')
    expect(key.code).to.equal(2)
    expect(JSON.parse(key.stdout)).to.deep.equal({
      error: {
        code: 'config/unknown-key',
        message: '"nokey" is not a known key',
        exit: 2,
        suggestions: ['hermes config'],
      },
    })
  })

  it('ends with 3 and one unbroken line for a mistake', async () => {
    const file = box.write('home/project/.hermesrc.yaml', 'recovery:\n  limt: 5\n')
    const {code, stdout, stderr} = await config()
    expect(code).to.equal(3)
    expect(stdout).to.equal('')
    expect(stderr).to.equal(`hermes: ${file}:2:3: "recovery.limt" is not a known key; did you mean "recovery.limit"?\n`)
    const json = await config('--json')
    expect(json.code).to.equal(3)
    expect(JSON.parse(json.stdout).error.code).to.equal('config/unknown-key')
  })

  it('shows where files are looked for, and which count', async () => {
    const own = box.write('home/.config/hermes/config.yaml', 'model: a/b\n')
    box.write('home/project/.hermesrc.yaml', 'gateway.command: x\n')
    box.write('home/project/hermes.config.json', '{}')
    const {stdout} = await config('path')
    expect(stdout).to.match(/^ {4}\.hermesrc\.yaml {2}used, but not trusted$/m)
    expect(stdout).to.match(/^ {4}hermes\.config\.json {2}found, not used$/m)
    expect(stdout).to.match(/^ {4}config\.yaml {2}used$/m)
    expect(stdout).to.contain('Your own settings belong in ~/.config/hermes/config.yaml')
    const report = JSON.parse((await config('path', '--json')).stdout)
    expect(report.own).to.equal(own)
    expect(report.places.filter(({exists}: {exists: boolean}) => exists)).to.have.length(3)
  })

  it('prints one value', async () => {
    expect((await config('get', 'recovery.limit')).stdout).to.equal('3\n')
    expect((await config('get', 'model')).stdout).to.equal('\n')
    const {code, stderr} = await config('get', 'recovery.limti')
    expect(code).to.equal(2)
    expect(stderr).to.contain('"recovery.limti" is not a known key; did you mean "recovery.limit"?')
  })

  it('does not read the key from what is piped in', async () => {
    const {code, stderr} = await runHermes(['config', 'get'], {cwd: box.project, env: box.env, input: 'model\n'})
    expect(code).to.equal(2)
    expect(stderr).to.contain('KEY is missing')
  })

  it('warns of untrusted keys, takes them after trust and no longer after --revoke', async () => {
    const file = box.write('home/project/.hermesrc.yaml', 'gateway.command: python3 -m mine\n')
    const before = await config('get', 'gateway.command')
    expect(before.stdout).to.equal('\n')
    expect(before.stderr).to.match(/^warning: .*:1:1: "gateway\.command" is ignored until you trust this file/)
    expect(before.code).to.equal(0)

    const trusted = await config('trust')
    expect(trusted.stdout).to.equal(`Trusted until it changes: ${file}\n  gateway.command: python3 -m mine\n`)
    const after = await config('get', 'gateway.command')
    expect(after).to.deep.include({stdout: '["python3","-m","mine"]\n', stderr: ''})

    expect((await config('trust', '--revoke')).stdout).to.equal(`No longer trusted: ${file}\n`)
    expect((await config('get', 'gateway.command')).stdout).to.equal('\n')
  })

  it('writes nothing', async () => {
    box.write('home/project/.hermesrc.yaml', 'gateway.command: x\n')
    await config()
    await config('path')
    const written = readdirSync(box.home, {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
    expect(written).to.deep.equal([path.join(box.project, '.hermesrc.yaml')])
    expect(readFileSync(written[0] ?? '', 'utf8')).to.equal('gateway.command: x\n')
  })
})

describe('a command that there is not', () => {
  it('is answered with the one that was likely meant and exit code 2', async function () {
    this.timeout(60_000)
    ensureBuilt()
    const box = createSandbox()
    try {
      const {code, stderr} = await runHermes(['cofnig'], {cwd: box.project, env: box.env})
      expect(code).to.equal(2)
      expect(stderr).to.equal(
        'hermes: "cofnig" is not a command; did you mean "hermes config"?\n  try: hermes --help\n',
      )
    } finally {
      box.remove()
    }
  })
})
