import {existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {OutputFile} from '../../../../src/gateway/tools/command/output-file.js'
import {
  outputFileOf,
  outputFolder,
  removeOutputs,
  storedOutput,
  sweepOutputs,
} from '../../../../src/gateway/tools/command/output-folder.js'
import {homeFiles} from '../../../../src/platform.js'
import {hostileNames} from '../../../helpers/hostile/hostile-names.js'
import {runs} from '../../../helpers/sample.js'

describe('the folder of outputs', () => {
  let home = ''
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-outputs-'))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))

  it('has a file for each call in the folder of its session, whatever a model calls it', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom(...hostileNames, '..', '../../x', '/etc/passwd', 'a\0b', ''))
    let tried = 0
    fc.assert(
      fc.property(names, names, fc.nat(), (key, id, turnId) => {
        tried++
        const folder = outputFolder(home, key)
        expect(path.dirname(folder)).to.equal(homeFiles(home).outputs)
        const file = outputFileOf(folder, turnId, id)
        expect(path.dirname(file)).to.equal(folder)
        expect(path.basename(file)).to.match(/^[\w-]+\.txt$/)
        expect(storedOutput(folder, turnId, id)).to.equal(undefined)
      }),
    )
    console.log(`${tried} names`)
  })

  it('finds the newest of several of the same name', () => {
    const folder = outputFolder(home, 'k')
    const file = outputFileOf(folder, 1, 'call_1')
    for (const expected of [file, file.replace('.txt', '-2.txt'), file.replace('.txt', '-3.txt')]) {
      const output = new OutputFile({file, maxBytes: 10})
      output.push(Buffer.from('x'))
      output.keep()
      expect(storedOutput(folder, 1, 'call_1')).to.equal(expected)
    }
    removeOutputs(home, 'k')
    expect(existsSync(folder)).to.equal(false)
  })

  it('holds no more than it may, of what is not too old, the newest', () => {
    const file = fc.record({
      session: fc.constantFrom('a', 'b', 'c'),
      age: fc.integer({min: 0, max: 20}),
      blocks: fc.integer({min: 0, max: 4}),
    })
    fc.assert(
      fc.property(
        fc.array(file, {maxLength: 12}),
        fc.integer({min: 0, max: 20}),
        fc.integer({min: 1, max: 20}),
        (all, most, days) => {
          const root = mkdtempSync(path.join(home, 'r-'))
          const now = Date.now()
          const day = 24 * 3_600_000
          for (const [index, {session, age, blocks}] of all.entries()) {
            mkdirSync(path.join(root, session), {recursive: true})
            const name = path.join(root, session, `${index}.txt`)
            writeFileSync(name, Buffer.alloc(blocks * 4096, 1))
            const at = (now - age * day - index) / 1000
            utimesSync(name, at, at)
          }
          for (const _ of sweepOutputs(root, {totalBytes: most * 4096, keptMs: days * day + day / 2}, now));
          const left = readdirSync(root).flatMap((session) =>
            readdirSync(path.join(root, session)).map((name) => Number(path.parse(name).name)),
          )
          const newest = all.map((one, index) => ({...one, index})).sort((x, y) => x.age - y.age || x.index - y.index)
          let bytes = 0
          const expected = newest.filter(({age, blocks}) => {
            bytes += blocks
            return age <= days && bytes <= most
          })
          expect(left.sort((x, y) => x - y)).to.deep.equal(expected.map(({index}) => index).sort((x, y) => x - y))
          for (const session of readdirSync(root)) expect(readdirSync(path.join(root, session))).to.not.have.length(0)
        },
      ),
      {numRuns: runs(50, 15)},
    )
  })
})
