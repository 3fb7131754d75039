import {execFileSync, spawnSync} from 'node:child_process'
import fs from 'node:fs'
import {createServer} from 'node:net'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {findSandbox} from '../../../src/permissions/sandbox/find.js'
import {sandboxedRun} from '../../../src/permissions/sandbox/sandbox.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {tellTried} from '../../helpers/tried.js'

describe('a command in the sandbox', function () {
  this.timeout(60_000)
  let box: Sandbox

  before(async function () {
    const {home, project, env, remove} = createSandbox()
    const probe = await findSandbox(openWorkspace({cwd: project, env: {...env, HOME: home}}), process.env)
    remove()
    if ('why' in probe || probe.kind !== 'bubblewrap') this.skip()
  })

  beforeEach(() => {
    box = createSandbox()
    git('init', '-q')
    git('config', 'user.email', 'a@b')
    git('config', 'user.name', 'a')
    box.write('home/project/src/a.txt', 'one\n')
    git('add', '.')
    git('commit', '-qm', 'first')
  })
  afterEach(() => box.remove())

  const env = () => ({PATH: process.env.PATH, HOME: box.home, LC_ALL: 'C.UTF-8', GIT_CONFIG_NOSYSTEM: '1'})
  const git = (...args: string[]) => execFileSync('git', args, {cwd: box.project, env: env()})

  async function prepared(cwd = box.project) {
    const workspace = openWorkspace({cwd: box.project, env: box.env})
    const probe = await findSandbox(workspace, process.env)
    if ('why' in probe) throw new Error(probe.why)
    return sandboxedRun(probe, workspace, cwd)
  }

  async function inside(command: string) {
    const run = await prepared()
    if ('why' in run) throw new Error(run.why)
    const {status, stdout, stderr} = spawnSync(run.program, [...run.args, '/bin/sh', '-c', command], {
      cwd: box.project,
      env: env(),
      encoding: 'utf8',
      timeout: 30_000,
    })
    return {code: status, said: stdout + stderr, planted: await run.planted()}
  }

  it('works on the workspace, and with its repository', async () => {
    const {code, said, planted} = await inside(
      'echo two >> src/a.txt && mkdir made && echo x > made/b && git add . && git commit -qm second && git log --oneline && pwd',
    )
    expect(code, said).to.equal(0)
    expect(said)
      .to.match(/second[\s\S]*first/)
      .and.include(box.project)
    expect(fs.readFileSync(path.join(box.project, 'src/a.txt'), 'utf8')).to.equal('one\ntwo\n')
    expect(planted).to.deep.equal([])
  })

  it('writes nowhere else, and leaves nothing in what is temporary', async () => {
    const beside = path.join(box.directory, 'beside')
    fs.mkdirSync(beside)
    for (const place of [box.home, beside, '/etc', '/usr/local/bin', '/var/tmp', '/opt', '/root']) {
      if (!fs.existsSync(place)) continue
      await inside(`echo x > ${place}/hermes-sandbox-was-here`)
      expect(fs.existsSync(path.join(place, 'hermes-sandbox-was-here')), place).to.equal(false)
    }
    expect((await inside('echo x > /tmp/hermes-sandbox-was-here && cat /tmp/hermes-sandbox-was-here')).said).to.equal(
      'x\n',
    )
    expect(fs.existsSync('/tmp/hermes-sandbox-was-here')).to.equal(false)
  })

  it('reaches nobody: no address of this machine, no socket, no other process', async () => {
    const server = createServer((socket) => socket.end('heard'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const {port} = server.address() as {port: number}
    try {
      const {said} = await inside(`bash -c 'cat < /dev/tcp/127.0.0.1/${port}'`)
      expect(said)
        .to.match(/refused|unreachable/i)
        .and.not.include('heard')
    } finally {
      server.close()
    }
    expect((await inside(`kill -0 ${process.pid}`)).code).to.not.equal(0)
    expect((await inside('ls /run')).said).to.equal('')
  })

  it('changes nothing that git or an editor runs by, and says what it made of that kind', async () => {
    box.write('home/project/.vscode/tasks.json', '{}')
    box.write('home/project/pkg/.gitattributes', '* text\n')
    const config = fs.readFileSync(path.join(box.project, '.git/config'), 'utf8')
    for (const command of [
      'git config core.pager evil',
      'echo evil >> .git/config',
      'echo evil > .git/hooks/pre-commit',
      'rm -rf .git/hooks; mkdir .git/hooks',
      'mv .git .old; git init -q',
      'rm -rf .git/config',
      'echo evil > .vscode/tasks.json',
      'mv .vscode .x',
      'echo evil > pkg/.gitattributes; rm pkg/.gitattributes',
    ]) {
      await inside(command)
      expect(fs.readFileSync(path.join(box.project, '.git/config'), 'utf8'), command).to.equal(config)
      expect(fs.existsSync(path.join(box.project, '.git/hooks/pre-commit')), command).to.equal(false)
      expect(fs.readFileSync(path.join(box.project, '.vscode/tasks.json'), 'utf8'), command).to.equal('{}')
      expect(fs.readFileSync(path.join(box.project, 'pkg/.gitattributes'), 'utf8'), command).to.equal('* text\n')
      expect(fs.existsSync(path.join(box.project, '.old')), command).to.equal(false)
    }
    const {planted} = await inside(
      'mkdir -p .husky sub && echo evil > .husky/pre-commit && echo evil > .mcp.json && echo /elsewhere > .git/commondir && git init -q sub',
    )
    expect(planted.map((file) => path.relative(box.project, file)).sort()).to.deep.equal([
      '.git/commondir',
      '.husky',
      '.mcp.json',
      'sub/.git',
      'sub/.git/config',
      'sub/.git/hooks',
    ])
  })

  it('reads no secret, whatever it is called and wherever it is', async () => {
    const canary = 'CANARY-5f1e'
    const names = [
      '.env',
      '.env.production',
      'server.pem',
      'id_rsa',
      '.npmrc',
      'credentials.json',
      'secrets.yaml',
      'x.key',
    ]
    const ofHome = [
      '.ssh/id_ed25519',
      '.aws/credentials',
      '.netrc',
      '.config/gh/hosts.yml',
      '.hermes/hermes-chat.db',
      '.gnupg/a/b',
    ]
    const folders = fc.array(fc.constantFrom('a', 'b c', "it's", 'ü', '$(x)', '-n', '.hidden'), {maxLength: 3})
    const count = runs(60, 12)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(folders, fc.constantFrom(...names)), {maxLength: 6}), async (secrets) => {
        const files = [
          ...secrets.map(([at, name]) => path.join('home/project', ...at, name)),
          ...ofHome.map((name) => path.join('home', name)),
        ].map((name) => box.write(name, `${canary}\n`))
        fs.rmSync(path.join(box.project, 'link'), {force: true})
        fs.symlinkSync(path.join(box.home, '.ssh'), path.join(box.project, 'link'))
        fs.rmSync(path.join(box.project, 'other-name'), {force: true})
        fs.linkSync(path.join(box.home, '.netrc'), path.join(box.project, 'other-name'))
        const {said} = await inside(
          `cat ${files.map((file) => `'${file.replaceAll("'", `'\\''`)}'`).join(' ')} link/* other-name; grep -r ${canary} "$HOME" .`,
        )
        expect(said.replaceAll(`grep: `, '')).to.not.match(new RegExp(`^(?!cat:).*${canary}$`, 'm'))
        expect(said.split('\n').filter((line) => line === canary)).to.deep.equal([])
        for (const file of files) fs.rmSync(file, {force: true})
      }),
      {numRuns: count},
    )
    tellTried(count, 'sets of secrets')
  })

  it('finds nothing of the other work in the home, beside the project or elsewhere', async () => {
    for (const name of ['other/.env', 'other/notes.txt', 'letter.txt', 'projects/app/a.txt'])
      box.write(`home/${name}`, 'mine\n')
    const {said} = await inside(
      'cat ~/other/notes.txt ~/other/.env ~/letter.txt ~/projects/app/a.txt; cat src/a.txt; ls ~',
    )
    expect(said).to.not.include('mine')
    expect(said).to.include('one\n')
    expect((await inside('echo x > ~/new; echo x > ~/other/new; echo x > ~/projects/new')).code).to.not.equal(0)
    expect(fs.readdirSync(box.home)).to.not.include('new')
  })

  it('is none where no workspace bounds it, or too much would have to be looked at', async () => {
    const home = openWorkspace({cwd: box.home, env: box.env})
    const probe = await findSandbox(home, process.env)
    if ('why' in probe) throw new Error(probe.why)
    expect(await sandboxedRun(probe, home, box.home))
      .to.have.property('why')
      .that.includes('no workspace')
    const within = path.join(box.home, '.config', 'hermes')
    fs.mkdirSync(within, {recursive: true})
    const own = openWorkspace({cwd: within, env: box.env})
    expect(await sandboxedRun(probe, own, within))
      .to.have.property('why')
      .that.includes('hidden')
    for (let index = 0; index < 510; index++) box.write(`home/project/keys/${index}.pem`, 'x')
    expect(await prepared())
      .to.have.property('why')
      .that.includes('more than 500')
  })
})
