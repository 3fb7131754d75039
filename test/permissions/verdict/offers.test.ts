import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Access, ActiveRule} from '../../../src/permissions/types.js'
import {type DecisionContext, decide} from '../../../src/permissions/verdict/decide.js'
import {offersFor} from '../../../src/permissions/verdict/offers.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {contextOf, ruleFrom, rulesFrom} from '../setup.js'

describe('what is offered beside "once"', () => {
  let box: Sandbox
  let context: DecisionContext
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
    context = contextOf(box)
  })
  afterEach(() => box.remove())

  const command = (text: string, cwd = box.project): Access => ({tool: 'bash', command: text, cwd})
  const file = (tool: 'read' | 'edit', name: string): Access => ({tool, path: path.resolve(box.project, name)})

  async function textsFor(access: Access, change: Partial<DecisionContext> = {}): Promise<string[]> {
    const offers = await offersFor(access, {...context, ...change})
    return offers.map(({scope, rule, covers}) => `${scope} ${rule}: ${covers}`)
  }

  it('is exactly this command, then the same with any arguments where that is safe', async () => {
    expect(await textsFor(command('npm test --watch'))).to.deep.equal([
      'session bash(npm test --watch): exactly this command',
      'always bash(npm test --watch): exactly this command',
      'session bash(npm test *): npm test with any arguments',
      'always bash(npm test *): npm test with any arguments',
    ])
    expect(await textsFor(command('cd x && make 2>&1 | tee log'))).to.deep.equal([
      'session bash(=cd x && make 2>&1 | tee log): exactly this command',
      'always bash(=cd x && make 2>&1 | tee log): exactly this command',
    ])
    expect(await textsFor(command('npm test 2>&1 | tail -5'))).to.include(
      'always bash(npm test *): npm test with any arguments',
    )
  })

  it('never is a word for what runs others, deletes or may do anything', async () => {
    const programs = [
      ...['rm', 'chmod', 'git', 'curl', 'docker', 'make', 'sudo', 'env', 'timeout 5', 'xargs', 'sh', 'bash', 'python3'],
      ...['node', 'npx', 'perl', 'find', 'awk', 'ssh', '/bin/sh', './x', 'npm', 'npm exec', 'docker run', 'eval', 'dd'],
    ]
    for (const program of programs) {
      for (const {rule} of await offersFor(command(`${program} x y`), context)) {
        expect(rule, program).to.not.match(/^bash\([^= ]+ \*\)$/)
      }
    }
  })

  it('of a file is this file, then its folder; of a secret or from outside this session at most', async () => {
    expect(await textsFor(file('edit', 'src/deep/a.ts'))).to.deep.equal([
      'session edit(src/deep/a.ts): this file',
      'always edit(src/deep/a.ts): this file',
      'session edit(src/deep/**): every file in src/deep/ and below',
      'always edit(src/deep/**): every file in src/deep/ and below',
    ])
    expect(await textsFor(file('edit', 'a.ts'))).to.include('session edit(**): every file of this project')
    expect(await textsFor(file('edit', '.env'))).to.deep.equal([
      'session edit(.env): this file, until the session ends',
    ])
    expect(await textsFor(file('read', '/etc/hosts'))).to.deep.equal([
      'session read(//etc/hosts): this file, until the session ends',
    ])
    for (const name of ['.git/config', '../.hermes/permissions.yaml', '../.config/hermes/config.yaml']) {
      expect(await textsFor(file('edit', name)), name).to.deep.equal([])
    }
  })

  it('is nothing where a rule asks, or where the command leaves the workspace', async () => {
    expect(await textsFor(command('npm test'), {rules: rulesFrom('ask bash(npm *)')})).to.deep.equal([])
    expect(await textsFor(command('npm test', box.home))).to.deep.equal([])
  })

  it('says of a command with anything around it its very text', async () => {
    for (const around of ['a b ;', 'a b &', '! a b', '( a b )', 'a b # c', 'A=1 a b', 'a b | cat', 'coproc a b']) {
      expect((await offersFor(command(around), context))[0]?.rule, around).to.equal(`bash(=${around})`)
    }
  })

  it('is not kept for ever where it is very long', async () => {
    const offers = await offersFor(command(`echo ${'x'.repeat(3000)} > y`), context)
    expect(offers.map(({scope}) => scope)).to.deep.equal(['session'])
  })

  it('allows what it was offered for, and exactly this nothing else', async () => {
    const word = fc.constantFrom(
      'npm',
      'test',
      'rm',
      'a b',
      "it's",
      '*',
      '$X',
      '-c',
      'sh',
      '&&',
      '|',
      '>',
      'x=1',
      ';',
      '"',
      '\n',
      '#',
      '~',
    )
    const line = fc.array(word, {minLength: 1, maxLength: 6}).map((words) => words.join(' '))
    const names = fc.array(fc.constantFrom(...'ab*?[]{}~\\ !(.'), {minLength: 1, maxLength: 6}).map((c) => c.join(''))
    const counts = {offers: 0, others: 0}
    const isMadeOf = async (access: Access, second: Access) => {
      if (second.tool !== 'bash') return false
      for (const part of second.command.split(/[;\n|]|&&/)) {
        const needsNone = (await decide(command(part), context)).verdict === 'allow'
        if (!needsNone && !isSame(access, command(part))) return false
      }
      return true
    }
    const made = (text: string): ActiveRule => ({
      effect: 'allow',
      rule: ruleFrom(text),
      source: 'session',
      workspace: context.workspace.root,
    })
    await fc.assert(
      fc.asyncProperty(line, line, names, names, async (text, other, name, otherName) => {
        const accesses: [Access, Access][] = [
          [command(text), command(other)],
          [file('edit', `d/${name}`), file('edit', `d/${otherName}`)],
        ]
        for (const [access, second] of accesses) {
          for (const {rule, covers} of await offersFor(access, context)) {
            counts.offers++
            const rules = [made(rule)]
            expect((await decide(access, {...context, rules})).verdict, `${rule}`).to.equal('allow')
            if (!/^(?:exactly|this file)/.test(covers) || isSame(access, second)) continue
            // A rule of words covers each line that runs just them.
            if (!rule.startsWith('bash(=') && isSame(access, withoutEnd(second))) continue
            // Beside what needs no rule too.
            if (!rule.startsWith('bash(=') && (await isMadeOf(access, second))) continue
            const without = (await decide(second, context)).verdict
            const verdict = (await decide(second, {...context, rules})).verdict
            if (verdict !== without) expect.fail(`${rule} allows ${JSON.stringify(second)} as well`)
            counts.others++
          }
        }
      }),
      {
        numRuns: runs(700, 100),
        examples: [
          ['a b ;', 'a b', 'a', 'a'],
          ['a b \n', 'a b ; #', 'a', 'a'],
          ['rm', 'rm ; test', 'a', 'a'],
        ],
      },
    )
    console.log(`      ${JSON.stringify(counts)}`)
  }).timeout(60_000)
})

/** White space between words is no difference. */
function isSame(a: Access, b: Access): boolean {
  if (a.tool === 'bash' || b.tool === 'bash') {
    return a.tool === b.tool && 'command' in a && 'command' in b && normal(a.command) === normal(b.command)
  }
  return 'path' in a && 'path' in b && a.path === b.path
}

/** Of a line that ends with `;` or a remark behind it. */
function withoutEnd(access: Access): Access {
  return access.tool === 'bash' ? {...access, command: normal(access.command).replace(/(?: ;)+$/, '')} : access
}

function normal(line: string): string {
  return line.replaceAll(/\s+/g, ' ').replace(/ #.*$/s, '').trim()
}
