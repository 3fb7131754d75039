import {execFileSync} from 'node:child_process'
import {createWriteStream, type WriteStream} from 'node:fs'
import {mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {finished} from 'node:stream/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {LineWindow} from '../../../../src/gateway/tools/files/line-window.js'
import {isWindows} from '../../../../src/platform.js'
import {pdf} from '../../../helpers/documents/pdf.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {type Bench, createBench} from '../helpers.js'

describe('read_file', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  /** As it stands in the file. */
  const read = (args: Record<string, unknown>) => bench.run('read_file', {line_numbers: false, ...args})

  it('numbers the lines, which stand in the file as they are shown behind the numbers', async () => {
    const line = fc.string({unit: fc.constantFrom('a', ' ', '\t', '1', 'ü', '😀')})
    const property = fc.asyncProperty(
      fc.array(line, {minLength: 1, maxLength: 30}),
      fc.nat(40),
      async (lines, from) => {
        const text = lines.join('\n')
        await writeFile(at('n'), text)
        const offset = Math.min(from + 1, Math.max(1, lines.length - (lines.at(-1) === '' ? 1 : 0)))
        const {content} = await bench.run('read_file', {path: 'n', offset})
        const rows = String(content)
          .split('\n')
          .filter((row) => row !== '')
        for (const row of rows) {
          const [, number = '', rest] = /^(\d+)\t(.*)$/s.exec(row) ?? []
          expect(rest).to.equal(lines[Number(number) - 1])
        }
        if (rows.length > 0) expect(Number(rows[0]?.split('\t')[0])).to.equal(offset)
        const without = await read({path: 'n', offset})
        expect(rows.map((row) => row.replace(/^\d+\t/, '')).join('\n')).to.equal(without.content)
      },
    )
    await fc.assert(property)
  })

  it('tells who edits by what it showed that the numbers are not in the file', async () => {
    await writeFile(at('e'), 'one\ntwo\n')
    const {content} = await bench.run('read_file', {path: 'e'})
    const result = await bench.run('edit_file', {path: 'e', edits: [{old: content, new: 'x'}]})
    expect(result.error).to.include('numbers of lines')
  })

  it('reads a file with its counts', async () => {
    await writeFile(at('a.txt'), '\ufeffone\r\ntwo\nthree\n')
    const result = await read({path: 'a.txt'})
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
    expect(await read({path: at('a.txt')})).to.deep.include({path: 'a.txt'})
    expect(bench.asked).to.deep.equal([])
  })

  it('reads the text of a PDF page by page, by lines as of any text', async () => {
    await writeFile(at('a.pdf'), pdf(['First (one)\nsecond line', 'Other page']))
    const whole = await read({path: 'a.pdf'})
    expect(whole.content).to.equal('[Page 1]\nFirst (one)\nsecond line\n\n[Page 2]\nOther page')
    expect(whole).to.deep.include({pages: 2, total_lines: 6})
    expect((await read({path: 'a.pdf', offset: 5, limit: 2})).content).to.equal('[Page 2]\nOther page')
    await writeFile(at('empty.pdf'), pdf(['', '']))
    expect((await read({path: 'empty.pdf'})).error).to.contain('none of its 2 pages holds text')
  }).timeout(20_000)

  it('says in words what is wrong with a PDF, whatever it holds, and never hangs', async () => {
    const good = pdf(['A page'])
    let tried = 0
    const broken = fc.oneof(
      fc.uint8Array({maxLength: 300}).map((bytes) => Buffer.concat([Buffer.from('%PDF-1.7\n'), bytes])),
      fc.nat(good.length).map((length) => good.subarray(0, Math.max(5, length))),
      fc.tuple(fc.nat(good.length - 6), fc.nat(255)).map(([place, byte]) => {
        const copy = Buffer.from(good)
        copy[place + 5] = byte
        return copy
      }),
    )
    const property = fc.asyncProperty(broken, async (bytes) => {
      tried++
      await writeFile(at('b.pdf'), bytes)
      const {content, error} = await read({path: 'b.pdf'})
      if (content === undefined) expect(error).to.match(/^read_file: b\.pdf: the text of this PDF can't be read: ./)
    })
    await fc.assert(property, {numRuns: runs(100, 5)})
    tellTried(tried, 'broken PDFs')
  }).timeout(120_000)

  it('asks leave under the real path, and reads nothing without it', async function () {
    if (isWindows) this.skip()
    await mkdir(at('folder'))
    await writeFile(at('folder/a'), 'x')
    await symlink('folder', at('link'))
    await symlink('link/a', at('b'))
    bench.mayRead = () => false
    expect(await read({path: 'b'})).to.deep.include({denied: true})
    expect(bench.read).to.deep.equal([at('folder/a')])
    expect(bench.context.reads.get(at('folder/a'))).to.equal(undefined)
  })

  it('reads on from where it stopped', async () => {
    await writeFile(at('a.txt'), Array.from({length: 100}, (_, index) => `line ${index + 1}`).join('\n'))
    const first = await read({path: 'a.txt', offset: 10, limit: '5'})
    expect(first).to.deep.include({first_line: 10, last_line: 14, truncated: true, hint: 'read on with offset 15'})
    expect(first.content).to.match(/^line 10\n.*line 14$/s)
    const rest = await read({path: 'a.txt', offset: ' 15 '})
    expect(rest).to.deep.include({first_line: 15, last_line: 100, no_final_newline: true})
    expect(rest).not.to.have.property('truncated')
    expect((await read({path: 'a.txt', offset: 101})).error).to.match(/has 100 lines/)
  })

  it('bounds what it returns, by whole lines', async () => {
    await writeFile(at('big'), `${'y'.repeat(50_000)}\n${'x'.repeat(999)}\n`.repeat(200))
    const result = await read({path: 'big'})
    expect(String(result.content).length).to.be.lessThan(110_000)
    expect(result.truncated).to.equal(true)
    expect(result.content).to.match(/line of 50000 characters cut/)
  })

  it('reads other encodings, and names them', async () => {
    await writeFile(at('latin'), Buffer.from('f\xfcr 5 \x80\r\n', 'latin1'))
    expect(await read({path: 'latin'})).to.deep.include({
      content: 'für 5 €',
      encoding: 'windows-1252',
      line_ends: 'CRLF',
    })
    await writeFile(at('le'), Buffer.from('\ufeffäö€😀\n', 'utf16le'))
    expect(await read({path: 'le'})).to.deep.include({content: 'äö€😀', encoding: 'utf-16le'})
    await writeFile(at('be'), Buffer.from('\ufeffäö€😀\n', 'utf16le').swap16())
    expect(await read({path: 'be'})).to.deep.include({content: 'äö€😀', encoding: 'utf-16be'})
  })

  it('says what cannot be read', async () => {
    await writeFile(at('binary'), Buffer.from([1, 2, 0, 3]))
    await writeFile(at('packed'), Buffer.from([0x1f, 0x8b, 0x08, 0xff, 0x01, 0x02]))
    await writeFile(at('empty'), '')
    const binary = await read({path: 'binary'})
    expect(binary.error).to.match(/binary file of 4 bytes/)
    expect(binary.version).to.equal(bench.context.reads.get(at('binary')))
    expect((await read({path: 'packed'})).error).to.match(/binary/)
    expect((await read({path: '.'})).error).to.match(/directory; use list_files/)
    expect((await read({path: 'none'})).error).to.match(/no such file.*ENOENT/)
    expect((await read({path: 'empty/below'})).error).to.match(/ENOTDIR/)
    expect(await read({path: 'empty'})).to.deep.include({content: '', total_lines: 0})
    if (!isWindows) expect((await read({path: '/dev/zero'})).error).to.match(/not a regular file/)
  })

  it('waits for no pipe, also not for one that takes the place of a file while the person is asked', async function () {
    if (isWindows) this.skip()
    execFileSync('mkfifo', [at('pipe')])
    expect((await read({path: 'pipe'})).error).to.match(/not a regular file/)
    expect(bench.read).to.deep.equal([])
    await writeFile(at('file'), 'x')
    bench.mayRead = async () => {
      await rm(at('file'))
      execFileSync('mkfifo', [at('file')])
      return true
    }
    expect((await read({path: 'file'})).error).to.match(/not a regular file/)
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
        const result = await read({path: 'one/two/a'})
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
      const first = await read({path: 'log', limit: 2})
      expect(first).to.deep.include({content: `first\n${line.trim()}`, truncated: true, last_line: 2})
      expect(first).not.to.have.any.keys('version', 'total_lines')
      const total = Math.floor(size / line.length) + 2
      const last = await read({path: 'log', offset: total - 1})
      expect(last).to.deep.include({content: `${line.trim()}\nlast`, total_lines: total})
      expect((await read({path: 'log', offset: total + 1})).error).to.contain(`has ${total} lines`)
    })

    it('keeps little of it in memory, though it be one line', async () => {
      await fill('line', (stream) => {
        for (let count = 0; count < 200; count++) stream.write(Buffer.alloc(1024 * 1024, 0x78))
      })
      const before = process.memoryUsage().rss
      const {content} = await read({path: 'line'})
      expect(content).to.match(/line of 209715200 characters cut/)
      expect(process.memoryUsage().rss - before).to.be.lessThan(80 * 1024 * 1024)
    })

    it('knows its encoding, though a character is cut by the sample', async () => {
      await fill('euro', (stream) => stream.write(`a${'€'.repeat(size / 3)}\nb`))
      expect((await read({path: 'euro', offset: 2})).content).to.equal('b')
      expect((await read({path: 'euro'})).content).to.match(/^a€+…/)
      await fill('latin', (stream) => stream.write(Buffer.from(`\xfc\n${'x'.repeat(size)}`, 'latin1')))
      expect(await read({path: 'latin', limit: 1})).to.deep.include({content: 'ü'})
      await fill('zero', (stream) => stream.write(Buffer.alloc(size)))
      expect((await read({path: 'zero'})).error).to.match(/binary/)
    })

    it('stops when the turn is interrupted', async () => {
      await fill('log', (stream) => stream.write('x\n'.repeat(size / 2)))
      bench.mayRead = () => {
        bench.stop.abort()
        return true
      }
      expect(await read({path: 'log', offset: 10_000_000})).to.deep.include({interrupted: true})
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
      {numRuns: runs(500, 100)},
    )
  })
})
