import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {PrintResult} from '../../../src/chat/print/format.js'
import {runPermissionsVariable} from '../../../src/permissions/run-permissions.js'
import {ensureBuilt} from '../../helpers/build.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {startChat, TestHome} from '../../helpers/pty/chat.js'
import {type ModelStep, type ScriptedModel, startScriptedModel} from '../../helpers/scripted-model.js'

describe('permissions of a run, end to end', () => {
  let home: TestHome
  let model: ScriptedModel | undefined

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  beforeEach(() => {
    home = new TestHome()
  })

  afterEach(async () => {
    await model?.close()
    model = undefined
    home.remove()
  })

  async function scripted(steps: ModelStep[], configuration = ''): Promise<void> {
    model = await startScriptedModel({begin: steps})
    home.configure(`discoverLocal: false\n${model.configuration}${configuration}`)
  }

  async function print(args: readonly string[] = [], env: Record<string, string> = {}) {
    const ended = await runHermes(['chat', '--output-format', 'json', ...args, '-p', 'begin'], {
      cwd: home.cwd,
      env: home.env(env),
    })
    return {...ended, result: JSON.parse(ended.stdout) as PrintResult}
  }

  const touch = (file: string): ModelStep => [{name: 'terminal', args: {command: `touch ${file}`}}]
  const exists = (file: string) => existsSync(path.join(home.cwd, file))

  it('are what the flags say, and not what stands in the environment', async () => {
    const bypass = {
      [runPermissionsVariable]: JSON.stringify({mode: 'bypass', allow: [], addDirs: [], interactive: true}),
    }
    await scripted([touch('made'), 'done'])
    expect((await print([], bypass)).result.permission_denials).to.have.length(1)
    const chat = startChat({home, args: ['begin'], env: bypass})
    try {
      await chat.waitFor('touch made')
      await chat.waitFor('type what to do instead')
      expect(chat.screen()).not.to.include('bypass')
    } finally {
      chat.dispose()
      await chat.exit
    }
    expect(exists('made')).to.equal(false)
  })

  it('hold for what is found below a folder, too', async () => {
    for (const folder of ['private', 'later', 'src']) {
      mkdirSync(path.join(home.cwd, folder))
      writeFileSync(path.join(home.cwd, folder, 'a.txt'), `needle in ${folder}`)
    }
    const call = (name: string, args: Record<string, unknown>): ModelStep => [{name, args}]
    await scripted(
      [
        call('search_files', {query: 'needle'}),
        call('list_files', {pattern: '*.txt'}),
        call('terminal', {command: 'grep -r needle .'}),
        'done',
      ],
      "permissions:\n  deny: ['read(private/**)']\n  ask: ['read(later/**)']\n",
    )
    await print()
    const told = JSON.stringify(model?.results())
    expect(told).to.include('needle in src').and.to.include('src/a.txt')
    expect(told).not.to.match(/needle in (?:private|later)|(?:private|later)\/a\.txt/)
  })

  it('tell of rules that can’t be read, once', async () => {
    mkdirSync(home.hermes, {mode: 0o700})
    writeFileSync(path.join(home.hermes, 'permissions.yaml'), 'projects: [', {mode: 0o600})
    await scripted([touch('one'), touch('two'), 'done'])
    const {code, stderr, result} = await print(['--allow', 'bash(touch *)'])
    expect(stderr.match(/permissions\.yaml:1:\d+: this is not valid YAML/g)).to.have.length(1)
    expect(result.permission_denials).to.have.length(2)
    expect(code).to.equal(0)
  })
})
