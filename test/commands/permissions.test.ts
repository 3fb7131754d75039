import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {useProgramBox} from '../helpers/program/box.js'
import {runHermes} from '../helpers/program/run-program.js'

describe('hermes permissions', () => {
  const program = useProgramBox()
  let file: string
  beforeEach(() => {
    file = homeFiles(hermesHome(program.box.env)).permissions
  })

  const permissions = (...args: string[]) => program.hermes('permissions', ...args)

  it('adds, lists and removes rules of a project', async () => {
    expect((await permissions('list')).stdout).to.equal('No rule is set; hermes permissions add RULE adds one here.\n')
    const added = await permissions('add', 'Bash(npm run lint:*)')
    expect(added).to.deep.include({
      stdout: `From now on: allow bash(npm run lint *) in ${program.box.project}\n`,
      code: 0,
    })
    expect((await permissions('add', 'bash(npm run lint *)')).stdout).to.contain('It was there: allow')
    await permissions('add', '--deny', 'bash')
    await permissions('add', '--ask', 'edit(src/**)')
    expect((await permissions('list')).stdout.split('\n')).to.deep.equal([
      'here: ~/project',
      '  deny   bash                  ~/.hermes/permissions.yaml',
      '  ask    edit(src/**)          ~/.hermes/permissions.yaml',
      '  allow  bash(npm run lint *)  ~/.hermes/permissions.yaml',
      '',
    ])
    const removed = await permissions('remove', 'bash(npm run lint:*)')
    expect(removed).to.deep.include({
      stdout: `No longer a rule of ${program.box.project}: bash(npm run lint *)\n`,
      code: 0,
    })
    expect((await permissions('list')).stdout).to.not.contain('lint')
  })

  it('shows rules of the configuration and of other projects, and where they hold', async () => {
    const own = program.box.write('home/.config/hermes/config.yaml', 'permissions: {allow: [bash(git log *)]}\n')
    const other = path.join(program.box.home, 'other')
    mkdirSync(path.join(other, '.git'), {recursive: true})
    mkdirSync(path.join(other, 'sub'))
    await runHermes(['permissions', 'add', 'edit(**)'], {cwd: path.join(other, 'sub'), env: program.box.env})
    await permissions('add', 'bash(npm test)')
    const {rules, workspace, version} = JSON.parse((await permissions('list', '--json')).stdout)
    expect({version, workspace}).to.deep.equal({version: 1, workspace: program.box.project})
    const place = {source: 'project', from: file, effect: 'allow'}
    expect(rules).to.deep.equal([
      {effect: 'allow', rule: 'bash(git log *)', source: 'configuration', from: own, workspace: null, here: true},
      {...place, rule: 'bash(npm test)', workspace: program.box.project, here: true},
      {...place, rule: 'edit(**)', workspace: other, here: false},
    ])
    const refused = await permissions('remove', 'bash(git log *)')
    expect(refused.code).to.equal(2)
    expect(refused.stderr).to.contain(`${own} sets it`).and.contain(`take it out of ${own}`)
  })

  it('refuses what is no rule with what to write, and what is not there', async () => {
    const whole = await permissions('add', 'bash')
    expect(whole.code).to.equal(2)
    expect(whole.stderr).to.contain('it would allow every command').and.contain('write bash(*) to say so')
    const json = await permissions('add', '--json', 'bash(a && b)')
    expect(JSON.parse(json.stdout).error).to.deep.include({code: 'permissions/invalid-rule', exit: 2})
    const unknown = await permissions('remove', 'bash(x)')
    expect(unknown.code).to.equal(2)
    expect(unknown.stderr).to.contain(`bash(x) is no rule of ${program.box.project}`)
    expect((await permissions('add', '--ask', '--deny', 'bash(x)')).code).to.equal(2)
    expect((await permissions('add')).code).to.equal(2)
  })

  it('ends with 3 and names the place where the file is broken', async () => {
    mkdirSync(path.dirname(file), {recursive: true})
    writeFileSync(file, 'projects:\n  /p:\n    allow: [bash]\n', {mode: 0o600})
    for (const args of [['list'], ['add', 'bash(x)'], ['remove', 'bash(x)']]) {
      const {code, stderr, stdout} = await permissions(...args)
      expect(code).to.equal(3)
      expect(stdout).to.equal('')
      expect(stderr).to.contain(`${file}:3:13: "bash": it would allow every command`)
    }
  })

  it('can’t drive the terminal by a rule or a path', async () => {
    const cwd = path.join(program.box.home, 'a\u001b]0;x\u0007b')
    mkdirSync(cwd)
    await runHermes(['permissions', 'add', 'bash(=echo \u001b[2J\u202e\n)'], {cwd, env: program.box.env})
    const {stdout} = await runHermes(['permissions', 'list'], {cwd, env: program.box.env})
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout).to.not.match(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(stdout).to.contain('\\u{1b}[2J\\u{202e}').and.contain('a\\u{1b}]0;x\\u{7}b')
  })
})
