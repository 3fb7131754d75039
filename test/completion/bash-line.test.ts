import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {bashReply, readBashLine} from '../../src/completion/bash-line.js'
import {hostileText} from '../helpers/hidden-text.js'
import {tellTried} from '../helpers/tried.js'

const hasBash = spawnSync('bash', ['-c', ':']).status === 0
const dangerous = fc.string({unit: fc.constantFrom(...'$`"\'\\!;&|<>(){}[]*?#~^ =:ab\u00e9\u{1f600}'), maxLength: 12})
const values = fc
  .oneof(dangerous, hostileText, fc.string())
  .map((text) => text.replaceAll(/[\p{C}\n]/gu, ''))
  .filter((text) => text !== '' && text.isWellFormed())

describe('a completed word in bash', () => {
  before(function () {
    if (!hasBash) this.skip()
  })

  it('is read by bash as the value, behind whatever quote and beginning', function () {
    this.timeout(60_000)
    const cases = fc.sample(
      fc
        .tuple(values, fc.constantFrom('', "'", '"'), fc.nat(6))
        .map(([value, quote, length]) => ({value, quote, length})),
      2000,
    )
    const written: string[] = []
    const wanted: string[] = []
    for (const {value, quote, length} of cases) {
      const begun = [...value].slice(0, length).join('')
      const typed = quote === '' ? begun.replaceAll(/[^\p{L}\p{N}_@%+=:,./-]/gu, '\\$&') : quote
      const line = readBashLine(`hermes chat -r ${typed}`)
      expect(line.current).to.equal(quote === '' ? begun : '')
      expect(line.quote).to.equal(quote)
      const breaks = quote === '' ? Math.max(typed.lastIndexOf(':'), typed.lastIndexOf('=')) : -1
      const replaced = typed.slice(breaks + 1)
      const reply = bashReply(value, line, replaced)
      if (reply === undefined) continue
      wanted.push(value)
      written.push(`${quote === '' ? typed.slice(0, typed.length - replaced.length) : quote}${reply}${quote}`)
    }
    expect(wanted.length).to.be.greaterThan(1500)
    const script = `${written.map((word) => `printf '%s\\0' ${word}`).join('\n')}\n`
    const {stdout, stderr} = spawnSync('bash', ['--norc'], {input: script, encoding: 'utf8', env: {LC_ALL: 'C.UTF-8'}})
    expect(stderr).to.equal('')
    expect(stdout.split('\0').slice(0, -1)).to.deep.equal(wanted)
    tellTried(wanted.length, 'words for bash')
  })

  it('is told from the words before it', () => {
    expect(readBashLine('hermes chat --resume')).to.deep.include({
      words: ['chat'],
      current: '--resume',
      raw: '--resume',
    })
    expect(readBashLine('hermes chat -r ')).to.deep.include({words: ['chat', '-r'], current: '', raw: ''})
    expect(readBashLine(`hermes chat -r 'Fix the`)).to.deep.include({
      words: ['chat', '-r'],
      current: 'Fix the',
      quote: "'",
    })
    expect(readBashLine('hermes chat -r Fix\\ the\\ ')).to.deep.include({current: 'Fix the ', quote: ''})
    expect(readBashLine(`hermes "" ''`).words).to.deep.equal([''])
  })
})
