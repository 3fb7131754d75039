import {execFileSync} from 'node:child_process'
import {createWriteStream, type WriteStream} from 'node:fs'
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {finished} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {LineWindow} from '../../../../src/gateway/tools/files/line-window.js'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench} from '../helpers.js'

describe('read_file', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('reads a file with its counts', async () => {
    await writeFile(at('a.txt'), '\ufeffone\r\ntwo\nthree\n')
    const result = await bench.run('read_file', {path: 'a.txt'})
    expect(result).to.deep.equal({
      path: 'a.txt',
      file: at('a.txt'),
      version: result.version,
      content: 'one\ntwo\nthree',
      first_line: 1,
      last_line: 3,
      total_lines: 3,
      bytes: 18,
      line_ends: 'LF and CRLF',
    })
    expect(result.version).to.match(/^[0-9a-f]{16}$/)
    expect(bench.context.reads.get(at('a.txt'))).to.equal(result.version)
    expect(await bench.run('read_file', {path: at('a.txt')})).to.deep.include({path: 'a.txt'})
    expect(bench.asked).to.deep.equal([])
  })

  it('asks leave under the real path, and reads nothing without it', async function () {
    if (isWindows) this.skip()
    await mkdir(at('folder'))
    await writeFile(at('folder/a'), 'x')
    await symlink('folder', at('link'))
    await symlink('link/a', at('b'))
    bench.mayRead = () => false
    expect(await bench.run('read_file', {path: 'b'})).to.deep.include({denied: true})
    expect(bench.read).to.deep.equal([at('folder/a')])
    expect(bench.context.reads.get(at('folder/a'))).to.equal(undefined)
  })

  it('reads on from where it stopped', async () => {
    await writeFile(at('a.txt'), Array.from({length: 100}, (_, index) => `line ${index + 1}`).join('\n'))
    const first = await bench.run('read_file', {path: 'a.txt', offset: 10, limit: '5'})
    expect(first).to.deep.include({first_line: 10, last_line: 14, truncated: true, hint: 'read on with offset 15'})
    expect(first.content).to.match(/^line 10\n.*line 14$/s)
    const rest = await bench.run('read_file', {path: 'a.txt', offset: ' 15 '})
    expect(rest).to.deep.include({first_line: 15, last_line: 100, no_final_newline: true})
    expect(rest).not.to.have.property('truncated')
    expect((await bench.run('read_file', {path: 'a.txt', offset: 101})).error).to.match(/has 100 lines/)
  })

  it('bounds what it returns, by whole lines', async () => {
    await writeFile(at('big'), `${'y'.repeat(50_000)}\n${'x'.repeat(999)}\n`.repeat(200))
    const result = await bench.run('read_file', {path: 'big'})
    expect(String(result.content).length).to.be.lessThan(110_000)
    expect(result.truncated).to.equal(true)
    expect(result.content).to.match(/line of 50000 characters cut/)
  })

  it('reads other encodings, and names them', async () => {
    await writeFile(at('latin'), Buffer.from('f\xfcr 5 \x80\r\n', 'latin1'))
    expect(await bench.run('read_file', {path: 'latin'})).to.deep.include({
      content: 'für 5 €',
      encoding: 'windows-1252',
      line_ends: 'CRLF',
    })
    await writeFile(at('le'), Buffer.from('\ufeffäö€😀\n', 'utf16le'))
    expect(await bench.run('read_file', {path: 'le'})).to.deep.include({content: 'äö€😀', encoding: 'utf-16le'})
    await writeFile(at('be'), Buffer.from('\ufeffäö€😀\n', 'utf16le').swap16())
    expect(await bench.run('read_file', {path: 'be'})).to.deep.include({content: 'äö€😀', encoding: 'utf-16be'})
  })

  it('says what cannot be read', async () => {
    await writeFile(at('binary'), Buffer.from([1, 2, 0, 3]))
    await writeFile(at('packed'), Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0x01, 0x02]))
    await writeFile(at('empty'), '')
    const binary = await bench.run('read_file', {path: 'binary'})
    expect(binary.error).to.match(/binary file of 4 bytes/)
    expect(binary.version).to.equal(bench.context.reads.get(at('binary')))
    expect((await bench.run('read_file', {path: 'packed'})).error).to.match(/binary/)
    expect((await bench.run('read_file', {path: '.'})).error).to.match(/directory; use list_files/)
    expect((await bench.run('read_file', {path: 'none'})).error).to.match(/no such file.*ENOENT/)
    expect((await bench.run('read_file', {path: 'empty/below'})).error).to.match(/ENOTDIR/)
    expect(await bench.run('read_file', {path: 'empty'})).to.deep.include({content: '', total_lines: 0})
    if (!isWindows) expect((await bench.run('read_file', {path: '/dev/zero'})).error).to.match(/not a regular file/)
  })

  it('waits for no pipe, also not for one that takes the place of a file while the person is asked', async function () {
    if (isWindows) this.skip()
    execFileSync('mkfifo', [at('pipe')])
    expect((await bench.run('read_file', {path: 'pipe'})).error).to.match(/not a regular file/)
    expect(bench.read).to.deep.equal([])
    await writeFile(at('file'), 'x')
    bench.mayRead = async () => {
      await rm(at('file'))
      execFileSync('mkfifo', [at('file')])
      return true
    }
    expect((await bench.run('read_file', {path: 'file'})).error).to.match(/not a regular file/)
  })

  it('reads nothing else than was allowed where links are put in its way meanwhile', async function () {
    if (isWindows) this.skip()
    const outside = await createBench()
    try {
      await writeFile(path.join(outside.cwd, 'a'), 'outside')
      for (const swapped of ['one/two/a', 'one/two', 'one']) {
        await mkdir(at('one/two'), {recursive: true})
        await writeFile(at('one/two/a'), 'inside')
        await mkdir(path.join(outside.cwd, 'two'), {recursive: true})
        await writeFile(path.join(outside.cwd, 'two', 'a'), 'outside')
        bench.mayRead = async () => {
          await rm(at(swapped), {recursive: true})
          await symlink(swapped.endsWith('a') ? path.join(outside.cwd, 'a') : outside.cwd, at(swapped))
          return true
        }
        const result = await bench.run('read_file', {path: 'one/two/a'})
        expect(result.error, swapped).to.match(/replaced/)
        expect(JSON.stringify(result)).not.to.contain('outside')
        await rm(at('one'), {recursive: true})
      }
    } finally {
      await outside.cleanUp()
    }
  })

  describe('of a file that is too large to be held', () => {
    const size = 24 * 1024 * 1024

    async function fill(name: string, write: (stream: WriteStream) => void): Promise<void> {
      const stream = createWriteStream(at(name))
      write(stream)
      stream.end()
      await finished(stream)
    }

    it('reads a part, and counts when it comes to the end', async () => {
      const line = `${'x'.repeat(98)}\n`
      await fill('log', (stream) => {
        stream.write(`first\r\n${line.repeat(size / line.length)}`)
        stream.write('last')
      })
      const first = await bench.run('read_file', {path: 'log', limit: 2})
      expect(first).to.deep.include({content: `first\n${line.trim()}`, truncated: true, last_line: 2})
      expect(first).not.to.have.any.keys('version', 'total_lines')
      const total = Math.floor(size / line.length) + 2
      const last = await bench.run('read_file', {path: 'log', offset: total - 1})
      expect(last).to.deep.include({content: `${line.trim()}\nlast`, total_lines: total})
      expect((await bench.run('read_file', {path: 'log', offset: total + 1})).error).to.contain(`has ${total} lines`)
    })

    it('keeps little of it in memory, though it be one line', async () => {
      await fill('line', (stream) => {
        for (let count = 0; count < 200; count++) stream.write(Buffer.alloc(1024 * 1024, 0x78))
      })
      const before = process.memoryUsage().rss
      const {content} = await bench.run('read_file', {path: 'line'})
      expect(content).to.match(/line of 209715200 characters cut/)
      expect(process.memoryUsage().rss - before).to.be.lessThan(80 * 1024 * 1024)
    })

    it('knows its encoding, though a character is cut by the sample', async () => {
      await fill('euro', (stream) => stream.write(`a${'€'.repeat(size / 3)}\nb`))
      expect((await bench.run('read_file', {path: 'euro', offset: 2})).content).to.equal('b')
      expect((await bench.run('read_file', {path: 'euro'})).content).to.match(/^a€+…/)
      await fill('latin', (stream) => stream.write(Buffer.from(`\xfc\n${'x'.repeat(size)}`, 'latin1')))
      expect(await bench.run('read_file', {path: 'latin', limit: 1})).to.deep.include({content: 'ü'})
      await fill('zero', (stream) => stream.write(Buffer.alloc(size)))
      expect((await bench.run('read_file', {path: 'zero'})).error).to.match(/binary/)
    })

    it('stops when the turn is interrupted', async () => {
      await fill('log', (stream) => stream.write('x\n'.repeat(size / 2)))
      bench.mayRead = () => {
        bench.stop.abort()
        return true
      }
      expect(await bench.run('read_file', {path: 'log', offset: 10_000_000})).to.deep.include({interrupted: true})
    })
  })

  it('takes lines from pieces as from the whole', () => {
    const piece = fc.array(fc.constantFrom('a', 'bc', '\n', '\r\n', '\r', '\r\r\n', ''), {maxLength: 6})
    fc.assert(
      fc.property(
        fc.array(piece),
        fc.integer({min: 1, max: 9}),
        fc.integer({min: 1, max: 9}),
        (pieces, from, limit) => {
          const window = new LineWindow(from, limit)
          for (const parts of pieces) window.push(parts.join(''))
          window.end()
          const lines = pieces.flat().join('').split('\n')
          const last = lines.pop() ?? ''
          const whole = lines.map((line) => line.replace(/\r$/, ''))
          if (last !== '') whole.push(last)
          expect(window.lines).to.equal(whole.length)
          expect(window.taken).to.deep.equal(whole.slice(from - 1, from - 1 + limit))
        },
      ),
      {numRuns: 500},
    )
  })
})
