import {mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {loadProgram} from '../../../src/gateway/process/code-cache.js'
import {Scratch} from '../gateway-process.js'

const text = `
const path = require('node:path')
exports.address = __moduleUrl
exports.answer = function answer() { return path.posix.join('a', 'b') }
exports.later = () => __import('./late.mjs')
`

describe('compiled code of the gateway', () => {
  const scratch = new Scratch()
  const file = () => path.join(scratch.home, 'program-1.js')
  const folder = () => path.join(scratch.home, 'kept', 'here')
  const load = (where: string | undefined = folder(), anew = false) =>
    loadProgram<{address: string; answer: () => string; later: () => Promise<{value: number}>}>(file(), {
      folder: where || undefined,
      anew,
      moduleUrl: 'file:///the/loader.js',
    })
  const kept = () => path.join(folder(), readdirSync(folder()).find((name) => name.startsWith('program-1.js.')) ?? '')

  beforeEach(() => {
    writeFileSync(file(), text)
    writeFileSync(path.join(scratch.home, 'late.mjs'), 'export const value = 3')
  })

  it('is kept with the functions that ran, and taken by the next process', async () => {
    const first = load()
    expect(first.exports.answer()).to.equal('a/b')
    first.keep?.()
    const second = load()
    expect(second.keep, 'nothing is left to be kept').to.equal(undefined)
    expect(second.exports.answer()).to.equal('a/b')
    expect(second.exports.address).to.equal('file:///the/loader.js')
    expect(await second.exports.later()).to.include({value: 3})
  })

  it('is made anew where a byte of it is wrong, which V8 would not notice', () => {
    load().keep?.()
    const good = readFileSync(kept())
    for (const bad of [
      flipped(good, good.length / 4),
      good.subarray(0, good.length / 2),
      good.subarray(1),
      Buffer.of(),
    ]) {
      writeFileSync(kept(), bad)
      const {exports, keep} = load()
      expect(exports.answer()).to.equal('a/b')
      keep?.()
      expect(load().keep, 'kept again').to.equal(undefined)
    }
  })

  it('is replaced, and not looked at, after a crash', () => {
    load().keep?.()
    const before = statSync(kept()).ino
    const {exports, keep} = load(folder(), true)
    expect(exports.answer()).to.equal('a/b')
    keep?.()
    expect(statSync(kept()).ino).to.not.equal(before)
    expect(load().keep).to.equal(undefined)
  })

  it('of another text is not taken', () => {
    load().keep?.()
    for (const other of ['beta', 'c']) {
      writeFileSync(file(), text.replace("'b'", `'${other}'`))
      // Two in one millisecond are not written by hand.
      utimesSync(file(), new Date(), new Date(Date.now() + other.length * 1000))
      const {exports, keep} = load()
      expect(exports.answer()).to.equal(`a/${other}`)
      expect(keep).to.be.a('function')
    }
  })

  it('of programs that are gone is removed after a week', () => {
    mkdirSync(folder(), {recursive: true})
    const weekAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000)
    // The third was left by a writer that was killed.
    const old = ['old.js.code', 'unrelated', 'old.js.1.code.4711.tmp']
    for (const name of [...old, 'other.js.code']) writeFileSync(path.join(folder(), name), '')
    for (const name of old) utimesSync(path.join(folder(), name), weekAgo, weekAgo)
    load().keep?.()
    expect(readdirSync(folder()).sort()).to.deep.equal(['other.js.code', path.basename(kept()), 'unrelated'])
  })

  it('is not kept without a folder, or in one that cannot be written', () => {
    expect(load('').keep).to.equal(undefined)
    const {exports, keep} = load(path.join(file(), 'below a file'))
    keep?.()
    expect(exports.answer()).to.equal('a/b')
  })
})

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[Math.floor(at)] = (copy[Math.floor(at)] ?? 0) ^ 0xff
  return copy
}
