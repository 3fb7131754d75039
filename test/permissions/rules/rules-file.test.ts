import {execFileSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../../src/errors.js'
import {
  addRule,
  readRulesFile,
  removeRule,
  rulesOfProject,
  type StoredRule,
} from '../../../src/permissions/rules/rules-file.js'
import {root} from '../../helpers/build.js'
import {compiled} from '../../helpers/compiled.js'
import {runProgram} from '../../helpers/program/run-program.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {ruleFrom} from '../setup.js'

describe('the file of rules', () => {
  let box: Sandbox
  let file: string
  beforeEach(() => {
    box = createSandbox()
    file = path.join(box.home, '.hermes', 'permissions.yaml')
  })
  afterEach(() => box.remove())

  const allow = (text: string): StoredRule => ({effect: 'allow', rule: ruleFrom(text)})
  const textsOf = async (project: string) =>
    ((await readRulesFile(file)).get(project) ?? []).map(({effect, rule}) => `${effect} ${rule.text}`)

  function write(text: string, mode = 0o600): void {
    mkdirSync(path.dirname(file), {recursive: true})
    writeFileSync(file, text)
    chmodSync(file, mode)
  }

  async function problemOf(): Promise<HermesError> {
    const {rules, problem} = await rulesOfProject(file, '/p')
    if (!problem) throw new Error('it was read')
    expect(rules.map(({effect, rule}) => `${effect} ${rule.text}`)).to.deep.equal([
      'ask bash',
      'ask edit',
      'ask fetch',
      'ask mcp__*',
    ])
    return problem
  }

  it('is not there at first, and is not made by looking', async () => {
    expect(await textsOf('/p')).to.deep.equal([])
    expect(await removeRule(file, '/p', 'bash(x)')).to.equal(false)
    expect(existsSync(file)).to.equal(false)
  })

  it('keeps rules by project, once each, readable by its owner alone', async () => {
    expect(await addRule(file, '/p', allow('bash(npm test)'))).to.equal(true)
    expect(await addRule(file, '/p', allow('Bash(npm   test)'))).to.equal(false)
    expect(await addRule(file, '/q', {effect: 'deny', rule: ruleFrom('read(~/x)', 'deny')})).to.equal(true)
    expect(await textsOf('/p')).to.deep.equal(['allow bash(npm test)'])
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(statSync(path.dirname(file)).mode & 0o777).to.equal(0o700)
    const {rules} = await rulesOfProject(file, '/q')
    expect(rules).to.deep.equal([
      {effect: 'deny', rule: ruleFrom('read(~/x)', 'deny'), source: 'project', workspace: '/q'},
    ])
    expect(await removeRule(file, '/p', 'bash(npm test)')).to.equal(true)
    expect(await textsOf('/p')).to.deep.equal([])
    expect(await textsOf('/q')).to.deep.equal(['deny read(~/x)'])
    expect(readdirSync(path.dirname(file)).sort()).to.deep.equal(['permissions.yaml', 'permissions.yaml.lock'])
  })

  it('gives back what was put in, whatever is in it', async () => {
    const texts = fc.string({unit: fc.constantFrom(...'ab \n\t\'":#*-&!%@`{}[]|>\\\u00a0\u202eß😀')})
    await fc.assert(
      fc.asyncProperty(texts, texts, async (project, text) => {
        fc.pre(text.trim() !== '' && /^[^ \t\n]/.test(text) && /[^ \t\n]$/.test(text))
        const rule = {effect: 'allow' as const, rule: ruleFrom(`bash(=${text})`)}
        await addRule(file, `/${project}`, rule)
        expect((await readRulesFile(file)).get(`/${project}`)).to.deep.include(rule)
        await removeRule(file, `/${project}`, rule.rule.text)
      }),
      {numRuns: runs(80, 16)},
    )
  }).timeout(30_000)

  it('loses none where several processes add at once', async () => {
    const program = compiled(new URL('add-rules.ts', import.meta.url))
    const names = ['a', 'b', 'c', 'd']
    const ended = await Promise.all(
      names.map((name) =>
        runProgram(process.execPath, [program, file, '/p', name, '25'], {
          cwd: root,
          env: box.env,
        }),
      ),
    )
    for (const {code, stderr} of ended) expect(code, stderr).to.equal(0)
    const expected = names.flatMap((name) => Array.from({length: 25}, (_, n) => `allow bash(${name} ${n})`))
    expect((await textsOf('/p')).sort()).to.deep.equal(expected.sort())
  }).timeout(60_000)

  it('takes no harm from one that was killed in between', async () => {
    await addRule(file, '/p', allow('bash(a)'))
    writeFileSync(`${file}.tmp`, 'half of')
    expect(await addRule(file, '/p', allow('bash(b)'))).to.equal(true)
    expect(await textsOf('/p')).to.deep.equal(['allow bash(a)', 'allow bash(b)'])
  })

  it('with a mistake names file, line and column, and nothing of it holds', async () => {
    const broken: [text: string, place: string, words: string][] = [
      ['projects:\n  /p:\n    allow:\n      - bash(npm test)\n      - bash\n', ':5:9', 'write bash(*)'],
      ['projects:\n  /p:\n    allow: bash(x)\n', ':3:5', 'not a list'],
      ['projects:\n  /p:\n    allows: []\n', ':3:5', 'expected deny, ask, allow'],
      ['projects:\n  /p: [x]\n', ':2:3', 'not a group'],
      ['projects: {/p: {allow: [5]}}\n', ':1:25', '5 is no rule'],
      ['project: {}\n', ':1:1', 'expected version, projects'],
      ['version: 2\n', ':1:1', 'newer'],
      ['projects: {a: [\n', ':2:1', 'not valid YAML'],
      ['- x\n', ':1:1', 'does not hold'],
      ['projects: {/q: {allow: [nonsense(x)]}, /p: {allow: [bash(x)]}}\n', ':1:25', 'takes no pattern'],
      ['a: &a [x]\nprojects: {/p: {allow: *a}}\n', ':1:1', 'expected version'],
    ]
    for (const [text, place, words] of broken) {
      write(text)
      const {message} = await problemOf()
      expect(message, text).to.contain(`${file}${place}: `).and.contain(words)
      let refused: unknown
      await addRule(file, '/p', allow('bash(y)')).catch((error) => {
        refused = error
      })
      expect(refused).to.be.instanceOf(HermesError)
      expect(readFileSync(file, 'utf8')).to.equal(text)
    }
  })

  it('is read only where it is a small file of our own', async () => {
    write('# only a comment\n')
    expect(await textsOf('/p')).to.deep.equal([])
    write('projects: {}\n', 0o644)
    await readRulesFile(file)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    for (const mode of [0o660, 0o606, 0o622]) {
      write('projects: {}\n', mode)
      expect((await problemOf()).message).to.contain('others may write to it')
      expect((await problemOf()).suggestions).to.deep.equal([`chmod 600 ${file}`])
    }
    write(`#${'x'.repeat(300_000)}\n`)
    expect((await problemOf()).message).to.contain('larger than')
  })

  it('is not read through a link, and holds nobody up as a FIFO', async () => {
    mkdirSync(path.dirname(file), {recursive: true})
    symlinkSync(box.write('elsewhere.yaml', 'projects: {/p: {allow: [bash(x)]}}\n'), file)
    expect((await problemOf()).message).to.contain('symbolic link')
    file = path.join(box.home, '.hermes', 'fifo')
    execFileSync('mkfifo', [file])
    expect((await problemOf()).message).to.contain('not a file')
    file = path.join(box.home, '.hermes', 'folder')
    mkdirSync(file)
    expect((await problemOf()).message).to.contain('not a file')
  })

  it('of somebody else is refused', async function () {
    if (process.geteuid?.() !== 0) this.skip()
    write('projects: {}\n')
    execFileSync('chown', ['65534', file])
    expect((await problemOf()).message).to.contain('belongs to user 65534')
  })
})
