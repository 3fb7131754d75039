import {expect} from 'chai'
import fc from 'fast-check'
import {locator} from '../../../src/config/files/positions.js'
import {runs} from '../../helpers/sample.js'

describe('positions', () => {
  it('are those of the keys in YAML', async () => {
    const locate = await locator('# mine\nmodel: x\nrecovery:\n  limit: 5\n  backoffMs: [0, x]\n"log.files": 2\n')
    expect(locate(['model'])).to.deep.equal({line: 2, column: 1})
    expect(locate(['recovery', 'limit'])).to.deep.equal({line: 4, column: 3})
    expect(locate(['recovery', 'backoffMs', '1'])).to.deep.equal({line: 5, column: 18})
    expect(locate(['log.files'])).to.deep.equal({line: 6, column: 1})
  })

  it('are those of the keys in JSON, also with tabs', async () => {
    const locate = await locator('{\n\t"hermes": {"recovery": {"limit": "x"}}\n}')
    expect(locate(['hermes', 'recovery', 'limit'])).to.deep.equal({line: 2, column: 26})
  })

  it('are those of what stands above where nothing is', async () => {
    const locate = await locator('providers:\n  a: {kind: x}\n')
    expect(locate(['providers', 'a', 'baseUrl'])).to.deep.equal({line: 2, column: 3})
    expect(locate([])).to.deep.equal({line: 1, column: 1})
  })

  it('survive aliases, merges and text that is no YAML', async () => {
    const aliased = await locator('a: &x {b: 1}\nc: *x\n? [k]\n: v\nd: 1\n')
    expect(aliased(['d'])).to.deep.equal({line: 5, column: 1})
    const broken = await locator('a: [')
    expect(broken(['a'])).to.deep.equal({line: 1, column: 1})
  })

  it('are found for every key of any JSON', async () => {
    const word = fc.string({unit: fc.constantFrom('a', 'b', '"', '\\', 'é', ' ', ':', '#'), minLength: 1, maxLength: 5})
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(word, fc.dictionary(word, fc.integer(), {maxKeys: 4}), {maxKeys: 4}),
        async (data) => {
          const text = JSON.stringify(data, null, 2)
          const lines = text.split('\n')
          const locate = await locator(text)
          for (const [name, group] of Object.entries(data)) {
            for (const inner of Object.keys(group)) {
              const {line, column} = locate([name, inner])
              expect(lines[line - 1]?.slice(column - 1)).to.match(/^"/)
              expect(lines[line - 1]?.slice(column - 1).startsWith(`${JSON.stringify(inner)}:`)).to.equal(true)
            }
          }
        },
      ),
      {numRuns: runs(50, 15)},
    )
  })
})
