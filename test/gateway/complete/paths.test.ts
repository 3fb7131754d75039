import {execFileSync} from 'node:child_process'
import {mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {PathCompleter} from '../../../src/gateway/complete/path-completer.js'
import {rankPaths, withFolders} from '../../../src/gateway/complete/rank-paths.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'
import {mentionsIn} from '../../../src/protocol/mention.js'
import {hostileNames} from '../../helpers/hostile/hostile-names.js'
import {tellTried} from '../../helpers/tried.js'

describe('completing paths', () => {
  let folder: string
  let home: string
  beforeEach(() => {
    const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-paths-')))
    folder = path.join(root, 'work')
    home = path.join(root, 'home')
    mkdirSync(folder)
    mkdirSync(home)
  })
  afterEach(() => rmSync(path.dirname(folder), {recursive: true, force: true}))

  const put = (...names: string[]) => {
    for (const name of names) {
      const file = path.join(folder, name)
      mkdirSync(path.dirname(file), {recursive: true})
      if (!name.endsWith('/')) writeFileSync(file, '')
      else mkdirSync(file, {recursive: true})
    }
  }
  const completer = (cwd = folder) => {
    const env = {...process.env, HOME: home}
    return new PathCompleter({cwd, env, home, workspace: async () => openWorkspace({cwd, env})})
  }
  const offered = async (word: string, cwd = folder) => (await completer(cwd).complete(word)).map(({text}) => text)
  const git = (...args: string[]) => execFileSync('git', args, {cwd: folder, env: {...process.env, HOME: home}})

  for (const repository of [true, false]) {
    describe(repository ? 'of a repository' : 'of a folder alone', () => {
      beforeEach(function () {
        if (!repository) return
        try {
          git('init', '-q')
        } catch {
          this.skip()
        }
      })

      it('offers files and folders, best first, without what .gitignore names', async () => {
        put(
          'src/main.ts',
          'src/tui/chat.ts',
          'build/out.js',
          'src/gen/a.ts',
          'src/gen/keep.ts',
          'notes.log',
          'README.md',
        )
        writeFileSync(path.join(folder, '.gitignore'), 'build/\n*.log\n')
        writeFileSync(path.join(folder, 'src', '.gitignore'), 'gen/*\n!gen/keep.ts\n')
        expect(await offered('@')).to.deep.equal(['@src/', '@.gitignore', '@README.md'])
        expect(await offered('@src/')).to.deep.equal(['@src/gen/', '@src/tui/', '@src/.gitignore', '@src/main.ts'])
        expect((await offered('@chat'))[0]).to.equal('@src/tui/chat.ts')
        expect(await offered('@out')).to.deep.equal([])
        expect(await offered('@log')).to.deep.equal([])
        expect(await offered('@keep')).to.deep.equal(['@src/gen/keep.ts'])
        expect(await offered('@gen/a'), 'apart').not.to.include('@src/gen/a.ts')
        expect(await offered('@main', path.join(folder, 'src')), 'of the folder itself').to.deep.equal(['@main.ts'])
      })

      it('writes each name so that it is found again', async () => {
        const names = hostileNames.filter(
          (name) => name.isWellFormed() && !name.includes('/') && !/^\.+$/.test(name) && Buffer.byteLength(name) < 250,
        )
        put(...names.map((name) => `all/${name}`))
        const desk = completer()
        const seen = new Set<string>()
        for (const name of names) {
          const [typed = ''] = [...new Intl.Segmenter().segment(name)].map(({segment}) => segment)
          const query = JSON.stringify(`all/${typed}`).slice(1, -1)
          for (const {text, display} of await desk.complete(`@"${query}`)) {
            expect(
              mentionsIn(text).map((each) => each.path),
              text,
            ).to.deep.equal([display])
            seen.add(display)
          }
        }
        tellTried(seen.size, 'names')
        expect(seen.size).to.be.above(names.length / 2)
      })
    })
  }

  it('goes where the folder ends: to the home, to the root and above', async () => {
    put('a/x.ts', 'b/')
    mkdirSync(path.join(home, 'my docs'))
    writeFileSync(path.join(home, '.hidden'), '')
    expect(await offered('@~/')).to.deep.equal(['@"~/my docs/"'])
    expect(await offered('@~/.h')).to.deep.equal(['@~/.hidden'])
    expect(await offered('@../', path.join(folder, 'b'))).to.deep.equal(['@../a/', '@../b/'])
    expect(await offered(`@${folder}/a/`)).to.deep.equal([`@${folder}/a/x.ts`])
    expect(await offered('@/no/such/folder/')).to.deep.equal([])
    expect(await offered('plain')).to.deep.equal([])
  })

  it('offers nothing of a folder that is gone', async () => {
    rmSync(folder, {recursive: true})
    expect(await offered('@')).to.deep.equal([])
  })
})

describe('ranking paths', () => {
  const name = fc
    .string({unit: fc.constantFrom('a', 'b', '.', '日'), minLength: 1, maxLength: 3})
    .filter((one) => !/^\.+$/.test(one))
  const file = fc.array(name, {minLength: 1, maxLength: 4}).map((parts) => parts.join('/'))
  const done = <T>(work: Generator<void, T>): T => {
    for (let step = work.next(); ; step = work.next()) if (step.done) return step.value
  }
  const run = (query: string, paths: readonly string[], limit: number) => done(rankPaths(query, paths, limit))

  it('gives the best of all, however many are wanted', () => {
    fc.assert(
      fc.property(
        fc.array(file, {maxLength: 40}),
        fc.oneof(name, file),
        fc.integer({min: 1, max: 9}),
        (files, query, limit) => {
          const paths = done(withFolders([...new Set(files)]))
          expect(new Set(paths).size).to.equal(paths.length)
          expect(run(query, paths, limit)).to.deep.equal(run(query, paths, 1000).slice(0, limit))
        },
      ),
    )
  })

  it('lists what is in a folder, and that alone', () => {
    fc.assert(
      fc.property(fc.array(file, {minLength: 1, maxLength: 40}), (files) => {
        const paths = done(withFolders([...new Set(files)]))
        for (const folder of ['', ...paths.filter((one) => one.endsWith('/'))]) {
          const inside = paths.filter(
            (one) => one !== folder && path.posix.dirname(one) === (folder === '' ? '.' : folder.slice(0, -1)),
          )
          expect(run(folder, paths, 1000)).to.have.members(inside)
        }
      }),
    )
  })
})
