import {linkSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {isSecretFile, isStartUpFile} from '../../src/permissions/secret-files.js'
import {openWorkspace, realPathOf} from '../../src/permissions/workspace.js'
import {runProgram} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('the workspace', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const open = (cwd: string, addDirs: string[] = []) => openWorkspace({cwd, addDirs, env: box.env})
  const folder = (...names: string[]) => {
    const made = path.join(box.directory, ...names)
    mkdirSync(made, {recursive: true})
    return made
  }

  it('is the repository that the working directory is in, or the directory itself', () => {
    const deep = folder('home', 'project', 'a', 'b')
    expect(open(deep).root).to.equal(deep)
    folder('home', 'project', '.git')
    expect(open(deep).root).to.equal(box.project)
    // A worktree or submodule has a file.
    writeFileSync(path.join(box.project, 'a', '.git'), 'gitdir: x\n')
    expect(open(deep).root).to.equal(path.join(box.project, 'a'))
    symlinkSync(deep, path.join(box.directory, 'link'))
    expect(open(path.join(box.directory, 'link')).root).to.equal(path.join(box.project, 'a'))
  })

  it('is never a home that is kept in a repository, nor what is above it', () => {
    for (const place of [['home'], []]) folder(...place, '.git')
    expect(open(box.project).root).to.equal(box.project)
    for (const cwd of [box.home, box.directory, '/']) {
      const {root, roots, contains, holds} = open(cwd)
      expect(root).to.equal(cwd)
      expect(roots).to.deep.equal([])
      expect(contains(path.join(box.home, 'x'))).to.equal(false)
      expect(holds(cwd)).to.equal(true)
    }
  })

  it('holds what is in it and in the folders that were added, by real path', () => {
    const added = folder('added')
    const {contains} = open(box.project, [added, path.join(box.directory, 'later')])
    for (const inside of [box.project, `${box.project}/x`, added, `${added}/y/z`, `${box.directory}/later/x`]) {
      expect(contains(inside), inside).to.equal(true)
    }
    for (const outside of [`${box.project}x`, box.home, `${added}.txt`, '/', `${box.project}/..`.slice(0, -11)]) {
      expect(contains(outside), outside).to.equal(false)
    }
  })

  it('takes a file for a secret that has the name of one elsewhere: a hard link', () => {
    const secrets = [
      ['project', '.env'],
      ['project', 'deep', 'er', 'id_rsa'],
      ['.ssh', 'work'],
      ['.netrc'],
      ['.config', 'gh', 'hosts.yml'],
    ]
    let tried = 0
    for (const [at, names] of secrets.entries()) {
      const file = path.join(folder('home', ...names.slice(0, -1)), names.at(-1) ?? '')
      writeFileSync(file, 'KEY=1')
      for (const place of [folder('home', 'project', 'sub'), path.dirname(file)]) {
        const isBeside = names[1] === 'deep' && place !== path.dirname(file)
        const link = path.join(place, `notes${at}.txt`)
        linkSync(file, link)
        // Nothing tells of a name that is neither beside it, in the home nor on top of the workspace.
        expect(open(box.project).isSecret(link), `${link} is ${file}`).to.equal(!isBeside)
        tried += 1
      }
    }
    const plain = path.join(box.project, 'plain.txt')
    writeFileSync(plain, 'a')
    linkSync(plain, path.join(box.project, 'same.txt'))
    expect(open(box.project).isSecret(plain)).to.equal(false)
    console.log(`        ${tried} links`)
  })

  it('holds what git keeps addresses in, with the tokens in them', () => {
    const {isSecret} = open(box.project)
    for (const name of ['.git/config', '.git/modules/a/b/config', '.git/config.worktree', 'x/.git/config']) {
      expect(isSecret(path.join(box.project, name)), name).to.equal(true)
    }
    for (const name of ['.git/HEAD', 'config', 'git/config', '.git/refs/heads/config', '.github/config']) {
      expect(isSecret(path.join(box.project, name)), name).to.equal(false)
    }
  })

  it('resolves every link as the system does, also of what is not there yet', async () => {
    folder('home', 'project', 'sub')
    symlinkSync('sub', path.join(box.project, 'in'))
    symlinkSync('../..', path.join(box.project, 'out'))
    symlinkSync('missing/file', path.join(box.project, 'dangling'))
    symlinkSync('loop', path.join(box.project, 'loop'))
    symlinkSync('/proc/self/root', path.join(box.project, 'magic'))
    const segment = fc.constantFrom('sub', 'in', 'out', 'dangling', 'new', '..', '.', 'home', 'project', 'x')
    const paths = fc.sample(
      fc.array(segment, {minLength: 1, maxLength: 7}).map((names) => [box.project, ...names].join('/')),
      {numRuns: 400, seed: 3},
    )
    // The shell's own `realpath` resolves what is missing in the same way.
    const {stdout, code, stderr} = await runProgram('realpath', ['-m', '--', ...paths], {
      cwd: box.project,
      env: box.env,
    })
    expect(code, stderr).to.equal(0)
    const real = stdout.trimEnd().split('\n')
    expect(paths.filter((file, at) => realPathOf(file) !== real[at])).to.deep.equal([])
    console.log(`      ${paths.length} paths`)
    expect(realPathOf(`${box.project}/loop`)).to.contain('loop')
    expect(realPathOf(`${box.project}/magic/etc/shadow`)).to.equal('/etc/shadow')
  })

  it('knows files that may hold secrets, in any case of letters', () => {
    const {isSecret} = open(box.project)
    const below = (names: string, start: string) => names.split(' ').map((name) => `${start}/${name}`)
    const secret = [
      ...below(
        '.env .env.local .env.production prod.env .envrc id_rsa id_ed25519 a.pem a.key b.p12 c.kdbx',
        box.project,
      ),
      ...below('.git-credentials .npmrc .netrc .pypirc credentials.json secrets.yaml terraform.tfvars', box.project),
      ...below('.ssh/config .aws/credentials .gnupg/x .docker/config.json .kube/config .config/gh/hosts.yml', box.home),
      ...below('.config/gcloud/x .config/hermes/config.yaml .mozilla/firefox/x .config/chromium/y .netrc', box.home),
      ...below('.bash_history .hermes/permissions.yaml .hermes/hermes-chat.db .hermes .ssh', box.home),
      ...below('1/environ 1/mem 1/maps 1/cmdline 4711/task/4711/environ kcore', '/proc'),
      ...below('shadow gshadow sudoers sudoers.d/x ssl/private/a ssh/ssh_host_rsa_key', '/etc'),
    ]
    const plain = [
      ...below('.env.example .env.sample .env.template environment.ts keys.ts a.pub README.md src/env.ts', box.project),
      ...below('monkey.keyboard id.ts .github/workflows/ci.yml package.json .hermesrc', box.project),
      ...below('cpuinfo meminfo version', '/proc'),
      ...below('passwd hosts ssl/certs/a.crt', '/etc'),
    ]
    for (const file of secret) {
      expect(isSecret(file), file).to.equal(true)
      expect(isSecret(file.toUpperCase()), file.toUpperCase()).to.equal(true)
    }
    for (const file of plain) expect(isSecret(file), file).to.equal(false)
    console.log(`      ${secret.length * 2 + plain.length} names`)
  })

  it('knows copies that editors and people make of such files, and what folders of secrets hold', () => {
    const {isSecret} = open(box.project)
    const names =
      '.env .env.local .envrc prod.env id_rsa server.key a.pem .npmrc credentials secrets.yml x.tfvars'.split(' ')
    const copies = ['~', '.bak', '.old', '.orig', '_backup', '-copy', '.1', '.swp', '.save', '.bak~']
    const all = names.flatMap((name) => [...copies.map((end) => name + end), `#${name}#`, `.#${name}`])
    const others =
      '.env-prod .env_prod .env2 .envs/.production/.django .secrets/x .ssh/config a/.aws/credentials'.split(' ')
    const plain =
      '.env-example .env_sample .environment .envoy.yaml .envious keys.ts~ a.ts.bak .aws/task.json .docker/Dockerfile'
    for (const name of [...all, ...others]) expect(isSecret(path.join(box.project, name)), name).to.equal(true)
    for (const name of plain.split(' ')) expect(isSecret(path.join(box.project, name)), name).to.equal(false)
    console.log(`      ${all.length + others.length} names`)
  })

  it('knows them under the names to which a repository of dotfiles links them', () => {
    const places = [
      '.ssh',
      '.aws',
      '.netrc',
      '.config/gh',
      '.bashrc',
      '.config/fish',
      '.gitconfig',
      '.local/bin',
      '.vim',
    ]
    const secret = new Set(places.slice(0, 4))
    const dotfiles = folder('home', 'dotfiles')
    for (const [index, place] of places.entries()) {
      mkdirSync(path.dirname(path.join(box.home, place)), {recursive: true})
      symlinkSync(path.join(dotfiles, `plain${index}`), path.join(box.home, place))
    }
    const {contains, isSecret, isStartUp} = open(dotfiles)
    for (const [index, place] of places.entries()) {
      for (const file of [`plain${index}`, `plain${index}/x`].map((name) => path.join(dotfiles, name))) {
        expect(contains(file)).to.equal(true)
        expect(isSecret(file), place).to.equal(secret.has(place))
        expect(isStartUp(file), place).to.equal(!secret.has(place))
      }
    }
    expect(isSecret(path.join(dotfiles, 'plain'))).to.equal(false)
  })

  it('knows the file that a link with the name of a secret leads to, and not all that lies above it', () => {
    const target = box.write('home/project/envs/production', 'x')
    symlinkSync('envs/production', path.join(box.project, '.env'))
    symlinkSync('.', path.join(box.project, '.env.all'))
    symlinkSync('/', path.join(box.project, '.netrc'))
    const {isSecret} = open(box.project)
    expect(isSecret(target)).to.equal(true)
    expect(isSecret(path.join(box.project, 'envs/staging'))).to.equal(false)
    expect(isSecret(path.join(box.project, 'src/a.ts'))).to.equal(false)
  })

  it('knows files that run later what is written there, and those that no rule may open', () => {
    const {isStartUp, isSealed} = open(box.project)
    const home = (names: string) => names.split(' ').map((name) => path.join(box.home, name))
    for (const file of home('.bashrc .zshenv .profile .config/fish/config.fish .gitconfig .vimrc .tmux.conf bin/ls')) {
      expect(isStartUp(file), file).to.equal(true)
    }
    for (const name of [
      '.vscode/tasks.json',
      '.husky/pre-commit',
      '.hermesrc',
      '.hermesrc.yaml',
      ...['.claude/settings.json', '.cursor/mcp.json', '.exrc', '.yarnrc.yml', '.mise.toml'],
      'hermes.config.json',
    ]) {
      expect(isStartUp(path.join(box.project, name)), name).to.equal(true)
    }
    for (const name of ['src/a.ts', 'vscode/x', '.github/x', 'hermes.md']) {
      expect(isStartUp(path.join(box.project, name)), name).to.equal(false)
    }
    for (const name of ['.git', '.git/config', '.GIT/hooks/x', 'sub/.git/config', '.git/modules/x/config']) {
      expect(isSealed(path.join(box.project, name)), name).to.equal(true)
    }
    for (const file of home(
      '.hermes/permissions.yaml .config/hermes/config.yaml .local/share/hermes/trusted-config.json',
    )) {
      expect(isSealed(file), file).to.equal(true)
    }
    for (const name of ['.gitignore', '.github/x', 'git/config', 'x.git']) {
      expect(isSealed(path.join(box.project, name)), name).to.equal(false)
    }
  })

  it('judges any path without failing', () => {
    const places = {home: '/home/me', ours: ['/home/me/.hermes']}
    fc.assert(
      fc.property(fc.string({unit: 'grapheme'}), (name) => {
        expect(isSecretFile(`/home/me/.hermes/${name}`, places)).to.equal(true)
        isStartUpFile(name, places)
      }),
    )
  })
})
