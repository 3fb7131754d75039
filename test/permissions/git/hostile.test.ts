import {chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {someOf} from '../../helpers/sample.js'
import {committedRepository, hookUps} from './hook-ups.js'
import {copyRepository, createLab, createRepository, type Lab, program, snapshot, touch} from './lab.js'

const reads = `status
diff
diff --stat HEAD
diff main side
log --oneline --graph --all -n 5
log -p -m
log -S two --cc -p
show
blame a.txt
branch -vv
ls-files -m --eol
describe --tags --always
stash list -p
reflog -p -n 3`
  .split('\n')
  .map((line) => line.split(' '))

describe('git of a hostile repository', function () {
  this.timeout(240_000)
  let lab: Lab
  let template: string
  const counts = {tried: 0, ran: 0, asked: 0, controls: 0}

  before(function () {
    if (!program || process.platform === 'win32') this.skip()
    lab = createLab()
    template = createRepository(lab, path.join(lab.sandbox.directory, 'template'))
  })
  after(() => {
    console.log(
      `    git: ${counts.tried} commands in ${hookUps.length} hostile repositories, ${counts.asked} asked, ${counts.ran} ran a program; plain git did in ${counts.controls} of its ${hookUps.flatMap((one) => one.runs).length} controls`,
    )
    lab?.sandbox.remove()
  })

  for (const hookUp of someOf(hookUps, 4)) {
    it(`runs nothing: ${hookUp.name}`, async () => {
      const repository = copyRepository(template, path.join(lab.folder, hookUp.name.replace(/\W+/g, '-')))
      hookUp.put({lab, repository, canary: lab.canary('canary')})
      lab.sang()
      touch(repository)
      const before = snapshot(repository)
      for (const args of [...reads, ...hookUp.runs.map((line) => line.split(' '))]) {
        counts.tried++
        const output = await lab.prepared(repository, args)
        if ('ask' in output) counts.asked++
        if (lab.sang().length > 0) {
          counts.ran++
          expect.fail(`git ${args.join(' ')} ran a program`)
        }
        expect(snapshot(repository), args.join(' ')).to.equal(before)
      }
      if (hookUp.runs.length === 0) return
      const ran = hookUp.runs.filter((line) => {
        touch(repository)
        lab.plain(repository, line.split(' '))
        return lab.sang().length > 0
      })
      counts.controls += ran.length
      if (!hookUp.newer) expect(ran, 'plain git ran it').to.not.be.empty
    })
  }

  const configured = /^(?:core\.fsmonitor|config\.worktree|diff\.|textconv|filter\.|core\.hooksPath|merge\.|an alias)/
  const places: Readonly<Record<string, (repository: string) => string>> = {
    'a linked worktree': (repository) => {
      lab.git(repository, 'worktree', 'add', '-q', '-b', 'linked', `${repository}-linked`)
      return `${repository}-linked`
    },
    'a submodule': (repository) => {
      lab.git(repository, 'submodule', '--quiet', 'add', template, 'module')
      return path.join(repository, 'module')
    },
  }
  for (const [name, make] of Object.entries(places)) {
    it(`runs nothing in ${name} that names programs`, async () => {
      for (const hookUp of someOf(
        hookUps.filter((one) => configured.test(one.name) && one.runs.length > 0),
        2,
      )) {
        const repository = copyRepository(
          template,
          path.join(lab.folder, `${name} ${hookUp.name.replace(/\W+/g, '-')}`),
        )
        const place = make(repository)
        writeFileSync(path.join(place, 'sub', 'b.txt'), 'bb\n')
        hookUp.put({lab, repository: place, canary: lab.canary('canary')})
        lab.sang()
        touch(place)
        const before = snapshot(repository)
        for (const args of reads) {
          counts.tried++
          const output = await lab.prepared(place, args)
          if ('ask' in output) counts.asked++
          expect(lab.sang(), `${hookUp.name}: git ${args.join(' ')}`).to.deep.equal([])
          expect(snapshot(repository), args.join(' ')).to.equal(before)
        }
        const ran = hookUp.runs.filter((line) => {
          touch(place)
          lab.plain(place, line.split(' '))
          return lab.sang().length > 0
        })
        expect(ran, `${hookUp.name}: plain git ran it`).to.not.be.empty
      }
    })
  }

  it('asks in a repository that a clone brought as ordinary files', async () => {
    const origin = copyRepository(template, path.join(lab.sandbox.directory, 'origin'))
    committedRepository(lab, path.join(origin, 'docs', 'fixture'), lab.canary('committed'))
    lab.git(origin, 'add', 'docs')
    lab.git(origin, 'commit', '-qm', 'fixture')
    const clone = path.join(lab.folder, 'clone')
    lab.git(lab.folder, 'clone', '-q', origin, clone)
    lab.sang()
    for (const folder of ['docs/fixture', 'docs/fixture/refs']) {
      const cwd = path.join(clone, folder)
      for (const args of reads) expect(await lab.prepared(cwd, args), args.join(' ')).to.have.property('ask')
      expect(lab.sang()).to.deep.equal([])
      lab.plain(cwd, ['status'])
      expect(lab.sang(), 'plain git ran it').to.deep.equal(['committed'])
    }
    expect(await lab.prepared(path.join(clone, 'docs'), ['status'])).to.have.property('code', 0)
  })

  it('writes no file that a path of the repository names as an option', async () => {
    const repository = copyRepository(template, path.join(lab.folder, 'paths'))
    const target = path.join(lab.sandbox.directory, 'written')
    const word = `--output=${target}`
    mkdirSync(path.dirname(path.join(repository, word)), {recursive: true})
    for (const words of [[word], ['--', word], ['HEAD', word], ['-S', '--', word], ['--author', word]]) {
      for (const subcommand of ['log', 'diff', 'show'])
        expect(await lab.prepared(repository, [subcommand, ...words])).to.have.property('ask')
      expect(existsSync(target)).to.equal(false)
    }
    lab.plain(repository, ['log', word])
    expect(readFileSync(target, 'utf8'), 'plain git wrote it').to.contain('first')
  })

  it('starts no program of the project where the configuration of the person names one', async () => {
    const repository = copyRepository(template, path.join(lab.folder, 'planted'))
    lab.sandbox.write('home/project/planted/.gitattributes', '*.txt filter=own\n')
    for (const name of ['node_modules/.bin/own-filter', 'own-filter']) {
      lab.sandbox.write(`home/project/planted/${name}`, `#!/bin/sh\n${lab.canary('planted')}\n`)
      chmodSync(path.join(repository, name), 0o755)
    }
    lab.git(repository, 'config', '--global', 'filter.own.clean', 'own-filter')
    const {PATH} = lab.env
    for (const folder of [path.join(repository, 'node_modules/.bin'), 'node_modules/.bin', '.', '']) {
      for (const value of [`${folder}:${PATH}`, `${PATH}:${folder}`, folder]) {
        touch(repository)
        lab.env.PATH = value
        await lab.prepared(repository, ['status'])
        expect(lab.sang(), value).to.deep.equal([])
        lab.plain(repository, ['status'])
        if (value !== '') expect(lab.sang(), 'plain git ran it').to.deep.equal(['planted'])
        lab.sang()
      }
    }
    lab.env.PATH = PATH
    lab.git(repository, 'config', '--global', '--unset', 'filter.own.clean')
  })

  it('obeys no variable of the environment', async () => {
    const repository = copyRepository(template, path.join(lab.folder, 'variables'))
    const hostile = {
      GIT_EXTERNAL_DIFF: lab.canary('variable'),
      GIT_SSH_COMMAND: lab.canary('variable'),
      GIT_PAGER: lab.canary('variable'),
      GIT_CONFIG_PARAMETERS: `'core.fsmonitor'='${lab.canary('variable').replaceAll("'", `'\\''`)}'`,
      GIT_DIR: template,
      GIT_TRACE: path.join(lab.sandbox.directory, 'trace'),
    }
    Object.assign(lab.env, hostile)
    for (const args of reads) await lab.prepared(repository, args)
    for (const name of Object.keys(hostile)) delete lab.env[name]
    expect(lab.sang()).to.deep.equal([])
    expect(existsSync(hostile.GIT_TRACE)).to.equal(false)
  })
})
