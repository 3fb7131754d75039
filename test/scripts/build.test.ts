import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../helpers/build.js'
import {runProgram} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('the build', function () {
  this.timeout(60_000)
  let box: Sandbox
  before(() => ensureBuilt())
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  /**
   * A project of its own with our build script and `files` as its sources. Without src/index.ts it has no
   * declarations, which would take two seconds of a processor.
   */
  async function buildOf(files: Record<string, string>) {
    cpSync(path.join(root, 'scripts'), path.join(box.directory, 'scripts'), {recursive: true})
    box.write('package.json', '{"type": "module"}')
    const modules = path.join(box.directory, 'node_modules')
    if (!existsSync(modules)) symlinkSync(path.join(root, 'node_modules'), modules, 'junction')
    for (const [name, text] of Object.entries(files)) box.write(name, text)
    return build()
  }

  const build = (...flags: string[]) =>
    runProgram(process.execPath, [path.join(box.directory, 'scripts', 'build.js'), ...flags], {
      cwd: box.home,
      env: box.env,
    })

  it('has an entry for every command, hook and plugin, and the declarations of the public interface', () => {
    const sources = readdirSync(path.join(root, 'src', 'commands'), {recursive: true, encoding: 'utf8'})
    for (const name of sources.filter((file) => file.endsWith('.ts'))) {
      expect(existsSync(path.join(root, 'dist', 'commands', name.replace(/\.ts$/, '.js'))), name).to.equal(true)
    }
    for (const name of ['cli.js', 'index.js', 'gateway/main.js', 'types/index.d.ts']) {
      expect(existsSync(path.join(root, 'dist', name)), name).to.equal(true)
    }
  })

  it('keeps what the first screen does not need out of its file', () => {
    const opening = path.join(root, 'dist', 'opening.cjs')
    const {sources}: {sources: string[]} = JSON.parse(readFileSync(`${opening}.map`, 'utf8'))
    expect(sources).to.include('../src/tui/screen/first-screen.ts')
    const session =
      /src\/(?:keys|supervisor|protocol)\/|src\/tui\/(?:state\/(?!status\/starting)|transcript|commands|session-list|text\/blocks|composer\/editor|screen\/screen)/
    expect(sources.filter((file) => session.test(file))).to.deep.equal([])
    // V8 goes through all of it before anything is on the screen: 46 kB, where a session's reducers made it 191.
    expect(readFileSync(opening).length).to.be.below(64_000)
  })

  it('writes ASCII alone, which means the same', async () => {
    const texts = ['…', '·', '中', '😀', 'e\u0301', '[↑↓]']
    const source = `const found = [/^…$/, /^[·…]$/, /^[\\p{L}…]$/u, /^[😀]$/u, /^😀$/, /^[😀…]$/v, /^é$/].map(({source}) => source.length)
const told = ${JSON.stringify(texts)}.map((text) => [/^…$/, /^[·…]$/, /^[中…]$/u, /^[😀]$/u, /^😀$/, /^[😀…]$/v, /^e\u0301$/].map((one) => one.test(text)))
console.log(JSON.stringify(told), \`…😀\`, '\\u2026', found.length)\n`
    const {code, stderr} = await buildOf({'src/cli.ts': source})
    expect(code, stderr).to.equal(0)
    const run = (file: string) =>
      runProgram(process.execPath, [path.join(box.directory, file)], {cwd: box.home, env: box.env})
    expect(readFileSync(path.join(box.directory, 'dist', 'cli.js'), 'utf8')).to.not.match(/[\u0080-\uffff]/)
    const [built, written] = [await run('dist/cli.js'), await run('src/cli.ts')]
    expect(built.stdout).to.equal(written.stdout).and.to.include('true')
    const outputs = readdirSync(path.join(root, 'dist'), {recursive: true, encoding: 'utf8'})
    for (const name of outputs.filter((file) => /^(?!chunks).*\.c?js$/.test(file))) {
      expect(readFileSync(path.join(root, 'dist', name), 'utf8'), name).to.not.match(/[\u0080-\uffff]/)
    }
  })

  it('leaves nothing of an earlier one and nothing half done beside it', async () => {
    box.write('dist/old.js', '')
    const {code, stderr} = await buildOf({'src/index.ts': 'export const answer: number = 42\n'})
    expect(code, stderr).to.equal(0)
    expect(readdirSync(path.join(box.directory, 'dist')).sort()).to.deep.equal([
      'index.js',
      'index.js.map',
      'third-party-notices.txt',
      'types',
    ])
    expect(readdirSync(box.directory).filter((name) => name.startsWith('dist'))).to.deep.equal(['dist'])
    expect(readFileSync(path.join(box.directory, 'dist', 'types', 'index.d.ts'), 'utf8')).to.contain('answer: number')
  })

  it('keeps the chunks of the one before for programs that run, for a day', async () => {
    const program = (late: string) => ({
      'src/cli.ts': `process.stdin.once('data', async () => console.log((await import('./late.js')).late)); console.log('runs')\n`,
      'src/late.ts': `export const late: string = '${late}'\n`,
    })
    const chunks = () =>
      readdirSync(path.join(box.directory, 'dist', 'chunks')).filter((name) => /^late-.*\.js$/.test(name))
    const runs = () => spawn(process.execPath, [path.join(box.directory, 'dist', 'cli.js')], {stdio: 'pipe'})
    await buildOf(program('first'))
    const running = runs()
    await once(running.stdout, 'data')
    await buildOf(program('second'))
    expect(chunks()).to.have.length(2)
    running.stdin.end('go on')
    expect(String(await once(running.stdout, 'data'))).to.equal('first\n')
    const anew = runs()
    await once(anew.stdout, 'data')
    anew.stdin.end('go on')
    expect(String(await once(anew.stdout, 'data'))).to.equal('second\n')

    const list = path.join(box.directory, 'dist', 'chunks', 'retired.json')
    const yesterday = (text: string) => text.replaceAll(/\d{13}/g, String(Date.now() - 25 * 3_600_000))
    writeFileSync(list, yesterday(readFileSync(list, 'utf8')))
    const before = new Date(Date.now() - 25 * 3_600_000)
    for (const name of chunks()) utimesSync(path.join(box.directory, 'dist', 'chunks', name), before, before)
    await buildOf(program('third'))
    const texts = chunks().map((name) => readFileSync(path.join(box.directory, 'dist', 'chunks', name), 'utf8'))
    expect(texts.filter((text) => text.includes('first'))).to.deep.equal([])
    expect(texts).to.have.length(2)

    await build('--clean')
    expect(chunks()).to.have.length(1)
    expect(existsSync(list)).to.equal(false)
  })

  it('leaves no moment without a program', async () => {
    await buildOf({'src/cli.ts': "console.log('one')\n"})
    let missing = 0
    let over = false
    const watch = async () => {
      while (!over) {
        if (!existsSync(path.join(box.directory, 'dist', 'cli.js'))) missing += 1
        await new Promise(setImmediate)
      }
    }
    const watching = watch()
    await buildOf({'src/cli.ts': "console.log('two')\n"})
    over = true
    await watching
    expect(missing).to.equal(0)
  })

  it('is left out on demand when nothing has changed', async () => {
    const output = path.join(box.directory, 'dist', 'cli.js')
    await buildOf({'src/cli.ts': "console.log('one')\n"})
    writeFileSync(output, `// mark\n${readFileSync(output, 'utf8')}`)
    await build('--if-stale')
    expect(readFileSync(output, 'utf8')).to.contain('// mark')
    const later = new Date(Date.now() + 1000)
    box.write('src/cli.ts', "console.log('two')\n")
    utimesSync(path.join(box.directory, 'src', 'cli.ts'), later, later)
    await build('--if-stale')
    expect(readFileSync(output, 'utf8')).to.contain('two').and.not.contain('// mark')
  })

  it('keeps the last one when it fails', async () => {
    box.write('dist/old.js', '')
    const {code, stderr} = await buildOf({
      'src/cli.ts': "export * from './missing.js'\n",
      'src/index.ts': 'export const answer: number = 42\n',
    })
    expect(code).to.equal(1)
    expect(stderr).to.contain('./missing.js')
    expect(readdirSync(path.join(box.directory, 'dist'))).to.deep.equal(['old.js'])
    // The declarations take longer than a bundle that fails.
    expect(readdirSync(box.directory).filter((name) => name.startsWith('dist'))).to.deep.equal(['dist'])
  })

  it('refuses a CommonJS module that is loaded late, which would lose its exports', async () => {
    mkdirSync(path.join(box.directory, 'src'))
    const {code, stderr} = await buildOf({
      'src/cli.ts': "export const parse = async () => (await import('shell-quote')).parse\n",
    })
    expect(code).to.equal(1)
    expect(stderr).to.contain("src/cli.ts: shell-quote is CommonJS and can't be loaded by import()")
  })

  it('refuses what is neither bundled nor installed with the program', async () => {
    mkdirSync(path.join(box.directory, 'src'))
    const {code, stderr} = await buildOf({'src/cli.ts': "export const late = () => import('unpdf')\n"})
    expect(code).to.equal(1)
    expect(stderr).to.match(
      /cli\.js imports unpdf, which is not bundled: list unpdf under dependencies in package\.json/,
    )
  })

  it('has the licences of all that it contains', () => {
    const notices = readFileSync(path.join(root, 'dist', 'third-party-notices.txt'), 'utf8')
    const {dependencies, devDependencies} = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    for (const name of [
      'ink',
      'react',
      'execa',
      'cosmiconfig',
      'marked',
      'highlight.js',
      'ai',
      'valibot',
      '@oclif/core',
    ]) {
      expect(dependencies[name] ?? devDependencies[name], name).to.be.a('string')
      expect(notices).to.match(new RegExp(`\\n${name} [\\d.]+ \\([A-Za-z0-9.-]+\\)\\n\\n`))
    }
  })

  it('makes the gateway of ASCII alone, regular expressions too: its loader takes each byte for a character', () => {
    const loader = readFileSync(path.join(root, 'dist', 'gateway', 'main.js'), 'utf8')
    const name = /chunks\/(gateway-\w+\.js)/.exec(loader)?.[1] ?? ''
    const program = readFileSync(path.join(root, 'dist', 'chunks', name))
    expect(program.findIndex((byte) => byte > 0x7f)).to.equal(-1)
    expect(program.toString('latin1')).to.match(/\/[^\n]*\\u2026[^\n]*\/g/)
  })

  it('puts into the package what its exports and commands need', async () => {
    const packed = await runProgram('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: root,
      env: box.env,
    })
    const report: unknown = JSON.parse(packed.stdout)
    const text = JSON.stringify(report)
    for (const name of [
      'bin/run.js',
      'bin/launcher.js',
      'dist/cli.js',
      'dist/index.js',
      'dist/types/index.d.ts',
      'dist/types/lifecycle/events.d.ts',
      'dist/gateway/main.js',
      'dist/gateway/package.json',
      'dist/libraries/ai.js',
      'oclif.manifest.json',
      'LICENSE',
      'dist/third-party-notices.txt',
    ]) {
      expect(text).to.contain(`"${name}"`)
    }
    expect(text).to.not.contain('.js.map"').and.not.contain('"src/')
  })
})
