import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {choosePlugin} from '../../src/plugin-set/choose.js'
import {disabledPlugins} from '../../src/plugin-set/disabled.js'
import {judgePlugins} from '../../src/plugin-set/left-out.js'
import {runs} from '../helpers/sample.js'

describe('which plugins are used', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), 'plugin-set-'))
  })
  afterEach(() => rmSync(dataDir, {recursive: true, force: true}))

  it('is those whose engines.hermes has this version, in each way to write it', async () => {
    const part = fc.nat({max: 30})
    const versions = fc.tuple(fc.integer({min: 1, max: 30}), part, part)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(versions, fc.constantFrom('', '-beta.1'), async ([a, b, c], tail) => {
        const judge = judgePlugins({dataDir, version: `${a}.${b}.${c}${tail}`}, [])
        const of = (hermes: unknown) => judge({name: 'p', pjson: {engines: {hermes}}})
        const fits = [`^${a}.${b}.0-0`, `>=${a}.0.0-0`, `${a}.x`, '*', `0.1.0 || ~${a}.${b}.0-0`, `<${a + 1}`]
        for (const range of fits) expect(await of(range), range).to.equal(undefined)
        for (const range of [`^${a + 1}`, `<${a}.${b}.${c}-0`, `>${a + 1}.0.0`, '0.0.x']) {
          expect((await of(range))?.text, range).to.equal(
            `plugin p is left out, it is for hermes ${range} and this is ${a}.${b}.${c}${tail}: hermes plugins update; to be rid of it: hermes plugins uninstall p`,
          )
        }
        for (const range of ['new', 'latest one', 7, null, {}]) {
          expect((await of(range))?.text)
            .to.include('"engines.hermes" in its package.json is')
            .and.include('expected a range')
        }
        tried += fits.length + 9
      }),
      {numRuns: runs(50, 15)},
    )
    for (const pjson of [undefined, {}, {engines: {node: '>=99'}}]) {
      expect(await judgePlugins({dataDir, version: '1.0.0'}, [])({name: 'p', pjson})).to.equal(undefined)
    }
    console.log(`      ${tried} ranges`)
  })

  it('is those that were not disabled, in whatever order they were', () => {
    const known = ['diary', 'notifier', '@me/third', 'single.ts']
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...known), fc.boolean()), {maxLength: 12}), (choices) => {
        rmSync(path.join(dataDir, 'disabled-plugins.json'), {force: true})
        const expected = new Set<string>()
        for (const [name, disable] of choices) {
          const changes = expected.has(name) !== disable
          const said = choosePlugin({dataDir, known}, name, disable ? 'disabled' : 'enabled')
          expect(said).to.match(changes ? /from the next start/ : /already$/)
          if (disable) expected.add(name)
          else expected.delete(name)
          expect(disabledPlugins(dataDir)).to.have.members([...expected])
        }
      }),
    )
    rmSync(path.join(dataDir, 'disabled-plugins.json'), {force: true})
    choosePlugin({dataDir, known}, 'diary', 'disabled')
    choosePlugin({dataDir, known: ['notifier']}, 'notifier', 'disabled')
    expect(disabledPlugins(dataDir), 'one that is gone').to.deep.equal(['notifier'])
    expect(() => choosePlugin({dataDir, known}, 'dairy', 'disabled')).to.throw(
      'there is no plugin "dairy"; did you mean "diary"?',
    )
  })

  it('is told where the list can not be read', () => {
    for (const text of ['', '{', '[]', '{"disabled": "all"}', '{"disabled": [1]}', 'null']) {
      writeFileSync(path.join(dataDir, 'disabled-plugins.json'), text)
      expect(() => disabledPlugins(dataDir), text).to.throw(/can't be read from .*disabled-plugins\.json/)
    }
  })
})
