import {expect} from 'chai'
import {applyPatch} from 'diff'
import fc from 'fast-check'
import {boundedDiff, unifiedDiff} from '../../../../src/gateway/tools/files/unified-diff.js'
import {runs} from '../../../helpers/sample.js'

describe('unified diff', () => {
  const text = fc
    .tuple(
      fc.array(fc.constantFrom('a', 'b', 'c', '', '-- x', '+++ y', '\\ z', '\u001b[31m', 'r\r'), {maxLength: 14}),
      fc.boolean(),
    )
    .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''))

  it('makes the one text of the other, and counts its lines', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, async (before, after) => {
        const {lines, added, removed} = await unifiedDiff(before, after)
        if (before === after) expect(lines).to.deep.equal([])
        else
          expect(applyPatch(before, `--- a\n+++ b\n${lines.join('\n')}\n`, {autoConvertLineEndings: false})).to.equal(
            after,
          )
        expect(lines.filter((line) => line.startsWith('+'))).to.have.length(added)
        expect(lines.filter((line) => line.startsWith('-'))).to.have.length(removed)
      }),
      {numRuns: runs(1000, 200)},
    )
  })

  it('of a new file is all plus', async () => {
    expect(await unifiedDiff('', 'a\nb\n')).to.deep.equal({
      lines: ['@@ -0,0 +1,2 @@', '+a', '+b'],
      added: 2,
      removed: 0,
    })
    expect((await unifiedDiff('a', '')).lines).to.deep.equal(['@@ -1,1 +0,0 @@', '-a', '\\ No newline at end of file'])
  })

  it('takes what lies between for replaced where the texts have too little in common', async () => {
    const random = (seed: number) => Array.from({length: 40_000}, (_, index) => `${(index * seed) % 99991}\n`).join('')
    const before = `first\n${random(7919)}last\n`
    const after = `first\n${random(104729)}last\n`
    const {lines, added, removed} = await unifiedDiff(before, after)
    expect(applyPatch(before, `--- a\n+++ b\n${lines.join('\n')}\n`)).to.equal(after)
    expect([added > 10_000, removed > 10_000]).to.deep.equal([true, true])
  })

  it('makes the one text of the other also where they are too large to be compared', async () => {
    const large = (letter: string) => `${letter.repeat(5000)}\n`.repeat(101)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(text, text, text, text, async (head, first, second, tail) => {
        tried++
        const before = `${head}\n${first}${large('x')}${first}${tail}`
        const after = `${head}\n${second}${large('y')}${second}${tail}`
        const {lines, added, removed} = await unifiedDiff(before, after)
        const patch = `--- a\n+++ b\n${lines.join('\n')}\n`
        expect(applyPatch(before, patch, {autoConvertLineEndings: false}) === after).to.equal(true)
        expect(lines.filter((line) => line.startsWith('+'))).to.have.length(added)
        expect(lines.filter((line) => line.startsWith('-'))).to.have.length(removed)
        expect(lines.filter((line) => line.startsWith('@@'))).to.have.length(1)
      }),
      {numRuns: runs(60, 15)},
    )
    expect(tried).to.be.greaterThan(0)
  })

  it('is cut with a word on what is left out', () => {
    const diff = {lines: ['@@ -1,2 +1,3 @@', '-a', '+b', '+c', ' d'], added: 2, removed: 1}
    expect(boundedDiff(diff, {lines: 9, chars: 999})).to.equal(diff.lines.join('\n'))
    expect(boundedDiff(diff, {lines: 5, chars: 28})).to.equal(diff.lines.join('\n'))
    expect(boundedDiff(diff, {lines: 2, chars: 999})).to.equal(
      '@@ -1,2 +1,3 @@\n-a\n\\ The diff is longer: 2 added lines are not shown here',
    )
    expect(boundedDiff(diff, {lines: 1, chars: 999})).to.match(/2 added and 1 removed lines are not shown here$/)
    expect(boundedDiff({lines: [`+${'x'.repeat(50)}`], added: 1, removed: 0}, {lines: 9, chars: 10})).to.equal(
      '+xxxxxxxxx…\n\\ The diff is longer: the rest is not shown here',
    )
  })

  it('is kept up to a bound, with the counts of all', async () => {
    const {lines, added, removed} = await unifiedDiff('', 'line\n'.repeat(1_000_000))
    expect([added, removed, lines[0]]).to.deep.equal([1_000_000, 0, '@@ -0,0 +1,1000000 @@'])
    expect(lines.length).to.be.within(150_000, 200_000)
  })
})
