import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {restrictsCommand} from '../../../src/permissions/rules/match.js'
import {decide} from '../../../src/permissions/verdict/decide.js'
import {offersFor} from '../../../src/permissions/verdict/offers.js'
import {scanLine} from '../../../src/permissions/verdict/scan.js'
import {scanLimits} from '../../../src/permissions/verdict/scan-budget.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {contextOf, rulesFrom} from '../setup.js'

const units = [
  ...[
    'a;',
    'a|',
    'a b c;',
    'git -a ',
    'x a/',
    'a/a/a/a ',
    '../',
    'cd sub;',
    'cd ..;cd sub;',
    'xargs ',
    'sudo a ',
    ': ',
  ],
  ...[
    "sh -c 'a b' ;",
    "eval 'a b' ",
    "sudo 'a;b' ",
    'xargs a a;',
    '>x ',
    'a>x;',
    '<<E ',
    '$(',
    '`',
    'A=b ',
    'npm run b;',
  ],
  ...['find -exec a ', '* ', '$X ', '-', 'ls;', 'git $X;', 'a:', 'time ', 'nice ', 'coproc a;', '"$(a)" '],
]

describe('what is looked at of a command', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
    mkdirSync(path.join(box.project, 'sub'))
  })
  afterEach(() => box.remove())

  const line = fc
    .record({
      unit: fc.array(fc.constantFrom(...units), {minLength: 1, maxLength: 3}).map((parts) => parts.join('')),
      front: fc.constantFrom('', 'x ', 'git ', 'sudo ', 'eval ', 'sh -c ', 'cd sub; cd ..; cd sub; x '),
      length: fc.constantFrom(100, 2000, 5000, 19_900, 95_000),
    })
    .map(({unit, front, length}) => front + unit.repeat(length / unit.length))

  it('is bounded, and what is more makes it not complete', async function () {
    this.timeout(60_000)
    const {workspace} = contextOf(box)
    const counts = {lines: 0, 'cut short': 0}
    await fc.assert(
      fc.asyncProperty(line, async (command) => {
        const {commands, innerCommands, inner, complete, unseen, cutShort} = await scanLine(
          command,
          box.project,
          workspace,
        )
        const all = [...commands, ...innerCommands]
        expect(all.length).to.be.at.most(scanLimits.commands)
        const names = commands
          .flatMap(({words, folders = ['/']}) => words.map(({text}) => text.split('/').length * folders.length))
          .reduce((a, b) => a + b, 0)
        expect(names).to.be.at.most(scanLimits.names)
        expect(inner.reduce((sum, words) => sum + words.length, 0)).to.be.at.most(
          scanLimits.innerWords + 3 * scanLimits.characters,
        )
        if (cutShort) expect([complete, unseen]).to.deep.equal([false, 'it is too long to be looked at'])
        counts.lines++
        if (cutShort) counts['cut short']++
      }),
      {numRuns: runs(150, 25)},
    )
    console.log(`      ${JSON.stringify(counts)}`)
  })

  it('leads to a bounded number of looks at the file system, in a decision and for what is offered', async function () {
    this.timeout(120_000)
    const rules = rulesFrom(
      'deny read(k/**)',
      'ask edit(*.k)',
      'deny bash(git push *)',
      'deny bash(* push)',
      'ask bash(a b)',
    )
    let most = 0
    await fc.assert(
      fc.asyncProperty(line, async (command) => {
        const context = {...contextOf(box), judge: undefined, rules}
        let looks = 0
        const workspace = {
          ...context.workspace,
          realPathOf(file: string) {
            looks++
            return context.workspace.realPathOf(file)
          },
        }
        const access = {tool: 'bash', command, cwd: box.project} as const
        await decide(access, {...context, workspace})
        most = Math.max(most, looks)
        // Of a word up to five parts may be a name.
        expect(looks).to.be.at.most(5 * scanLimits.names)
        looks = 0
        await offersFor(access, {...context, workspace})
        expect(looks).to.be.at.most(8 * 5 * scanLimits.names)
      }),
      {numRuns: runs(100, 20)},
    )
    console.log(`      at most ${most} looks`)
  })

  it('is matched with a rule in a bounded number of steps, whatever the options', async () => {
    let looks = 0
    const word = (text: string) => ({
      literal: true,
      get text() {
        looks++
        return text
      },
    })
    const pattern = {kind: 'words', assignments: [], open: true, words: [[{char: 'x'}], [{char: 'p'}]]} as const
    for (const options of [['-a'], ['-a', 'x'], ['-a', '-b', 'x']]) {
      const words = ['x', ...Array.from({length: 30_000}, (_, at) => options[at % options.length] ?? '')].map(word)
      looks = 0
      expect(restrictsCommand(pattern, words)).to.equal('maybe')
      expect(looks).to.be.at.most(1000)
    }
    expect(restrictsCommand(pattern, ['x', '-a', 'b', 'c', 'p'].map(word))).to.equal('no')
    expect(restrictsCommand(pattern, ['x', '-a', 'b', '-c', 'p'].map(word))).to.equal('maybe')
  })
})
