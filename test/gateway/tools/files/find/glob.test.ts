import {expect} from 'chai'
import fc from 'fast-check'
import {createGlobMatcher} from '../../../../../src/gateway/tools/files/find/glob.js'
import {runs} from '../../../../helpers/sample.js'

const matched = async (pattern: string, paths: string[]) => {
  const matches = await createGlobMatcher(pattern)
  const found = matches(paths)
  return paths.filter((_, index) => found[index])
}

describe('glob', () => {
  const paths = ['a.ts', 'src/a.ts', 'src/b.tsx', 'src/deep/c.ts', '.github/x.yml', 'f1', 'f9', 'f10', 'f12']

  it('matches names without a slash, and paths with one', async () => {
    expect(await matched('*.ts', paths)).to.deep.equal(['a.ts', 'src/a.ts', 'src/deep/c.ts'])
    expect(await matched('src/*.ts', paths)).to.deep.equal(['src/a.ts'])
    expect(await matched('./src/**/*.{ts,tsx}', paths)).to.deep.equal(['src/a.ts', 'src/b.tsx', 'src/deep/c.ts'])
    expect(await matched('**/*.yml', paths)).to.deep.equal(['.github/x.yml'])
    expect(await matched('f{9..12}', paths)).to.deep.equal(['f9', 'f10', 'f12'])
    expect(await matched('f{1..9..4}', paths)).to.deep.equal(['f1', 'f9'])
    expect(await matched('{a..c}.ts', paths)).to.deep.equal(['a.ts', 'src/a.ts', 'src/deep/c.ts'])
    expect(await matched('[', paths)).to.deep.equal([])
  })

  it('matches any name with a star, whatever it begins with', async () => {
    const names = fc
      .string({minLength: 1, unit: 'binary'})
      .filter((name) => !/[/\\]/.test(name) && !/^\.{1,2}$/.test(name))
    const property = fc.asyncProperty(fc.oneof(names, fc.constantFrom('\n', '\u2028x', '\rx', ' ')), async (name) => {
      expect(await matched('*', [name])).to.deep.equal([name])
      expect(await matched('src/*', [`src/${name}`])).to.deep.equal([`src/${name}`])
    })
    await fc.assert(property)
  })

  it('refuses a range that is none or too long', async () => {
    const refused = async (pattern: string) => {
      try {
        await createGlobMatcher(pattern)
        return ''
      } catch (error) {
        return String(error)
      }
    }
    expect(await refused('{1..100000000}')).to.match(/longer than 1000/)
    expect(await refused('{1..x}')).to.match(/no range/)
  })

  it('gives an answer or an error in words, for any pattern of 500 characters, and soon', async function () {
    this.timeout(120_000)
    const pieces = [
      '{a,b}',
      '{a,{b,c}}',
      '*a',
      '**/',
      '+(a|aa)',
      '!(a)',
      '@(a|b)*',
      '[a-z]',
      '{1..9}',
      '(',
      '{',
      '?',
      ')',
      '\\',
      '/',
    ]
    const pattern = fc
      .array(fc.constantFrom(...pieces), {minLength: 1, maxLength: 60})
      .map((parts) => parts.join('').slice(0, 500))
    const repeated = fc
      .tuple(fc.constantFrom(...pieces), fc.integer({min: 1, max: 500}))
      .map(([piece, times]) => piece.repeat(times).slice(0, 500))
    const hard = ['a'.repeat(250), `${'a/'.repeat(120)}b`, 'ab'.repeat(120), `${'a'.repeat(60)}!`]
    let tried = 0
    let slow = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof(pattern, repeated), async (one) => {
        tried++
        try {
          await matched(one, hard)
        } catch (error) {
          expect(error).to.be.instanceOf(Error)
          if (/takes too long/.test(String(error))) slow++
        }
      }),
      {numRuns: runs(150, 20), examples: [['{a,b}'.repeat(22)], ['*a'.repeat(20)], ['{'.repeat(500)]]},
    )
    console.log(`      ${tried} patterns, ${slow} of them given up`)
  })
})
