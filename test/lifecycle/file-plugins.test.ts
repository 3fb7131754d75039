import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {hookNames} from '../../src/lifecycle/declared-hooks.js'
import {exportOf, filePlugins} from '../../src/lifecycle/file-plugins.js'
import {hooksFor} from '../../src/lifecycle/hooks.js'
import {choosePlugin} from '../../src/plugin-set/choose.js'
import {eventTypes, sampleEvent} from '../../src/testing.js'
import {ensureBuilt} from '../helpers/build.js'
import {PluginBench} from './plugin-fixture.js'

describe('plugins of one file', function () {
  this.timeout(120_000)
  let home: string
  let bench: PluginBench
  before(() => ensureBuilt())
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'files-'))
    bench = new PluginBench(home)
    mkdirSync(path.join(home, 'plugins'))
  })
  afterEach(() => {
    bench.close()
    rmSync(home, {recursive: true, force: true})
  })
  const put = (name: string, text: string) => writeFileSync(path.join(home, 'plugins', name), text)
  const told = (name: string) => {
    try {
      return readFileSync(path.join(home, `${name}.told`), 'utf8')
        .split('\n')
        .slice(0, -1)
    } catch {
      return []
    }
  }
  const options = {timeoutMs: 20_000, loadTimeoutMs: 20_000}

  it('have the hooks that they export, in TypeScript and JavaScript, modules and CommonJS', async () => {
    const kinds = {
      '.ts': (hook: string) =>
        `export const ${exportOf[hook as 'gateway:exit']} = defineHook<any>((e: {type: string}): void => see(e.type, '${hook}'))`,
      '.js': (hook: string) => `export function ${exportOf[hook as 'gateway:exit']}(e) { see(e.type, '${hook}') }`,
      '.cjs': (hook: string) => `exports.${exportOf[hook as 'gateway:exit']} = (e) => see(e.type, '${hook}')`,
    }
    const see = (name: string) =>
      `const see = (type, hook) => appendFileSync(${JSON.stringify(path.join(home, `${name}.told`))}, type + ' ' + hook + '\\n')`
    const heads = {
      '.ts': (name: string) =>
        `import {appendFileSync} from 'node:fs'\nimport {defineHook} from 'hermes-chat'\n${see(name).replace('(type, hook)', '(type: string, hook: string): void')}`,
      '.js': (name: string) => `import {appendFileSync} from 'node:fs'\n${see(name)}`,
      '.cjs': (name: string) => `const {appendFileSync} = require('node:fs')\nrequire('hermes-chat')\n${see(name)}`,
    }
    const choices = fc.sample(
      fc.record({
        kind: fc.constantFrom('.ts' as const, '.js' as const, '.cjs' as const),
        hooks: fc.subarray([...hookNames], {minLength: 1}),
      }),
      9,
    )
    for (const [index, {kind, hooks}] of choices.entries()) {
      const name = `plugin-${index}${kind}`
      put(name, `${heads[kind](name)}\n${hooks.map(kinds[kind]).join('\n')}\n`)
    }
    const dispatcher = await bench.dispatcher(options)
    const events = eventTypes.filter((type) => type !== 'plugin-error').map((type) => sampleEvent(type))
    for (const event of events) dispatcher.dispatch(event)
    expect(await dispatcher.drain(30_000)).to.deep.equal([])
    expect(bench.failures).to.deep.equal([])
    for (const [index, {kind, hooks}] of choices.entries()) {
      const expected = events.flatMap((event) =>
        hooksFor(event).flatMap((hook) => (hooks.includes(hook) ? [`${event.type} ${hook}`] : [])),
      )
      expect(told(`plugin-${index}${kind}`), `${kind} ${hooks}`).to.deep.equal(expected)
    }
    console.log(`      ${choices.length} files`)
  })

  it('are none of what else is kept there', () => {
    for (const folder of ['python-plugin', 'folder.js']) {
      mkdirSync(path.join(home, 'plugins', folder))
      writeFileSync(path.join(home, 'plugins', folder, 'plugin.yaml'), 'name: x\n')
      writeFileSync(path.join(home, 'plugins', folder, 'index.js'), 'throw new Error()\n')
    }
    for (const name of [
      'a.py',
      'a.json',
      '.hidden.js',
      'a.d.ts',
      'a.test.ts',
      'a.spec.mjs',
      'README.md',
      'js',
      'a.js~',
    ])
      put(name, '')
    expect(filePlugins(home)).to.deep.equal([])
    expect(filePlugins(path.join(home, 'nothing'))).to.deep.equal([])
  })

  it('that are wrong say so once, with what was meant', async () => {
    const wrong = {
      'slip.js': ['export const onExti = () => {}', 'exports onExti, which is not a hook: did you mean onExit?'],
      'other.js': [
        'export const onMoon = () => {}',
        /^exports onMoon, which is not a hook: there are onSpawn, onExit, /,
      ],
      'nothing.js': ['export const x = 1', /^exports no hook: there are onSpawn, /],
      'broken.ts': ['export const onExit: = 1', /SyntaxError|Unexpected|Expected/],
      'throws.mjs': ["throw new Error('no')", 'no'],
    } as const
    for (const [name, [text]] of Object.entries(wrong)) put(name, text)
    const dispatcher = await bench.dispatcher(options)
    await dispatcher.loaded
    expect(bench.failures.map(({plugin}) => plugin).sort()).to.deep.equal(Object.keys(wrong).sort())
    for (const {plugin, message} of bench.failures) {
      const [, said] = wrong[plugin as keyof typeof wrong]
      if (typeof said === 'string') expect(message).to.equal(said)
      else expect(message, plugin).to.match(said)
    }
  })

  it('that are disabled are not loaded', async () => {
    put('one.js', 'export const onExit = () => {}')
    put('two.js', "throw new Error('loaded')")
    choosePlugin({dataDir: home, known: filePlugins(home)}, 'two.js', 'disabled')
    const dispatcher = await bench.dispatcher(options)
    await dispatcher.loaded
    expect(bench.failures).to.deep.equal([])
    expect(dispatcher.health().map(({plugin, hooks}) => [plugin, hooks.map(({hook}) => hook)])).to.deep.equal([
      ['one.js', ['gateway:exit']],
    ])
  })
})
