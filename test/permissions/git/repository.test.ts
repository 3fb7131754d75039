import {execFileSync} from 'node:child_process'
import {
  appendFileSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {prepareGit} from '../../../src/permissions/git/prepare.js'
import {copyRepository, createLab, createRepository, type Lab, program} from './lab.js'

describe('the repository in which git runs unasked', function () {
  this.timeout(120_000)
  let lab: Lab
  let template: string
  let count = 0

  before(function () {
    if (!program || process.platform === 'win32') this.skip()
    lab = createLab()
    template = createRepository(lab, path.join(lab.sandbox.directory, 'template'))
    mkdirSync(lab.runFolder, {recursive: true})
  })
  after(() => lab?.sandbox.remove())

  const fresh = () => copyRepository(template, path.join(lab.folder, `repository-${count++}`))
  const asks = async (cwd: string, why: RegExp, args: readonly string[] = ['status']) => {
    const output = await lab.prepared(cwd, args)
    expect(output).to.have.property('ask').that.matches(why)
    expect(readdirSync(lab.runFolder), 'left behind').to.deep.equal([])
  }

  describe('asks', () => {
    it('outside of any, outside the workspace, in a folder that is not there', async () => {
      await asks(lab.folder, /in no git repository/)
      await asks(template, /outside the workspace/)
      await asks(path.join(lab.folder, 'absent'), /can't be found/)
    })

    it('where .git is a link, or a file that leads to a repository that does not name it', async () => {
      const linked = path.join(lab.folder, 'linked')
      mkdirSync(linked)
      symlinkSync(path.join(template, '.git'), path.join(linked, '.git'))
      await asks(linked, /is a link/)

      for (const target of [path.join(template, '.git'), '../repository-0/.git', '/', '/absent']) {
        const forged = path.join(lab.folder, `forged-${count++}`)
        mkdirSync(forged)
        writeFileSync(path.join(forged, '.git'), `gitdir: ${target}\n`)
        await asks(forged, /does not name|can't be found|no complete|another user/)
      }
      for (const text of ['', 'nonsense', 'gitdir: a\nb', `gitdir: ${'x'.repeat(10_000)}`]) {
        const forged = path.join(lab.folder, `forged-${count++}`)
        mkdirSync(forged)
        writeFileSync(path.join(forged, '.git'), text)
        await asks(forged, /does not say|not one line|bytes|can't be/)
      }
    })

    it('where a forged worktree borrows the folder of another repository', async () => {
      const forged = path.join(lab.folder, 'borrowed')
      lab.sandbox.write('home/project/borrowed/admin/HEAD', 'ref: refs/heads/main\n')
      lab.sandbox.write('home/project/borrowed/admin/commondir', `${template}/.git\n`)
      lab.sandbox.write('home/project/borrowed/admin/gitdir', `${forged}/.git\n`)
      lab.sandbox.write('home/project/borrowed/.git', 'gitdir: admin\n')
      expect(lab.plain(forged, ['log', '-1', '--format=%s']).stdout, 'plain git reads it').to.equal('merged\n')
      await asks(forged, /does not name/, ['log'])

      const common = fresh()
      writeFileSync(path.join(common, '.git', 'commondir'), `${template}/.git\n`)
      await asks(common, /from elsewhere/)
    })

    it('where objects come from another repository', async () => {
      const repository = path.join(lab.folder, 'shared')
      lab.git(lab.folder, 'clone', '-q', '--shared', template, repository)
      await asks(repository, /objects from another/)
    })

    it('where the work tree is said to be elsewhere, or not to be', async () => {
      const elsewhere = fresh()
      lab.git(elsewhere, 'config', 'core.worktree', '/etc')
      await asks(elsewhere, /does not name/)
      const bare = fresh()
      lab.git(bare, 'config', 'core.bare', 'true')
      await asks(bare, /no work tree/)
    })

    it('where no private folder can be made', async () => {
      const repository = fresh()
      const file = lab.sandbox.write('no-folder', '')
      const {workspace, env} = lab
      for (const runFolder of [file, path.join(file, 'run')]) {
        const ready = await prepareGit(['status'], {cwd: repository, workspace, env, runFolder, program: program ?? ''})
        expect(ready)
          .to.have.property('ask')
          .that.matches(/no-folder/)
      }
    })

    it('inside .git', async () => {
      const repository = fresh()
      for (const folder of ['.git', '.git/refs', '.git/objects/pack', '.git/hooks'])
        await asks(path.join(repository, folder), /without a work tree/)
    })

    it('where the format is not known', async () => {
      for (const [name, value] of [
        ['future', 'true'],
        ['refStorage', 'files:///elsewhere'],
      ] as const) {
        const repository = fresh()
        appendFileSync(path.join(repository, '.git/config'), `[extensions]\n\t${name} = ${value}\n`)
        await asks(repository, /not a format/)
      }
    })

    it('where the configuration is not one', async () => {
      const repository = fresh()
      appendFileSync(path.join(repository, '.git/config'), '[oh\n')
      await asks(repository, /can't read/)
    })

    it('in a partial clone for what prints contents', async () => {
      const repository = fresh()
      lab.git(repository, 'config', 'remote.origin.promisor', 'true')
      await asks(repository, /partial clone/, ['log', '-p'])
      expect(await lab.prepared(repository, ['status'])).to.have.property('code', 0)
    })

    it('where the folder belongs to another user', async function () {
      if (process.geteuid?.() !== 0) return this.skip()
      for (const part of ['', '.git']) {
        const repository = fresh()
        chownSync(path.join(repository, part), 12345, 12345)
        await asks(repository, /belongs to another user/)
      }
    })

    it('where the configuration of the person lies in the workspace', async () => {
      const repository = fresh()
      lab.sandbox.write('home/project/dot/gitconfig', '')
      const own = path.join(lab.sandbox.home, '.config/git/config')
      mkdirSync(path.dirname(own), {recursive: true})
      symlinkSync(path.join(lab.folder, 'dot/gitconfig'), own)
      await asks(repository, /lies in the workspace/)
      rmSync(own)
    })

    it('for paths outside, and where a secret is named whose contents would be printed', async () => {
      const repository = fresh()
      const cwd = path.join(repository, 'sub')
      for (const words of [['a.txt', '/etc/passwd'], ['../../x', 'b.txt'], ['--', '../../../x'], ['x/../../../y']])
        await asks(cwd, /outside the repository/, ['diff', ...words])
      expect(lab.plain(repository, ['diff', 'a.txt', '/etc/passwd']).stdout, 'plain git reads it').to.contain('root:')
      for (const words of [
        ['show', 'HEAD:.env'],
        ['show', 'HEAD:sub/../.env'],
        ['show', ':0:.env'],
        ['show', 'HEAD:./../.env'],
        ['diff', '../.env'],
        ['diff', '--', ':/.env'],
        ['diff', '--', ':(top).env'],
        ['log', '-p', '--', '../.env.local'],
        ['log', '-L1,1:.env'],
        ['log', '-L', '1,1:../.env'],
        ['blame', '../.env'],
      ])
        await asks(cwd, /names a secret/, words)
      expect(await lab.prepared(cwd, ['diff', '--', '.', ':!.env'])).to.have.property('code', 0)
      expect(await lab.prepared(cwd, ['ls-files', '../.env'])).to.have.property('stdout', '../.env\n')
    })
  })

  describe('is looked at before it is read:', () => {
    const files = [
      'HEAD',
      'config',
      'index',
      'packed-refs',
      'shallow',
      'info/exclude',
      'info/sparse-checkout',
      'BISECT_START',
    ]
    const folders = ['objects', 'refs', 'logs', 'objects/pack', 'objects/info', 'rebase-merge', 'info', 'worktrees']
    const put: Readonly<Record<string, (file: string) => void>> = {
      'a FIFO': (file) => execFileSync('mkfifo', [file]),
      'a link to a device': (file) => symlinkSync('/dev/zero', file),
      'a link to a secret': (file) => symlinkSync('/etc/passwd', file),
      'a link to a folder': (file) => symlinkSync('/etc', file),
      '3 GB': (file) => {
        writeFileSync(file, '')
        truncateSync(file, 3e9)
      },
    }
    for (const [what, make] of Object.entries(put)) {
      it(what, async () => {
        for (const name of [...files, ...(what === '3 GB' ? [] : folders), 'config.worktree']) {
          if (what === '3 GB' && ['packed-refs', 'shallow', 'BISECT_START'].includes(name)) continue
          const repository = fresh()
          lab.git(repository, 'config', 'extensions.worktreeConfig', 'true')
          const file = path.join(repository, '.git', name)
          rmSync(file, {recursive: true, force: true})
          mkdirSync(path.dirname(file), {recursive: true})
          make(file)
          await asks(repository, /link|regular|bytes|complete/)
        }
      })
    }

    it('a device', async function () {
      const repository = fresh()
      const file = path.join(repository, '.git/config')
      rmSync(file)
      try {
        execFileSync('mknod', [file, 'c', '1', '5'], {stdio: 'ignore'})
      } catch {
        return this.skip()
      }
      await asks(repository, /regular/)
    })

    it('what is printed as it stands leads nowhere', async () => {
      const repository = fresh()
      symlinkSync('/etc/passwd', path.join(repository, '.git/BISECT_START'))
      writeFileSync(path.join(repository, '.git/BISECT_LOG'), '')
      expect(lab.plain(repository, ['status']).stdout, 'plain git prints it').to.contain('root:')
      await asks(repository, /is a link/)
    })
  })

  describe('is left as it was', () => {
    it('by every command and every refusal: nothing stays in the run folder', async () => {
      const repository = fresh()
      await lab.prepared(repository, ['status'])
      expect(readdirSync(lab.runFolder)).to.deep.equal([])
      renameSync(path.join(repository, '.git/HEAD'), path.join(repository, '.git/HEAD.gone'))
      await asks(repository, /complete/)
    })

    it('and so is the private folder, which is for this user alone', async () => {
      const repository = fresh()
      if (!program) return
      const {workspace, env, runFolder} = lab
      const ready = await prepareGit(['status'], {cwd: repository, workspace, env, runFolder, program})
      if ('ask' in ready) return expect.fail(ready.ask)
      const [name = ''] = readdirSync(runFolder)
      expect(lstatSync(path.join(runFolder, name)).mode & 0o777).to.equal(0o700)
      expect(ready.command.program).to.equal(program)
      await ready.release()
      await ready.release()
      expect(existsSync(path.join(repository, '.git/objects'))).to.equal(true)
      expect(readdirSync(runFolder)).to.deep.equal([])
    })

    it('what dead processes left is removed, what others use is not', async () => {
      const repository = fresh()
      const ended = Number(execFileSync('/bin/sh', ['-c', 'echo $$'], {encoding: 'utf8'}))
      const dead = [`git-${ended}-1-abc`, `git-${process.pid}-1-abc`]
      const kept = ['git-1-x', `git-${process.ppid}--abc`, 'other', 'git-x-1-abc']
      for (const name of [...dead, ...kept]) mkdirSync(path.join(lab.runFolder, name))
      symlinkSync(path.join(repository, '.git/objects'), path.join(lab.runFolder, `git-${ended}-1-abc`, 'objects'))
      await lab.prepared(repository, ['status'])
      expect(readdirSync(lab.runFolder).sort()).to.deep.equal(kept.toSorted())
      expect(readdirSync(path.join(repository, '.git/objects'))).to.not.be.empty
      for (const name of kept) rmSync(path.join(lab.runFolder, name), {recursive: true})
    })
  })
})
