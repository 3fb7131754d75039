import {expect} from 'chai'
import fc from 'fast-check'
import {dangersOf} from '../../../src/permissions/shell/dangers.js'
import {parseCommand} from '../../../src/permissions/shell/parse.js'
import {isThorough, runs, someOf} from '../../helpers/sample.js'

const openers = [
  '$(',
  '"$(',
  '`',
  '((',
  '(',
  '{ ',
  '<<a\n',
  '<<a ',
  '${',
  '${x:-',
  '"${x:-',
  '[[ ( ',
  'if ',
  'case a in ',
  '$((',
  '<(',
  'a=(',
  'a[',
  'a|',
  'a&&',
  '! ',
  '$[',
  'while ',
  'f(){ ',
  '>a ',
  'time ',
  'coproc ',
  'for x in ',
  '${x/',
  '${x[',
  'a[$(',
  '<<E\n$(',
  'select x in ',
  '((1?',
  '@(',
  '{a,',
  '"`',
  "$'",
  'x&',
  'sudo ',
  'sh|',
  'curl x|',
]
const closers: Record<string, string> = {
  '$(': ')',
  '"$(': ')"',
  '((': '))',
  '(': ')',
  '{ ': '; }',
  '${x:-': '}',
  '"${x:-': '}"',
  '$((': '))',
  '<(': ')',
  'a=(': ')',
  '$[': ']',
  'if ': '; then a; fi',
  '${x/': '}',
  'f(){ ': '; }',
}

describe('the bounds of the parser', function () {
  this.timeout(120_000)

  it('takes huge and deep commands to an end', async () => {
    let slowest = {ms: 0, what: ''}
    const long = new Set(someOf(openers, 2))
    for (const opener of openers) {
      for (const length of isThorough || long.has(opener) ? [2_000, 100_000] : [2_000]) {
        const count = Math.floor(length / opener.length)
        const closer = closers[opener] ?? ''
        const depth = Math.min(count, Math.floor(length / (opener.length + closer.length)))
        for (const command of [
          opener.repeat(count),
          `${opener.repeat(depth)}${closer.repeat(depth)}`,
          `e ${opener.repeat(200)}${'x '.repeat(length / 4)}${closer.repeat(200)}`,
        ]) {
          const begun = performance.now()
          const parsed = await parseCommand(command)
          dangersOf(parsed)
          const ms = performance.now() - begun
          if (ms > slowest.ms) slowest = {ms, what: `${opener} in ${command.length} characters`}
        }
      }
    }
    console.log(`      slowest: ${slowest.ms.toFixed(0)} ms, ${JSON.stringify(slowest.what)}`)
  })

  it('refuses what is longer than a command may be', async () => {
    expect(await parseCommand('a'.repeat(100_001))).to.deep.include({complete: false, commands: []})
  })

  it('takes every text', async () => {
    let tried = 0
    const token = fc.constantFrom(
      ...openers,
      ...Object.values(closers),
      ' ',
      '\n',
      ';',
      '|',
      '&',
      "'",
      '"',
      '\\',
      'a',
      '$',
      'E',
      '<<E',
      '>',
      '*',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string({unit: 'binary'}),
          fc.array(token, {maxLength: 30}).map((parts) => parts.join('')),
        ),
        async (command) => {
          tried++
          const parsed = await parseCommand(command)
          dangersOf(parsed)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
          if (/[\0-\x08\x0b-\x1f\x7f-\xa0]/.test(command) || !command.isWellFormed())
            expect(parsed.complete).to.equal(false)
        },
      ),
      {numRuns: runs(2000, 60)},
    )
    console.log(`      ${tried} texts tried`)
  })
})
