import {chmod, mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {diffStat} from '../../../src/gateway/tools/diff-stat.js'
import {isWindows} from '../../../src/platform.js'
import {type Bench, createBench} from './helpers.js'

describe('file tools', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  describe('read_file', () => {
    it('reads a file with its counts', async () => {
      await writeFile(at('a.txt'), '\ufeffone\r\ntwo\nthree\n')
      expect(await bench.run('read_file', {path: 'a.txt'})).to.deep.equal({
        path: 'a.txt',
        content: 'one\ntwo\nthree',
        first_line: 1,
        last_line: 3,
        total_lines: 3,
        bytes: 18,
      })
      expect(await bench.run('read_file', {path: at('a.txt')})).to.deep.include({path: 'a.txt'})
      expect(bench.asked).to.deep.equal([])
    })

    it('reads on from where it stopped', async () => {
      await writeFile(at('a.txt'), Array.from({length: 100}, (_, index) => `line ${index + 1}`).join('\n'))
      const first = await bench.run('read_file', {path: 'a.txt', offset: 10, limit: 5})
      expect(first).to.deep.include({first_line: 10, last_line: 14, truncated: true, hint: 'read on with offset 15'})
      expect(first.content).to.match(/^line 10\n.*line 14$/s)
      const rest = await bench.run('read_file', {path: 'a.txt', offset: 15})
      expect(rest).to.deep.include({first_line: 15, last_line: 100}).and.not.to.have.property('truncated')
      expect((await bench.run('read_file', {path: 'a.txt', offset: 101})).error).to.match(/has 100 lines/)
    })

    it('bounds what it returns, by whole lines', async () => {
      await writeFile(at('big'), `${'y'.repeat(50_000)}\n${'x'.repeat(999)}\n`.repeat(200))
      const result = await bench.run('read_file', {path: 'big'})
      expect(String(result.content).length).to.be.lessThan(110_000)
      expect(result.truncated).to.equal(true)
      expect(result.content).to.match(/line of 50000 characters cut/)
    })

    it('says what cannot be read', async () => {
      await writeFile(at('binary'), Buffer.from([1, 2, 0, 3]))
      await writeFile(at('latin'), Buffer.from([0x66, 0xfc, 0x72]))
      await writeFile(at('empty'), '')
      expect((await bench.run('read_file', {path: 'binary'})).error).to.match(/binary file of 4 bytes/)
      expect((await bench.run('read_file', {path: 'latin'})).error).to.match(/binary/)
      expect((await bench.run('read_file', {path: '.'})).error).to.match(/directory; use list_files/)
      expect((await bench.run('read_file', {path: 'none'})).error).to.match(/no such file.*ENOENT/)
      expect(await bench.run('read_file', {path: 'empty'})).to.deep.include({content: '', total_lines: 0})
      if (!isWindows) expect((await bench.run('read_file', {path: '/dev/zero'})).error).to.match(/not a regular file/)
    })
  })

  describe('write_file', () => {
    it('creates a file and its directories, after asking', async () => {
      const result = await bench.run('write_file', {path: 'deep/er/a.txt', content: 'ä\n'})
      expect(result).to.deep.equal({path: path.join('deep', 'er', 'a.txt'), bytes: 3, created: true})
      expect(await readFile(at('deep/er/a.txt'), 'utf8')).to.equal('ä\n')
      expect(bench.asked).to.have.length(1)
      expect(bench.asked[0]?.access).to.deep.equal({tool: 'edit', path: path.join(bench.cwd, 'deep', 'er', 'a.txt')})
      expect(bench.asked[0]?.title).to.match(/Create a file of 3 bytes/)
    })

    it('replaces a file, keeps its mode and tells the change', async () => {
      await writeFile(at('a.sh'), 'one\ntwo\nthree\n')
      await chmod(at('a.sh'), 0o751)
      const result = await bench.run('write_file', {path: 'a.sh', content: 'one\n2\nthree\nfour\n'})
      expect(result).to.deep.include({created: false, diff: '+2 -1'})
      expect(bench.asked[0]?.title).to.contain('+2 -1 lines')
      if (!isWindows) expect((await stat(at('a.sh'))).mode & 0o777).to.equal(0o751)
      expect(await readdir(bench.cwd)).to.deep.equal(['a.sh'])
    })

    it('leaves everything as it is when it is denied', async () => {
      await writeFile(at('a.txt'), 'old')
      bench.answer = () => false
      expect(await bench.run('write_file', {path: 'a.txt', content: 'new'})).to.deep.include({denied: true})
      expect(await bench.run('write_file', {path: 'new/b.txt', content: 'new'})).to.deep.include({denied: true})
      expect(await readFile(at('a.txt'), 'utf8')).to.equal('old')
      expect(await readdir(bench.cwd)).to.deep.equal(['a.txt'])
    })

    it('does not write over what another program wrote while the person was asked', async () => {
      await writeFile(at('a.txt'), 'old')
      bench.answer = async () => {
        await writeFile(at('a.txt'), 'changed by hand')
        return true
      }
      expect((await bench.run('write_file', {path: 'a.txt', content: 'new'})).error).to.match(
        /changed by another program/,
      )
      expect(await readFile(at('a.txt'), 'utf8')).to.equal('changed by hand')
    })

    it('does not write after an interrupt while the person was asked', async () => {
      bench.answer = () => {
        bench.stop.abort()
        return true
      }
      expect((await bench.run('write_file', {path: 'a.txt', content: 'x'})).interrupted).to.equal(true)
      expect(await readdir(bench.cwd)).to.deep.equal([])
    })

    it('writes through a link, and refuses what is no file', async function () {
      if (isWindows) this.skip()
      await writeFile(at('target'), 'old')
      await symlink('target', at('link'))
      await bench.run('write_file', {path: 'link', content: 'new'})
      expect(await readFile(at('target'), 'utf8')).to.equal('new')
      await mkdir(at('folder'))
      expect((await bench.run('write_file', {path: 'folder', content: 'x'})).error).to.match(/not a regular file/)
      expect((await bench.run('write_file', {path: 'target/below', content: 'x'})).error).to.match(/ENOTDIR/)
    })
  })

  it('diffStat counts lines as a longest common subsequence', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), {maxLength: 12})
      .map((lines) => lines.map((l) => `${l}\n`).join(''))
    fc.assert(
      fc.property(text, text, (before, after) => {
        const {added, removed} = diffStat(before, after)
        const lines = (one: string) => one.split('\n').length - 1
        expect(lines(before) - removed).to.equal(lines(after) - added)
        expect(diffStat(after, before)).to.deep.equal({added: removed, removed: added})
        if (before === after) expect(added + removed).to.equal(0)
      }),
    )
    expect(diffStat('a\nb\nc\n', 'a\nc\nd\n')).to.deep.equal({added: 1, removed: 1})
  })

  describe('list_files and search_files', () => {
    beforeEach(async () => {
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
  })
})
