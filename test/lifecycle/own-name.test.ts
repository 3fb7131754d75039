import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {ensureBuilt} from '../helpers/build.js'
import {runs} from '../helpers/sample.js'
import {PluginBench, spawnEvent} from './plugin-fixture.js'

/** In how many ways a module comes to the values that we export; each writes what it got to `see`. */
const ways: Record<string, (names: string) => string> = {
  'a static import': (names) => `import {${names}} from 'hermes-chat'\nconst found = {${names}}`,
  'the whole': (names) => `import * as all from 'hermes-chat'\nconst {${names}} = all; const found = {${names}}`,
  'a late import': (names) => `const {${names}} = await import('hermes-chat')\nconst found = {${names}}`,
  require: (names) =>
    `import {createRequire} from 'node:module'
const {${names}} = createRequire(import.meta.url)('hermes-chat'); const found = {${names}}`,
  'a CommonJS file': (names) => `import cjs from './one.cjs'\nconst {${names}} = cjs; const found = {${names}}`,
  'a module beside a CommonJS file': (names) =>
    `import cjs from './one.cjs'\nimport * as all from 'hermes-chat'
const {${names}} = all; const found = {${names}}; if (cjs.HermesError !== all.HermesError) throw new Error('two')`,
  'a module before a CommonJS file': (names) =>
    `import * as all from 'hermes-chat'\nimport cjs from './one.cjs'
const {${names}} = all; const found = {${names}}; if (cjs.HermesError !== all.HermesError) throw new Error('two')`,
  'a dependency': (names) => `import * as all from 'dependency'\nconst {${names}} = all; const found = {${names}}`,
}
const exported = ['defineHook', 'defineSlashCommand', 'createCrashLog', 'HermesError']

describe('the name of hermes in the process of a plugin', function () {
  this.timeout(120_000)
  before(() => ensureBuilt())
  let directory: string
  let bench: PluginBench
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'own-name-'))
    bench = new PluginBench(directory)
  })
  afterEach(() => {
    bench.close()
    rmSync(directory, {recursive: true, force: true})
  })

  it('is this program, whatever is installed, in each way in which a module asks for it', async () => {
    let count = 0
    const modulesOf = (root: string, name: string, text: string) => {
      const folder = path.join(root, 'node_modules', name)
      mkdirSync(folder, {recursive: true})
      writeFileSync(path.join(folder, 'package.json'), JSON.stringify({name, type: 'module', exports: './index.js'}))
      writeFileSync(path.join(folder, 'index.js'), text)
    }
    for (const [way, source] of Object.entries(ways)) {
      const choice = fc.record({
        names: fc.subarray(exported, {minLength: 1}),
        /** Of another version, which does not have what ours has. */
        hasOther: fc.boolean(),
      })
      for (const {names, hasOther} of fc.sample(choice, runs(3, 1))) {
        count += 1
        const plugin = `plugin-${count}`
        bench.add(
          plugin,
          `${source(names.join(', '))}
export const onSpawn = () => {
  see(Object.values(found).map((value) => typeof value).join())
}`,
          {'gateway:spawn': 'onSpawn'},
        )
        const root = path.join(directory, plugin)
        writeFileSync(path.join(root, 'one.cjs'), "module.exports = require('hermes-chat')")
        modulesOf(root, 'dependency', "export * from 'hermes-chat'")
        if (hasOther) modulesOf(root, 'hermes-chat', 'export const other = 1')
        const dispatcher = await bench.dispatcher({loadTimeoutMs: 20_000, timeoutMs: 20_000})
        dispatcher.dispatch(spawnEvent())
        expect(await dispatcher.drain(20_000)).to.deep.equal([])
        expect(bench.failures, `${way}: ${JSON.stringify(bench.failures)}`).to.deep.equal([])
        expect(bench.seen(plugin), way).to.deep.equal([names.map(() => 'function').join()])
        bench.plugins.clear()
      }
    }
    console.log(`        ${count} plugins`)
  })
})
