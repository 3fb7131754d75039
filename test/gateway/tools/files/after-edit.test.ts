import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {wordsFor} from '../../../../src/gateway/tools/files/after-edit.js'
import {versionOf} from '../../../../src/gateway/tools/files/versions.js'
import {isWindows} from '../../../../src/platform.js'
import {hostileNames} from '../../../helpers/hostile/hostile-names.js'
import {runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {type Bench, createBench} from '../helpers.js'

interface Said {
  command: string
  exit_code?: number
  output?: string
  error?: string
}

const saidOf = ({after_edit: said}: Record<string, unknown>) => said as Said[] | undefined

describe('what runs after an edit', () => {
  let bench: Bench
  const at = (name: string) => path.join(bench.cwd, name)
  const runsAfter = (commands: Record<string, string[]>, timeoutMs = 10_000) => {
    bench.context.afterEdit = {commands, timeoutMs}
  }
  const edit = (name: string, old: string, text: string) =>
    bench.run('edit_file', {path: name, edits: [{old, new: text}]})

  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  it('tells the model what it says, and what it changed; the next edit is not refused as stale', async () => {
    runsAfter({'*.ts': ['sed', '-i', 's/;$//', '{file}'], '*': ['grep', '-c', 'one']})
    await writeFile(at('a.ts'), 'one;\ntwo;\n')
    const result = await edit('a.ts', 'two', 'three')
    expect(saidOf(result)).to.deep.equal([
      {command: `sed -i 's/;$//' ${at('a.ts')}`, exit_code: 0},
      {command: `grep -c one ${at('a.ts')}`, exit_code: 0, output: '1\n'},
    ])
    expect(result.reformatted).to.include('-three;').and.include('+three')
    expect(result.inline_diff).to.include('+three;')
    expect(result.version).to.equal(await versionOf(Buffer.from('one\nthree\n')))
    const next = await edit('a.ts', 'three', 'four')
    expect(next).not.to.have.property('error')
    expect(next).not.to.have.property('reformatted')
    expect(await readFile(at('a.ts'), 'utf8')).to.equal('one\nfour\n')
    expect(await bench.run('write_file', {path: 'a.ts', content: 'new;\n'})).not.to.have.property('error')
    expect(await readFile(at('a.ts'), 'utf8')).to.equal('new\n')
  })

  it('is only what the glob means, below the working directory where it names folders', async () => {
    runsAfter({'src/**': ['echo', 'in src'], '*.md': ['echo', 'a document']})
    await mkdir(at('src/deep'), {recursive: true})
    const said = async (name: string) =>
      saidOf(await bench.run('write_file', {path: name, content: 'x'}))?.map(({output}) => output?.split(' /')[0])
    expect(await said('src/deep/a.ts')).to.deep.equal(['in src'])
    expect(await said('src/b.md')).to.deep.equal(['in src', 'a document'])
    expect(await said('c.md')).to.deep.equal(['a document'])
    expect(await said('d.ts')).to.equal(undefined)
    const outside = await createBench()
    expect(await said(path.join(outside.cwd, 'e.md'))).to.deep.equal(['a document'])
    await outside.cleanUp()
  })

  it('that fails, is not there, or does not end leaves the edit as it is, and is told', async () => {
    runsAfter({'*': ['false'], '**': ['no-such-program-here'], 'a*': ['sh', '-c', 'sleep 60']}, 300)
    const result = await bench.run('write_file', {path: 'a', content: 'x\n'})
    expect(result).to.include({created: true})
    const [failed, missing, slow] = saidOf(result) ?? []
    expect(failed).to.include({exit_code: 1})
    expect(missing).to.include({exit_code: 127})
    expect(slow?.error).to.match(/ended after 0.3 s/)
    expect(await readFile(at('a'), 'utf8')).to.equal('x\n')
  })

  it('that removes the file, or makes something else of it, is no error of the edit', async () => {
    runsAfter({
      'gone*': ['rm'],
      'dir*': ['sh', '-c', 'rm "$0" && mkdir "$0"'],
      'bin*': ['sh', '-c', 'printf "\\000\\001" > "$0"'],
    })
    for (const name of ['gone', 'dir', 'bin']) {
      const result = await bench.run('write_file', {path: name, content: 'x\n'})
      expect(result, name).to.include({created: true})
      expect(saidOf(result), name).to.have.lengthOf(1)
    }
  })

  it('does not run against a rule, and asks where one says so', async () => {
    runsAfter({'*': ['touch', 'made']})
    bench.context.unasked = async (command) => {
      expect(command).to.equal(`touch made ${at('a')}`)
      return {denied: 'a rule says no'}
    }
    const denied = await bench.run('write_file', {path: 'a', content: 'x'})
    expect(saidOf(denied)?.[0]?.error).to.equal('not run: a rule says no')
    bench.context.unasked = async () => 'ask'
    bench.answer = ({access}) => access.tool !== 'bash'
    const refused = await edit('a', 'x', 'y')
    expect(saidOf(refused)?.[0]?.error).to.equal('not run: the person did not allow this')
    await bench.run('read_file', {path: 'made'}).then(({error}) => expect(error).to.include('ENOENT'))
    bench.answer = () => true
    expect(saidOf(await edit('a', 'y', 'z'))?.[0]).to.include({exit_code: 0})
    expect(await bench.run('read_file', {path: 'made'})).not.to.have.property('error')
  })

  it('tells a bounded part of whatever is put out', async () => {
    let tried = 0
    const property = fc.asyncProperty(
      fc.integer({min: 0, max: 200_000}),
      fc.constantFrom('x', '\n', 'ü', '😀', 'a b\n'),
      fc.integer({min: 0, max: 255}),
      async (count, unit, code) => {
        tried++
        runsAfter({
          '*': [
            process.execPath,
            '-e',
            `process.stdout.write(${JSON.stringify(unit)}.repeat(${count}));process.exitCode=${code}`,
          ],
        })
        const result = await bench.run('write_file', {path: `f${tried}`, content: 'x'})
        const [said] = saidOf(result) ?? []
        expect(said?.exit_code).to.equal(code)
        expect((said?.output ?? '').length).to.be.at.most(3200)
        expect((said?.output ?? '').isWellFormed()).to.equal(true)
      },
    )
    await fc.assert(property, {numRuns: runs(60, 8)})
    tellTried(tried, 'outputs after an edit')
  })

  it('is given any name of a file as it is', async () => {
    const names = hostileNames.filter((name) => !/[/\0]/.test(name) && !/^\.+$/.test(name) && name.length < 200)
    runsAfter({
      '*': [process.execPath, '-e', 'process.stdout.write(require("fs").readFileSync(process.argv[1], "utf8"))'],
    })
    for (const [index, name] of names.entries()) {
      const result = await bench.run('write_file', {path: at(name), content: `text ${index}`})
      if ('error' in result) continue
      expect(saidOf(result)?.[0]?.output, JSON.stringify(name)).to.equal(`text ${index}`)
    }
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('a', '{file}', 'x{file}y', '$&'), {maxLength: 4}),
        fc.string(),
        (words, file) => {
          const placed = wordsFor(words, file)
          if (words.some((word) => word.includes('{file}'))) {
            expect(placed).to.deep.equal(words.map((word) => word.split('{file}').join(file)))
          } else expect(placed).to.deep.equal([...words, file])
        },
      ),
    )
    tellTried(names.length, 'names of edited files')
  })
})
