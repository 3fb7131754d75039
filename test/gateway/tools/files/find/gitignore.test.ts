import {execFileSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {runs} from '../../../../helpers/sample.js'
import {tellTried} from '../../../../helpers/tried.js'
import {type Bench, createBench} from '../../helpers.js'

const names = ['a', 'b.log', 'build', 'src', 'keep.ts']
const rule = fc.oneof(
  fc.constantFrom(
    '*.log',
    'build/',
    '/a',
    'src/b.log',
    '**/build',
    '!keep.ts',
    '!b.log',
    'a*',
    '# a remark',
    '',
    'src/*',
  ),
  fc.constantFrom(...names),
)
const place = fc.array(fc.constantFrom(...names), {minLength: 1, maxLength: 3}).map((parts) => parts.join('/'))

describe('what a .gitignore names', () => {
  const benches: Bench[] = []
  const bench = async () => {
    const made = await createBench()
    benches.push(made)
    return made
  }
  afterEach(async () => {
    for (const one of benches.splice(0)) await one.cleanUp()
  })

  /** A repository with these files, of which those that clash with a folder are left out. */
  function fill(cwd: string, files: readonly string[], rules: ReadonlyMap<string, readonly string[]>): void {
    execFileSync('git', ['init', '-q'], {cwd})
    for (const file of files) {
      try {
        mkdirSync(path.join(cwd, path.dirname(file)), {recursive: true})
        writeFileSync(path.join(cwd, file), 'needle\n', {flag: 'wx'})
      } catch {}
    }
    for (const [folder, lines] of rules) {
      try {
        writeFileSync(path.join(cwd, folder, '.gitignore'), lines.join('\n'))
      } catch {}
    }
  }

  it('is left out as git leaves it out, in lists and searches', async function () {
    try {
      execFileSync('git', ['--version'])
    } catch {
      this.skip()
    }
    this.timeout(120_000)
    let tried = 0
    const property = fc.asyncProperty(
      fc.array(place, {minLength: 1, maxLength: 12}),
      fc.array(fc.tuple(fc.constantFrom('', 'src', 'build', 'src/build'), fc.array(rule, {maxLength: 5})), {
        maxLength: 3,
      }),
      async (files, rules) => {
        tried++
        const {cwd, run} = await bench()
        fill(cwd, files, new Map(rules))
        const listed = execFileSync('git', ['ls-files', '-coz', '--exclude-standard'], {cwd, encoding: 'utf8'})
        const wanted = listed.split('\0').filter(Boolean).sort()
        const {entries} = await run('list_files', {depth: 20, limit: 2000})
        const found = (entries as string[]).filter((entry) => !entry.endsWith('/')).sort()
        expect(found, JSON.stringify({files, rules})).to.deep.equal(wanted)
        const {matches} = await run('search_files', {query: 'needle'})
        const searched = (matches as {file: string}[]).map(({file}) => file).sort()
        expect(searched).to.deep.equal(wanted.filter((file) => !file.endsWith('.gitignore')))
      },
    )
    await fc.assert(property, {numRuns: runs(300, 20)})
    tellTried(tried, 'trees with .gitignore')
  })

  it('is told by number, and shown to who asks for it or names the folder', async () => {
    const {cwd, run} = await bench()
    fill(cwd, ['build/a', 'build/src/b', 'src/keep.ts', 'c.log'], new Map([['', ['build/', '*.log']]]))
    const listed = await run('list_files', {})
    expect(listed).to.deep.include({entries: ['.gitignore', 'src/', 'src/keep.ts'], ignored_left_out: 2})
    expect((await run('list_files', {ignored: true})).entries).to.include.members(['build/', 'build/src/b', 'c.log'])
    expect((await run('list_files', {path: 'build'})).entries).to.deep.equal(['a', 'src/', 'src/b'])
    const found = await run('search_files', {query: 'needle'})
    expect(found).to.deep.include({ignored_left_out: 2, files_searched: 2})
    expect((await run('search_files', {query: 'needle', ignored: true})).matches).to.have.lengthOf(4)
    expect((await run('search_files', {query: 'needle', path: 'build'})).matches).to.have.lengthOf(2)
  })

  it('above the folder that is looked at counts too', async () => {
    const {cwd, run} = await bench()
    fill(cwd, ['src/a', 'src/b.log', 'src/build/c'], new Map([['', ['*.log', '/src/build']]]))
    expect((await run('list_files', {path: 'src'})).entries).to.deep.equal(['a'])
  })
})
