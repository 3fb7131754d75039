import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {readEndOfFile, readRegularFile} from '../src/regular-file.js'
import {makeOdd, oddKinds} from './helpers/odd-files.js'

describe('reading what may be no file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-odd-'))
  })
  afterEach(() => rmSync(folder, {recursive: true}))

  if (process.platform !== 'win32')
    for (const kind of oddKinds) {
      it(`refuses at once: ${kind}`, () => {
        const file = path.join(folder, 'file')
        makeOdd(kind, file)
        expect(() => readRegularFile(file, 1000)).to.throw()
        if (kind.includes('3 GB')) expect(readEndOfFile(file, 1000)).to.deep.equal({text: '\0'.repeat(1000), cut: true})
        else expect(() => readEndOfFile(file, 1000)).to.throw()
      })
    }

  it('reads a file up to its limit, and of a larger one the end', () => {
    const file = path.join(folder, 'file')
    fc.assert(
      fc.property(fc.string({unit: 'grapheme-ascii', maxLength: 9000}), fc.nat(9000), (text, limit) => {
        writeFileSync(file, text)
        if (text.length <= limit) expect(readRegularFile(file, limit)).to.equal(text)
        else expect(() => readRegularFile(file, limit)).to.throw('it is larger than')
        const end = {text: limit === 0 ? '' : text.slice(-limit), cut: text.length > limit}
        expect(readEndOfFile(file, limit)).to.deep.equal(end)
      }),
    )
  })

  it('reads a file that has no size', function () {
    if (process.platform !== 'linux') this.skip()
    expect(readRegularFile('/proc/self/status', 100_000)).to.include('Name:')
    expect(() => readRegularFile('/proc/self/status', 10)).to.throw('it is larger than 10 bytes')
  })
})
