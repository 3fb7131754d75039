import {chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {versionsFrom} from '../../../../src/gateway/tools/files/versions.js'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench} from '../helpers.js'

describe('write_file', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)
  const read = (name: string) => bench.run('read_file', {path: name})
  const write = (name: string, content: string) => bench.run('write_file', {path: name, content})

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('creates a file and its directories, after it has shown them', async () => {
    const result = await write('deep/er/a.txt', 'ä\nb\n')
    const file = at('deep/er/a.txt')
    expect(result).to.deep.equal({
      path: path.join('deep', 'er', 'a.txt'),
      file,
      created: true,
      added: 2,
      removed: 0,
      version: result.version,
      inline_diff: '@@ -0,0 +1,2 @@\n+ä\n+b',
    })
    expect(await readFile(file, 'utf8')).to.equal('ä\nb\n')
    expect(bench.asked).to.deep.equal([
      {
        access: {tool: 'edit', path: file},
        title: `Create ${path.join('deep', 'er', 'a.txt')}`,
        diff: '@@ -0,0 +1,2 @@\n+ä\n+b',
      },
    ])
    expect(await readdir(at('deep/er'))).to.deep.equal(['a.txt'])
  })

  it('replaces a file that was read, keeps its mode and shows the change', async () => {
    await writeFile(at('a.sh'), 'one\ntwo\nthree\n')
    await chmod(at('a.sh'), 0o751)
    await read('a.sh')
    const result = await write('a.sh', 'one\n2\nthree\nfour\n')
    expect(result).to.deep.include({created: false, added: 2, removed: 1})
    expect(bench.asked[0]).to.deep.include({
      title: 'Replace a.sh',
      diff: '@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four',
    })
    if (!isWindows) expect((await stat(at('a.sh'))).mode & 0o777).to.equal(0o751)
    expect(await readdir(bench.cwd)).to.deep.equal(['a.sh'])
  })

  it('replaces nothing that the model does not know', async () => {
    await writeFile(at('a.txt'), 'old')
    expect((await write('a.txt', 'new')).error).to.match(/a\.txt exists: read it first, so that nothing in it is lost/)
    await read('a.txt')
    await writeFile(at('a.txt'), 'old and more')
    expect((await write('a.txt', 'new')).error).to.match(/a\.txt was changed since you read it: read it again/)
    expect(bench.asked).to.deep.equal([])
    expect(await readFile(at('a.txt'), 'utf8')).to.equal('old and more')
    await read('a.txt')
    expect(await write('a.txt', 'new')).to.deep.include({created: false})
    // What it wrote it knows.
    expect(await write('a.txt', 'newer')).to.deep.include({created: false})
    await writeFile(at('a.txt'), 'by another')
    expect((await write('a.txt', 'newest')).error).to.match(/changed since you read it/)
  })

  it('knows the same files again from the stored results', async () => {
    await writeFile(at('a.txt'), 'old')
    await writeFile(at('b.txt'), 'one')
    await writeFile(at('binary'), Buffer.from([0, 1]))
    const results = [
      {name: 'read_file', result: await read('a.txt')},
      {name: 'edit_file', result: await bench.run('edit_file', {path: 'b.txt', edits: [{old: 'one', new: 'two'}]})},
      {name: 'write_file', result: await write('c.txt', 'new')},
      {name: 'write_file', result: await write('a.txt', 'newer')},
      {name: 'read_file', result: await read('binary')},
    ]
    const stored = JSON.parse(JSON.stringify(results)) as typeof results
    expect(versionsFrom(stored)).to.deep.equal(bench.context.reads)
    const others = [
      {name: 'read_file', result: undefined},
      {name: 'read_file', result: {error: 'x'}},
      {name: 'read_file', result: {file: 5, version: 'x'}},
      {name: 'terminal', result: {file: '/a', version: 'x'}},
      {name: 'write_file', result: 'x'},
      {name: 'write_file', result: null},
    ]
    expect(versionsFrom(others).size).to.equal(0)
  })

  it('says so where there is nothing to write', async () => {
    await writeFile(at('a.txt'), 'old\r\n')
    await read('a.txt')
    const result = await write('a.txt', 'old\n')
    expect(result).to.deep.include({added: 0, removed: 0, note: 'it has this content already; nothing was written'})
    expect(bench.asked).to.deep.equal([])
  })

  it('keeps line ends, byte order mark and encoding of what it replaces', async () => {
    const cases: [before: Buffer, content: string, after: Buffer][] = [
      [Buffer.from('a\r\nb\r\n'), 'a\nc\nd\n', Buffer.from('a\r\nc\r\nd\r\n')],
      [Buffer.from('a\r\nb\r\n'), 'a\r\nc\r\n', Buffer.from('a\r\nc\r\n')],
      [Buffer.from('a\nb\n'), 'a\r\nc', Buffer.from('a\nc')],
      [Buffer.from('a\nb\r\nc\n'), 'a\nb\nx\nc\n', Buffer.from('a\nb\r\nx\nc\n')],
      [Buffer.from('a'), 'b\r\nc\r\n', Buffer.from('b\r\nc\r\n')],
      [Buffer.from('\ufeffa\n'), 'b\n', Buffer.from('\ufeffb\n')],
      [Buffer.from('\ufeffa\n'), '\ufeffb\n', Buffer.from('\ufeffb\n')],
      [Buffer.from('\ufeffa\r\n', 'utf16le'), 'ö\n', Buffer.from('\ufeffö\r\n', 'utf16le')],
      [Buffer.from('f\xfcr\n', 'latin1'), 'für 5 €\n', Buffer.from('f\xfcr 5 \x80\n', 'latin1')],
    ]
    for (const [index, [before, content, after]] of cases.entries()) {
      await writeFile(at(`f${index}`), before)
      await read(`f${index}`)
      expect(await write(`f${index}`, content), String(index)).not.to.have.property('error')
      expect(await readFile(at(`f${index}`)), String(index)).to.deep.equal(after)
    }
  })

  it('writes a new file as it is given', async () => {
    await write('crlf', '\ufeffa\r\nb')
    expect(await readFile(at('crlf'), 'utf8')).to.equal('\ufeffa\r\nb')
    expect(bench.asked[0]?.diff).to.contain('+a\r\n')
    expect((await write('half', 'a\ud800')).error).to.match(/half of a surrogate pair can't be written/)
    expect(await readdir(bench.cwd)).to.deep.equal(['crlf'])
  })

  it('refuses a character that the encoding does not have', async () => {
    await writeFile(at('latin'), Buffer.from('f\xfcr\n', 'latin1'))
    await read('latin')
    expect((await write('latin', 'für 中\n')).error).to.match(
      /latin: the character 中 \(U\+4E2D\) can't be written in Wind/,
    )
    expect(bench.asked).to.deep.equal([])
  })

  it('says that what it replaces is binary', async () => {
    await writeFile(at('blob'), Buffer.from([0, 1, 2]))
    expect((await write('blob', 'x\n')).error).to.match(/read it first/)
    await read('blob')
    const result = await write('blob', 'x\n')
    const diff = '\\ The old content is binary, 3 bytes, and is not shown\n@@ -0,0 +1,1 @@\n+x'
    expect(result).to.deep.include({created: false, added: 1, inline_diff: diff}).and.not.to.have.property('removed')
    expect(bench.asked[0]?.diff).to.equal(diff)
  })

  it('shows the person the whole of a long change, and the model a part', async () => {
    const content = Array.from({length: 5000}, (_, index) => `line ${index}\n`).join('')
    const result = await write('long', content)
    expect(bench.asked[0]?.diff?.split('\n')).to.have.length(5001)
    expect(String(result.inline_diff).split('\n')).to.have.length(201)
    expect(result.inline_diff).to.match(/\n\\ The diff is longer: 4801 added lines are not shown here$/)
    await write('longer', `${'x'.repeat(2_000_000)}\n`)
    expect(bench.asked[1]?.diff?.length).to.be.within(1_000_000, 1_100_000)
    expect(bench.asked[1]?.diff).to.match(/not shown here$/)
  })

  it('leaves everything as it is when it is denied', async () => {
    await writeFile(at('a.txt'), 'old')
    await read('a.txt')
    bench.answer = () => false
    expect(await write('a.txt', 'new')).to.deep.include({denied: true})
    expect(await write('new/b.txt', 'new')).to.deep.include({denied: true})
    expect(await readFile(at('a.txt'), 'utf8')).to.equal('old')
    expect(await readdir(bench.cwd)).to.deep.equal(['a.txt'])
  })

  it('does not write over what another program wrote while the person was asked', async () => {
    await writeFile(at('a.txt'), 'old')
    await read('a.txt')
    bench.answer = async () => {
      await writeFile(at('a.txt'), 'changed by hand')
      return true
    }
    expect((await write('a.txt', 'new')).error).to.match(/a\.txt: it was changed by another program meanwhile/)
    expect(await readFile(at('a.txt'), 'utf8')).to.equal('changed by hand')
    bench.answer = async () => {
      await writeFile(at('new.txt'), 'by hand')
      return true
    }
    expect((await write('new.txt', 'new')).error).to.match(/changed by another program/)
    expect(await readFile(at('new.txt'), 'utf8')).to.equal('by hand')
  })

  it('does not write after an interrupt while the person was asked', async () => {
    bench.answer = () => {
      bench.stop.abort()
      return true
    }
    expect((await write('a.txt', 'x')).interrupted).to.equal(true)
    expect(await readdir(bench.cwd)).to.deep.equal([])
  })

  it('asks for what a link leads to, also where that is not there yet', async function () {
    if (isWindows) this.skip()
    const outside = await createBench()
    try {
      await writeFile(at('target'), 'old')
      await symlink('target', at('link'))
      await symlink(outside.cwd, at('assets'))
      await symlink('nowhere/../nothing', at('dangling'))
      await symlink('dangling', at('twice'))
      await symlink('round', at('round'))
      await read('link')
      await write('link', 'new')
      await write('assets/.bash_login', 'new')
      await write('twice', 'new')
      expect(bench.asked.map(({access, title}) => [access, title])).to.deep.equal([
        [{tool: 'edit', path: at('target')}, 'Replace target'],
        [
          {tool: 'edit', path: path.join(outside.cwd, '.bash_login')},
          `Create ${path.join(outside.cwd, '.bash_login')}`,
        ],
        [{tool: 'edit', path: at('nothing')}, 'Create nothing'],
      ])
      expect(await readFile(at('target'), 'utf8')).to.equal('new')
      expect(await readFile(at('nothing'), 'utf8')).to.equal('new')
      expect((await write('round', 'x')).error).to.match(/ELOOP/)
    } finally {
      await outside.cleanUp()
    }
  })

  it('refuses what is no file', async function () {
    if (isWindows) this.skip()
    await mkdir(at('folder'))
    await writeFile(at('target'), 'x')
    expect((await write('folder', 'x')).error).to.match(/not a regular file/)
    expect((await write('target/below', 'x')).error).to.match(/ENOTDIR/)
    expect((await write('/dev/null', 'x')).error).to.match(/not a regular file/)
    await truncate(at('target'), 30 * 1024 * 1024)
    expect((await write('target', 'x')).error).to.match(/31457280 bytes; up to 20971520 can be/)
    expect(bench.asked).to.deep.equal([])
  })
})
