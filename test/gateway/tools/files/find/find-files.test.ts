import {renameSync, symlinkSync, writeFileSync} from 'node:fs'
import {mkdir, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {isWindows} from '../../../../../src/platform.js'
import {type Bench, createBench} from '../../helpers.js'

describe('list_files and search_files', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)

  beforeEach(async () => {
    bench = await createBench()
    for (const folder of ['src/deep/deeper/deepest', 'node_modules/x', '.git', 'docs']) {
      await mkdir(at(folder), {recursive: true})
    }
    await writeFile(at('src/a.ts'), 'const first = 1\nconst Second = 2\n')
    await writeFile(at('src/deep/deeper/deepest/b.ts'), 'export const third = 3\n')
    await writeFile(at('docs/c.md'), `${'x'.repeat(300)} needle ${'y'.repeat(300)}\n(a|b)\n`)
    await writeFile(at('node_modules/x/index.ts'), 'const first = 1\n')
    await writeFile(at('.git/config'), 'first\n')
    await writeFile(at('blob'), Buffer.concat([Buffer.from('first\0'), Buffer.alloc(10)]))
  })
  afterEach(() => bench.cleanUp())

  it('list by level and name, without what is never meant', async () => {
    const all = await bench.run('list_files', {})
    expect(all.entries).to.deep.equal([
      'blob',
      'docs/',
      'src/',
      'docs/c.md',
      'src/a.ts',
      'src/deep/',
      'src/deep/deeper/',
    ])
    expect((await bench.run('list_files', {depth: 1})).entries).to.deep.equal(['blob', 'docs/', 'src/'])
    expect((await bench.run('list_files', {path: 'docs'})).entries).to.deep.equal(['c.md'])
    expect((await bench.run('list_files', {path: 'none'})).error).to.match(/ENOENT/)
  })

  it('list by pattern, and say when there is more', async () => {
    const typescript = ['src/a.ts', 'src/deep/deeper/deepest/b.ts']
    expect((await bench.run('list_files', {pattern: '*.ts'})).entries).to.deep.equal(typescript)
    expect((await bench.run('list_files', {pattern: 'src/**/*.ts'})).entries).to.deep.equal(typescript)
    expect(await bench.run('list_files', {limit: 2})).to.deep.include({entries: ['blob', 'docs/'], truncated: true})
  })

  it('search text and expressions in text files', async () => {
    const found = await bench.run('search_files', {query: 'first'})
    expect(found).to.deep.include({
      matches: [{file: 'src/a.ts', line: 1, text: 'const first = 1'}],
      files_searched: 3,
    })
    const matches = async (args: Record<string, unknown>) => {
      const {matches} = await bench.run('search_files', args)
      return (matches as {file: string; line: number}[]).map(({file, line}) => `${file}:${line}`)
    }
    expect(await matches({query: 'second', ignore_case: true})).to.deep.equal(['src/a.ts:2'])
    expect(await matches({query: 'const \\w+ = [13]', regex: true})).to.deep.equal([
      'src/a.ts:1',
      'src/deep/deeper/deepest/b.ts:1',
    ])
    expect(await matches({query: '(a|b)'})).to.deep.equal(['docs/c.md:2'])
    expect(await matches({query: 'const', pattern: '*.md'})).to.deep.equal([])
    expect(await matches({query: 'const', path: 'src/deep'})).to.deep.equal(['deeper/deepest/b.ts:1'])
  })

  it('show the part of a long line that matched, and bound the matches', async () => {
    const {matches} = await bench.run('search_files', {query: 'needle'})
    const [match] = matches as {text: string}[]
    expect(match?.text).to.match(/^….*needle.*…$/)
    expect(match?.text.length).to.be.lessThan(260)
    expect(await bench.run('search_files', {query: 'const', limit: 1})).to.deep.include({truncated: true})
  })

  it('say what is wrong with an expression', async () => {
    expect((await bench.run('search_files', {query: '(', regex: true})).error).to.match(/Invalid regular expression/)
  })

  it('give up an expression that would never end', async () => {
    await writeFile(at('long.txt'), `${'a'.repeat(60)}!\n`)
    const {error} = await bench.run('search_files', {query: '^(a+)+$', regex: true})
    expect(error).to.match(/takes too long/)
  })

  it('do not follow links in circles', async function () {
    if (isWindows) this.skip()
    await symlink('..', at('src/up'))
    expect((await bench.run('list_files', {path: 'src', depth: 20})).entries).to.include('up')
  })

  it('ask leave to read the folder, under its real path', async function () {
    if (isWindows) this.skip()
    await symlink('src', at('link'))
    await bench.run('list_files', {path: 'link'})
    await bench.run('search_files', {query: 'x', path: 'link/deep'})
    expect(bench.read).to.deep.equal([at('src'), at('src/deep')])
    expect(bench.asked).to.deep.equal([])
    bench.mayRead = () => false
    expect(await bench.run('list_files', {})).to.deep.include({denied: true})
    expect(await bench.run('search_files', {query: 'first'})).to.deep.include({denied: true})
  })

  it('search no file through a link, wherever it leads', async function () {
    if (isWindows) this.skip()
    const outside = await createBench()
    try {
      await writeFile(path.join(outside.cwd, 'x.ts'), 'const first = outside\n')
      await symlink(path.join(outside.cwd, 'x.ts'), at('src/link.ts'))
      await symlink(outside.cwd, at('src/folder'))
      const found = await bench.run('search_files', {query: 'first', path: 'src'})
      expect(found.matches).to.deep.equal([{file: 'a.ts', line: 1, text: 'const first = 1'}])
    } finally {
      await outside.cleanUp()
    }
  })

  it('search nothing outside when a folder is exchanged for a link in the midst of it', async function () {
    if (isWindows) this.skip()
    const outside = await createBench()
    try {
      await mkdir(path.join(outside.cwd, 'deeper'))
      await writeFile(path.join(outside.cwd, 'first.ts'), 'first, outside\n')
      await mkdir(at('src/deep/moved'))
      await writeFile(at('src/deep/first.ts'), 'first, inside\n')
      let swapped = false
      // Asked of each entry, after the folder was read and before a file in it is opened.
      bench.context.hiddenBelow = async () => (file) => {
        if (!swapped && file === at('src/deep/first.ts')) {
          swapped = true
          renameSync(at('src/deep'), at('src/gone'))
          symlinkSync(outside.cwd, at('src/deep'))
        }
        return false
      }
      const {matches} = await bench.run('search_files', {query: 'first', path: 'src'})
      expect(swapped).to.equal(true)
      expect(JSON.stringify(matches)).not.to.contain('outside')
    } finally {
      await outside.cleanUp()
    }
  })

  it('leave out what is secret, and say how much', async () => {
    await writeFile(at('.env'), 'first=secret\n')
    await mkdir(at('keys'))
    await writeFile(at('keys/first'), 'first\n')
    bench.context.hiddenBelow = async () => (file) => file === at('.env') || file === at('keys')
    const found = await bench.run('search_files', {query: 'first'})
    expect(found).to.deep.include({secret_files_left_out: 2, files_searched: 3})
    expect(JSON.stringify(found)).not.to.contain('first=secret')
    const {entries, secret_files_left_out: left} = await bench.run('list_files', {})
    expect(entries).not.to.include.members(['.env', 'keys/'])
    expect(left).to.equal(2)
  })

  it('find names that begin with a dot, and text in other encodings', async () => {
    await writeFile(at('.hidden.ts'), 'x\n')
    await writeFile(at('utf16'), Buffer.from('\ufeffa needle\r\n', 'utf16le'))
    expect((await bench.run('list_files', {pattern: '*.ts'})).entries).to.include('.hidden.ts')
    expect((await bench.run('search_files', {query: 'needle', pattern: 'utf*'})).matches).to.deep.equal([
      {file: 'utf16', line: 1, text: 'a needle'},
    ])
  })

  it('say that a file is no directory', async () => {
    expect((await bench.run('list_files', {path: 'blob'})).error).to.match(/is not a directory/)
    expect((await bench.run('search_files', {query: 'x', path: 'none'})).error).to.match(/no such directory/)
  })

  it('stop at a bound in a huge folder', async () => {
    await mkdir(at('huge'))
    for (let index = 0; index < 3000; index++) writeFileSync(at(`huge/${index}`), '')
    const {entries, truncated} = await bench.run('list_files', {path: 'huge', limit: 2000})
    expect(entries).to.have.length(2000)
    expect(truncated).to.equal(true)
  })
})
