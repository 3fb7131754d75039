import {mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench} from '../helpers.js'

describe('edit_file', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)
  const edit = (name: string, ...edits: {old: string; new: string; all?: unknown}[]) =>
    bench.run('edit_file', {path: name, edits})

  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('shows the change, makes it, and says what it was', async () => {
    await writeFile(at('a.ts'), 'one\r\ntwo\r\nthree\r\n', {mode: 0o640})
    const result = await edit('a.ts', {old: 'two\n', new: '2\n2b\n'}, {old: 'three', new: '3'})
    const diff = '@@ -1,3 +1,4 @@\n one\n-two\n-three\n+2\n+2b\n+3'
    expect(result).to.deep.equal({
      path: 'a.ts',
      file: at('a.ts'),
      created: false,
      added: 3,
      removed: 2,
      version: result.version,
      inline_diff: diff,
    })
    expect(bench.asked).to.deep.equal([{access: {tool: 'edit', path: at('a.ts')}, title: 'Edit a.ts', diff}])
    expect(await readFile(at('a.ts'), 'utf8')).to.equal('one\r\n2\r\n2b\r\n3\r\n')
    if (!isWindows) expect((await stat(at('a.ts'))).mode & 0o777).to.equal(0o640)
    expect(await readdir(bench.cwd)).to.deep.equal(['a.ts'])
  })

  it('takes edits as models send them', async () => {
    await writeFile(at('a'), 'x x\n')
    expect(await edit('a', {old: 'x', new: 'y', all: 'true'})).to.deep.include({added: 1})
    const text = JSON.stringify([{old: 'y y', new: 'z', all: null, note: 'as a text'}])
    expect(await bench.run('edit_file', {path: 'a', edits: text})).to.deep.include({added: 1})
    expect(await readFile(at('a'), 'utf8')).to.equal('z\n')
  })

  it('changes nothing when one of the edits fails', async () => {
    await writeFile(at('a'), 'one two\n')
    const result = await edit('a', {old: 'one', new: '1'}, {old: 'three', new: '3'})
    expect(result.error).to.match(/^edit_file: a: edit 2 of 2: old is not in the file/)
    expect(bench.asked).to.deep.equal([])
    expect(await readFile(at('a'), 'utf8')).to.equal('one two\n')
  })

  it('needs no reading before, but none that is out of date', async () => {
    await writeFile(at('a'), 'one\n')
    expect(await edit('a', {old: 'one', new: 'two'})).not.to.have.property('error')
    await writeFile(at('a'), 'two, and more\n')
    expect((await edit('a', {old: 'two', new: '3'})).error).to.match(/a was changed since you read it: read it again/)
    await bench.run('read_file', {path: 'a'})
    expect(await edit('a', {old: 'two', new: '3'})).not.to.have.property('error')
    expect(await readFile(at('a'), 'utf8')).to.equal('3, and more\n')
  })

  it('asks leave to read what it was not told before: what is found tells what is in it', async () => {
    await writeFile(at('secret'), 'password\n')
    bench.mayRead = () => false
    const result = await edit('secret', {old: 'passw0rd', new: 'x'})
    expect(result).to.deep.include({denied: true})
    expect(JSON.stringify(result)).not.to.contain('password')
    expect(bench.read).to.deep.equal([at('secret')])
    bench.mayRead = () => true
    await bench.run('read_file', {path: 'secret'})
    await edit('secret', {old: 'password', new: 'x'})
    expect(bench.read).to.have.length(2)
  })

  it('says what it cannot edit', async function () {
    await writeFile(at('binary'), Buffer.from([0, 1]))
    await mkdir(at('folder'))
    expect((await edit('none', {old: 'a', new: 'b'})).error).to.match(/none does not exist; write_file creates it/)
    expect((await edit('folder', {old: 'a', new: 'b'})).error).to.match(/is a directory/)
    expect((await edit('binary', {old: 'a', new: 'b'})).error).to.match(/binary file of 2 bytes/)
    await writeFile(at('latin'), Buffer.from('f\xfcr\n', 'latin1'))
    expect((await edit('latin', {old: 'für', new: '中'})).error).to.match(/中 \(U\+4E2D\) can't be written/)
    expect(bench.asked).to.deep.equal([])
    if (isWindows) this.skip()
    expect((await edit('/dev/zero', {old: 'a', new: 'b'})).error).to.match(/not a regular file/)
  })

  it('names what a link leads to, and leaves the link', async function () {
    if (isWindows) this.skip()
    await mkdir(at('folder'))
    await writeFile(at('folder/a'), 'one')
    await symlink('folder', at('link'))
    await symlink('link/a', at('b'))
    expect(await edit('b', {old: 'one', new: 'two'})).to.deep.include({path: path.join('folder', 'a')})
    expect(bench.asked[0]?.access).to.deep.equal({tool: 'edit', path: at('folder/a')})
    expect(await readFile(at('folder/a'), 'utf8')).to.equal('two')
    expect((await readdir(bench.cwd)).sort()).to.deep.equal(['b', 'folder', 'link'])
  })
})
