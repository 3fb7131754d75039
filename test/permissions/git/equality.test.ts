import {appendFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {someOf} from '../../helpers/sample.js'
import {copyRepository, createLab, createRepository, type Lab, program, touch} from './lab.js'

const commands = `status
status -sb
diff
diff --stat
log -n 5 --decorate
branch -vv
show
stash list
ls-files
remote -v
reflog -n 3
blame -s sub/b.txt
rev-parse --show-toplevel --show-prefix --is-inside-work-tree HEAD
rev-parse --abbrev-ref --symbolic-full-name @{u}`
  .split('\n')
  .map((line) => line.split(' '))

interface Kind {
  name: string
  /** Makes it of a fresh clone; the answer is where git is started, default the clone itself. */
  make(lab: Lab, clone: string): string | undefined
}

const commit = (lab: Lab, folder: string, name: string, text: string) => {
  writeFileSync(path.join(folder, name), text)
  lab.git(folder, 'add', name)
  lab.git(folder, 'commit', '-qm', name)
}
const configure = (lab: Lab, folder: string, ...settings: [key: string, value: string][]) => {
  for (const [key, value] of settings) lab.git(folder, 'config', key, value)
}

const kinds: readonly Kind[] = [
  {name: 'fresh', make: () => undefined},
  {
    name: 'ahead and changed',
    make: (lab, clone) => {
      commit(lab, clone, 'ahead.txt', 'ahead\n')
      appendFileSync(path.join(clone, 'a.txt'), 'more\n')
      writeFileSync(path.join(clone, 'new.txt'), '')
      return undefined
    },
  },
  {
    name: 'touched',
    make: (_lab, clone) => {
      touch(clone)
      return undefined
    },
  },
  {
    name: 'changed in the moment in which the index was written',
    make: (lab, clone) => {
      configure(lab, clone, ['core.trustctime', 'false'], ['core.checkStat', 'minimal'])
      const [file, index] = [path.join(clone, 'a.txt'), path.join(clone, '.git/index')]
      const text = readFileSync(file, 'utf8')
      utimesSync(file, 1e9, 1e9)
      lab.git(clone, 'update-index', '--refresh')
      utimesSync(index, 1e9, 1e9)
      writeFileSync(file, text.replace('one', 'eno'))
      utimesSync(file, 1e9, 1e9)
      expect(lab.plain(clone, ['diff', '--name-only']).stdout).to.equal('a.txt\n')
      utimesSync(index, 1e9, 1e9)
      return undefined
    },
  },
  {
    name: 'autocrlf',
    make: (lab, clone) => {
      configure(lab, clone, ['core.autocrlf', 'true'])
      writeFileSync(path.join(clone, 'a.txt'), 'one\r\nTWO of both\r\nthree\r\n')
      return undefined
    },
  },
  {
    name: 'sparse',
    make: (lab, clone) => {
      lab.git(clone, 'sparse-checkout', 'init', '--cone')
      return undefined
    },
  },
  {
    name: 'sparse index',
    make: (lab, clone) => {
      lab.git(clone, 'sparse-checkout', 'init', '--cone', '--sparse-index')
      return undefined
    },
  },
  {
    name: 'sha256',
    make: (lab, clone) => {
      const folder = `${clone}-sha256`
      lab.git(lab.folder, 'init', '-q', '--object-format=sha256', folder)
      mkdirSync(path.join(folder, 'sub'))
      commit(lab, folder, 'sub/b.txt', 'b\n')
      writeFileSync(path.join(folder, 'sub/b.txt'), 'c\n')
      return folder
    },
  },
  {
    name: 'superproject',
    make: (lab, clone) => {
      lab.git(clone, 'submodule', '--quiet', 'add', path.join(lab.sandbox.directory, 'template'), 'module')
      return undefined
    },
  },
  {
    name: 'in a submodule',
    make: (lab, clone) => {
      lab.git(clone, 'submodule', '--quiet', 'add', path.join(lab.sandbox.directory, 'template'), 'module')
      appendFileSync(path.join(clone, 'module/a.txt'), 'more\n')
      return path.join(clone, 'module')
    },
  },
  {
    name: 'detached',
    make: (lab, clone) => {
      lab.git(clone, 'checkout', '-q', 'HEAD~1')
      return undefined
    },
  },
  {
    name: 'packed refs',
    make: (lab, clone) => {
      lab.git(clone, 'pack-refs', '--all')
      lab.git(clone, 'gc', '-q')
      return undefined
    },
  },
  {
    name: 'bisecting',
    make: (lab, clone) => {
      lab.git(clone, 'bisect', 'start', 'HEAD', 'v1')
      return undefined
    },
  },
  {
    name: 'conflicting',
    make: (lab, clone) => {
      lab.git(clone, 'checkout', '-q', '-B', 'mine', 'HEAD~1')
      lab.plain(clone, ['merge', 'origin/side'])
      return undefined
    },
  },
  {
    name: 'rebasing',
    make: (lab, clone) => {
      lab.git(clone, 'checkout', '-q', '-B', 'mine', 'HEAD~1')
      lab.plain(clone, ['rebase', 'origin/side'])
      return undefined
    },
  },
  {name: 'a subfolder', make: (_lab, clone) => path.join(clone, 'sub')},
  {
    name: 'with a linked worktree',
    make: (lab, clone) => {
      lab.git(clone, 'worktree', 'add', '-q', '-b', 'linked', `${clone}-linked`)
      return undefined
    },
  },
  {
    name: 'a linked worktree',
    make: (lab, clone) => {
      lab.git(clone, 'worktree', 'add', '-q', '-b', 'linked', `${clone}-linked`)
      commit(lab, `${clone}-linked`, 'linked.txt', 'linked\n')
      return `${clone}-linked`
    },
  },
  {
    name: 'a worktree of a bare repository elsewhere',
    make: (lab, clone) => {
      const bare = path.join(lab.sandbox.directory, `${path.basename(clone)}.git`)
      lab.git(lab.folder, 'clone', '-q', '--bare', path.join(lab.sandbox.directory, 'template'), bare)
      lab.git(bare, 'worktree', 'add', '-q', '-b', 'linked', `${clone}-of-bare`)
      return `${clone}-of-bare`
    },
  },
  {
    name: 'unborn',
    make: (lab, clone) => {
      lab.git(lab.folder, 'init', '-q', `${clone}-unborn`)
      writeFileSync(path.join(`${clone}-unborn`, 'new.txt'), '')
      return `${clone}-unborn`
    },
  },
  {
    name: 'with settings of its own',
    make: (lab, clone) => {
      const url = `https://example.org/a"b\\c=d`
      configure(
        lab,
        clone,
        ['status.short', 'true'],
        ['status.branch', 'true'],
        ['color.ui', 'always'],
        ['color.diff.new', 'blue bold'],
        ['diff.context', '1'],
        ['diff.noprefix', 'true'],
        ['log.date', 'iso'],
        ['format.pretty', 'mine'],
        ['pretty.mine', '%h "%s" %an\\'],
        ['core.abbrev', '10'],
        ['column.ui', 'always'],
        ['remote.up/"st"r.eam.url', url],
        ['remote.up/"st"r.eam.fetch', '+refs/heads/*:refs/remotes/x/*'],
        [`url.${url}.insteadOf`, 'short:'],
        ['remote.short.url', 'short:x'],
        ['branch.main.remote', '.'],
        ['branch.main.merge', 'refs/heads/side'],
        ['diff.md.xfuncname', '^# (.*)$'],
        ['core.quotePath', 'false'],
      )
      lab.git(clone, 'branch', 'side', 'origin/side')
      lab.git(clone, 'branch', 'größe/"x".y', 'HEAD')
      lab.git(clone, 'branch', '-u', 'main', 'größe/"x".y')
      writeFileSync(path.join(clone, 'größe.txt'), 'x')
      appendFileSync(path.join(clone, 'a.txt'), 'more\n')
      return undefined
    },
  },
  {
    name: 'excluding files, and with stash',
    make: (lab, clone) => {
      appendFileSync(path.join(clone, '.git/info/exclude'), '*.log\n')
      writeFileSync(path.join(clone, 'x.log'), '')
      appendFileSync(path.join(clone, 'a.txt'), 'more\n')
      lab.git(clone, 'stash', '-q')
      return undefined
    },
  },
  {
    name: 'shallow',
    make: (lab, clone) => {
      lab.git(lab.folder, 'clone', '-q', '--depth', '1', `file://${lab.sandbox.directory}/template`, `${clone}-shallow`)
      return `${clone}-shallow`
    },
  },
  {
    name: 'split index',
    make: (lab, clone) => {
      lab.git(clone, 'update-index', '--split-index')
      appendFileSync(path.join(clone, 'a.txt'), 'more\n')
      return undefined
    },
  },
  {
    name: 'reftable',
    make: (lab, clone) => {
      const folder = `${clone}-reftable`
      if (lab.plain(lab.folder, ['init', '-q', '--ref-format=reftable', folder]).code !== 0) return undefined
      mkdirSync(path.join(folder, 'sub'))
      commit(lab, folder, 'sub/b.txt', 'b\n')
      lab.git(folder, 'branch', 'other')
      return folder
    },
  },
]

describe('output of git by our preparation', function () {
  this.timeout(240_000)
  let lab: Lab
  const counts = {equal: 0, asked: 0}

  before(function () {
    if (!program || process.platform === 'win32') this.skip()
    lab = createLab()
    const template = createRepository(lab, path.join(lab.sandbox.directory, 'template'))
    lab.git(template, 'reset', '-q', '--hard')
    lab.git(lab.folder, 'clone', '-q', template, path.join(lab.sandbox.directory, 'clone'))
  })
  after(() => {
    console.log(`    git: ${counts.equal} outputs equal to plain git's in kinds of clones, ${counts.asked} asked`)
    lab?.sandbox.remove()
  })

  for (const [at, kind] of someOf([...kinds.entries()], 5)) {
    it(`is the same: ${kind.name}`, async () => {
      const clone = copyRepository(path.join(lab.sandbox.directory, 'clone'), path.join(lab.folder, `clone-${at}`))
      lab.git(clone, 'update-index', '--refresh')
      const cwd = kind.make(lab, clone) ?? clone
      for (const args of commands) {
        const output = await lab.prepared(cwd, args)
        if ('ask' in output) {
          // The place of the main worktree can't be told there.
          expect([args.join(' '), kind.name.includes('worktree')], output.ask).to.deep.equal(['branch -vv', true])
          counts.asked++
        } else {
          expect(output, args.join(' ')).to.deep.equal(lab.plain(cwd, args))
          counts.equal++
        }
      }
    })
  }
})
