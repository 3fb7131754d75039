import {cpSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt, root} from '../helpers/build.js'
import {runProgram} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('the checks of what is committed', function () {
  this.timeout(60_000)
  let box: Sandbox
  // Of megabytes: each test puts right what it spoils, or spoils what no other reads.
  before(() => {
    ensureBuilt()
    box = createSandbox()
    for (const name of ['package.json', 'oclif.manifest.json', 'scripts', 'dist', 'docs', 'src', 'tsconfig.json']) {
      cpSync(path.join(root, name), path.join(box.directory, name), {recursive: true})
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(box.directory, 'node_modules'), 'junction')
  })
  after(() => box.remove())

  const script = (name: string, ...args: string[]) =>
    runProgram(process.execPath, [path.join(box.directory, 'scripts', name), ...args], {cwd: box.home, env: box.env})

  it('find a manifest that lacks a command, and write it anew', async () => {
    const file = path.join(box.directory, 'oclif.manifest.json')
    const manifest = JSON.parse(readFileSync(file, 'utf8'))
    delete manifest.commands['config:path']
    writeFileSync(file, JSON.stringify(manifest, null, 2))
    const stale = await script('manifest.js', '--check')
    expect(stale.code).to.equal(1)
    expect(stale.stderr).to.contain('oclif.manifest.json is stale')
    expect((await script('manifest.js')).code).to.equal(0)
    expect((await script('manifest.js', '--check')).code).to.equal(0)
  })

  it('find documentation that differs from the table of settings, and write it anew', async () => {
    const file = path.join(box.directory, 'docs', 'configuration.md')
    writeFileSync(file, readFileSync(file, 'utf8').replace('`recovery.limit` | 0 to 1000', '`recovery.limit` | 0 to 9'))
    const stale = await script('docs.js', '--check')
    expect(stale.code).to.equal(1)
    expect(stale.stderr).to.contain('docs/configuration.md is stale')
    expect((await script('docs.js')).code).to.equal(0)
    expect(readFileSync(file, 'utf8')).to.contain('`recovery.limit` | 0 to 1000')
    expect((await script('docs.js', '--check')).code).to.equal(0)
  })

  it('find a setting that nobody reads, though something else has its name', async () => {
    const file = path.join(box.directory, 'src', 'config', 'schema.ts')
    const row = "{type: 'boolean', default: true, rank: 'project', applies: 'now', doc: 'Nothing.'}"
    const table = 'export const settings = {'
    const planted = `${table}\n  'ui.planted': ${row},\n  title: ${row},`
    writeFileSync(file, readFileSync(file, 'utf8').replace(table, planted))
    box.write(
      'src/chat/planted.ts',
      "export const title = (session: {title: string}) => [session.title, 'ui.planted']\n",
    )
    const unread = await script('unread-settings.js')
    expect(unread.code).to.equal(1)
    expect(unread.stderr.match(/".+?"/g)).to.deep.equal(['"ui.planted"', '"title"'])

    const read = "export const read = (config, {values}) => [config['ui.planted'], values.title]\n"
    box.write('src/chat/planted.ts', read)
    expect((await script('unread-settings.js')).code).to.equal(0)
  })
})

describe('the directions of imports', function () {
  this.timeout(60_000)
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
    symlinkSync(path.join(root, 'node_modules'), path.join(box.directory, 'node_modules'), 'junction')
    cpSync(path.join(root, 'tsconfig.json'), path.join(box.directory, 'tsconfig.json'))
    cpSync(path.join(root, 'package.json'), path.join(box.directory, 'package.json'))
    cpSync(path.join(root, '.dependency-cruiser.cjs'), path.join(box.directory, '.dependency-cruiser.cjs'))
  })
  afterEach(() => box.remove())

  async function violations(files: Record<string, string>): Promise<string[]> {
    for (const [name, text] of Object.entries(files)) box.write(name, text)
    const cruise = path.join(root, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruiser.mjs')
    const args = [cruise, 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json']
    const {stdout} = await runProgram(process.execPath, args, {cwd: box.directory, env: box.env})
    const report: {summary: {violations: {rule: {name: string}; from: string}[]}} = JSON.parse(stdout)
    return report.summary.violations.map(({rule, from}) => `${rule.name}: ${from}`).sort()
  }

  it('keep the folders of a part apart, and refuse a circle of types', async () => {
    expect(
      await violations({
        'src/cli.ts': [
          ...['supervisor/machine/a', 'supervisor/wire/a', 'tui/text/a', 'tui/state/a', 'gateway/store/a'],
          ...['errors', 'chat/a'],
        ]
          .map((name) => `import './${name}.js'\n`)
          .join(''),
        'src/supervisor/machine/a.ts': "import 'node:fs'\nimport '../process/a.js'\n",
        'src/supervisor/process/a.ts': 'export const a = 1\n',
        'src/supervisor/wire/a.ts': "import '../process/a.js'\nimport 'node:child_process'\n",
        'src/tui/text/a.ts': "import '../screen/a.js'\n",
        'src/tui/screen/a.ts': 'export const a = 1\n',
        'src/tui/state/a.ts': "import '../screen/a.js'\n",
        'src/gateway/store/a.ts': "import '../turn/a.js'\n",
        'src/gateway/turn/a.ts': 'export const a = 1\n',
        'src/errors.ts': 'export const a = 1\n',
        'src/chat/a.ts': "import type {B} from './b.js'\nexport type A = B\n",
        'src/chat/b.ts': "import type {A} from './a.js'\nexport type B = A | 1\n",
      }),
    ).to.deep.equal([
      'no-circular: src/chat/a.ts',
      'pure-machine-of-ours: src/supervisor/machine/a.ts',
      'pure-machine: src/supervisor/machine/a.ts',
      'pure-state: src/tui/state/a.ts',
      'store-without-turns: src/gateway/store/a.ts',
      'text-without-screen: src/tui/text/a.ts',
      'wire-without-process: src/supervisor/wire/a.ts',
      'wire-without-process: src/supervisor/wire/a.ts',
    ])
  })

  it('are held by the rules', async () => {
    expect(
      await violations({
        'src/cli.ts': "import './supervisor/a.js'\nimport './gateway/a.js'\nimport './config/a.js'\n",
        'src/supervisor/a.ts': "import '../gateway/a.js'\nexport const a = 1\n",
        'src/gateway/a.ts':
          "import 'react'\nimport type {Command} from '@oclif/core/command'\nexport type C = Command\n",
        'src/config/a.ts': "import './b.js'\nexport const a = 1\n",
        'src/config/b.ts': "import './a.js'\nimport 'ansi-escapes'\nexport const b = 1\n",
        'src/config/unused.ts': 'export const unused = 1\n',
        'src/plugins/x/index.ts': "import '../../errors.js'\n",
        'src/errors.ts': "import './gone.js'\n",
      }),
    ).to.deep.equal([
      'declared: src/config/b.ts',
      'no-circular: src/config/a.ts',
      'no-screen-in-the-machine: src/gateway/a.ts',
      'no-unused: src/config/unused.ts',
      'plugins-imports: src/plugins/x/index.ts',
      'resolvable: src/errors.ts',
      'supervisor-imports: src/supervisor/a.ts',
    ])
  })
})
