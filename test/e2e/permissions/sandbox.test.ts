import {spawnSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {PrintResult} from '../../../src/chat/print/format.js'
import {runProgram} from '../../helpers/program/run-program.js'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'
import {type ScriptedModel, startScriptedModel} from '../../helpers/scripted-model.js'

const works = spawnSync('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true']).status === 0

describe('commands in a sandbox, end to end', () => {
  before(function () {
    if (!works) this.skip()
  })
  const suite = useChats()
  const run = (command: string, more: object = {}) => [{name: 'terminal', args: {command, ...more}}]
  let model: ScriptedModel

  beforeEach(async () => {
    model = await startScriptedModel({
      work: [run('echo made > made; echo out > ../out; cat .env; echo end'), 'Worked.'],
      leave: [run('echo more > ../out', {outside: true}), 'Left.'],
      slow: [run('echo begun > begun; sleep 300'), 'Never.'],
    })
    suite.home.configure(`discoverLocal: false\npermissions.sandbox: true\n${model.configuration}`)
    mkdirSync(path.join(suite.home.cwd, '.git'))
    writeFileSync(path.join(suite.home.cwd, '.env'), 'KEY=secret-of-the-project\n')
  })
  afterEach(() => model.close())
  const made = (name: string) => path.join(suite.home.cwd, name)

  it('need no question inside, and one for what needs more', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('work')
    await chat.waitFor('Worked.')
    await chat.ready()
    expect(readFileSync(made('made'), 'utf8')).to.equal('made\n')
    expect(existsSync(made('../out'))).to.equal(false)
    const [result] = model.results()
    expect(result).to.include({sandboxed: true})
    expect(JSON.stringify(result)).to.include('end').and.not.include('secret-of-the-project')
    expect(chat.scrollback()).to.include('in the sandbox')
    await chat.submit('leave')
    await chat.waitFor('Run a shell command outside of the sandbox')
    expect(existsSync(made('../out'))).to.equal(false)
    await chat.waitFor('type what to do instead')
    chat.type('1')
    await chat.waitFor('Left.')
    expect(readFileSync(made('../out'), 'utf8')).to.equal('more\n')
    await chat.quit()
  })

  it('run where nobody can be asked, and nothing of them outlives a gateway that is killed', async () => {
    const {stdout} = await runProgram(
      process.execPath,
      [programPath, 'chat', '--output-format', 'json', '-p', 'work'],
      {
        cwd: suite.home.cwd,
        env: suite.home.env(),
      },
    )
    const result = JSON.parse(stdout) as PrintResult
    expect(result.permission_denials).to.deep.equal([])
    expect(readFileSync(made('made'), 'utf8')).to.equal('made\n')
    const chat = suite.start()
    await chat.ready()
    await chat.submit('slow')
    await chat.waitFor(() => existsSync(made('begun')), {what: 'the command'})
    const before = await chat.killGateway()
    await chat.gateway(before)
    await chat.waitFor(
      () => spawnSync('pgrep', ['-f', `sleep 300.*${suite.home.cwd}|${suite.home.cwd}.*sleep 300`]).status !== 0,
      {
        what: 'the end of what ran',
      },
    )
    await chat.quit()
  })
})
