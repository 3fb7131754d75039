import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runProgram} from '../../helpers/program/run-program.js'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'
import {type ModelStep, type ScriptedModel, startScriptedModel} from '../../helpers/scripted-model.js'

const terminal = (command: string): ModelStep => [{name: 'terminal', args: {command}}]
const edit = (file: string, old: string, text: string): ModelStep => [
  {name: 'edit_file', args: {path: file, edits: [{old, new: text}]}},
]

/** What is on screen when keys count. */
const open = /type what to do instead/

describe('permissions, end to end', () => {
  const suite = useChats()
  let model: ScriptedModel

  async function script(steps: Record<string, ModelStep[]>): Promise<void> {
    model = await startScriptedModel(steps)
    suite.home.configure(`discoverLocal: false\n${model.configuration}`)
  }
  afterEach(() => model?.close())

  const file = (name: string) => path.join(suite.home.cwd, name)
  const print = (args: readonly string[]) =>
    runProgram(process.execPath, [programPath, 'chat', ...args, '--output-format', 'json'], {
      cwd: suite.home.cwd,
      env: suite.home.env(),
    })

  it('shows what hides in a command, and runs nothing that was denied', async () => {
    await script({tidy: [terminal('rm -rf build \u001b]0; touch PWNED; echo \u0007 done'), 'as you wish']})
    mkdirSync(file('build'))
    const chat = suite.start()
    await chat.ready()
    await chat.submit('tidy up')
    await chat.waitFor(open)
    expect(chat.screen()).to.include('contains hidden characters: ESC, BEL').and.to.include('touch PWNED')
    chat.press('escape')
    await chat.waitFor('as you wish')
    expect(existsSync(file('build'))).to.equal(true)
    expect(existsSync(file('PWNED'))).to.equal(false)
    expect(model.results().at(-1)).to.include({denied: true})
  })

  it('remembers a yes for the session for what was offered, through a death of the gateway, and no further', async () => {
    await script({
      'first change': [edit('a.txt', 'one', 'ONE'), 'changed'],
      'second change': [edit('a.txt', 'two', 'TWO'), edit('b.txt', 'one', 'ONE'), 'changed again'],
    })
    for (const name of ['a.txt', 'b.txt']) writeFileSync(file(name), 'one\ntwo\n')
    const chat = suite.start()
    await chat.ready()
    await chat.submit('first change')
    await chat.waitFor(open)
    expect(chat.screen())
      .to.match(/-one\s+\+ONE/)
      .and.to.match(/2 Allow for this session: this file/)
    chat.type('2')
    await chat.waitFor('changed')
    await chat.ready()
    process.kill(await chat.gateway(), 'SIGKILL')
    await chat.waitFor('session recovered')
    await chat.ready()
    await chat.submit('second change')
    await chat.waitFor(open)
    expect(readFileSync(file('a.txt'), 'utf8')).to.equal('ONE\nTWO\n')
    expect(chat.screen()).to.include('b.txt')
    chat.press('escape')
    await chat.waitFor('changed again')
    expect(readFileSync(file('b.txt'), 'utf8')).to.equal('one\ntwo\n')
  })

  it('keeps "always" for the project until it is taken back', async () => {
    await script({'make it': [terminal('touch made'), 'made'], again: [terminal('touch made'), 'made again']})
    const first = suite.start()
    await first.ready()
    await first.submit('make it')
    await first.waitFor(/3 Always in this project: exactly this command[\s\S]*type what to do instead/)
    first.type('3')
    await first.waitFor('made')
    await first.ready()
    await first.quit()

    const second = suite.start()
    await second.ready()
    await second.submit('again')
    await second.waitFor('made again')
    await second.ready()
    await second.submit('/permissions')
    await second.waitFor('bash(touch made)')
    await second.submit('/permissions remove 1')
    await second.waitFor('no longer: allow bash(touch made)')
    await second.submit('again')
    await second.waitFor(open)
    second.press('escape')
    await second.ready()
  })

  it('stays in the mode that was chosen when the gateway dies', async () => {
    await script({'write it': [[{name: 'write_file', args: {path: 'new.txt', content: 'x'}}], 'tried']})
    const chat = suite.start()
    await chat.ready()
    await chat.submit('/mode plan')
    await chat.waitFor('mode: plan')
    process.kill(await chat.gateway(), 'SIGKILL')
    // Nothing was said yet, and it keeps its key all the same.
    await chat.waitFor(/killed by SIGKILL[\s\S]*session recovered/)
    await chat.ready()
    await chat.submit('write it')
    await chat.waitFor('tried')
    expect(existsSync(file('new.txt'))).to.equal(false)
    expect(model.results().at(-1)?.error).to.include('plan mode')
    await chat.waitFor(/^● ready · plan/m)
  })

  it('is said by flags in print mode, and told in the result', async () => {
    await script({
      do: [[{name: 'write_file', args: {path: 'src/a.txt', content: 'a'}}], terminal('touch b'), 'finished'],
    })
    mkdirSync(file('src'))
    const denied = await print(['-p', 'do it'])
    expect(denied.code).to.equal(0)
    const told = JSON.parse(denied.stdout)
    expect(told).to.deep.include({status: 'complete', text: 'finished', num_turns: 3})
    expect(told.tools.map((tool: {status: string}) => tool.status)).to.deep.equal(['denied', 'denied'])
    expect(told.permission_denials.map((each: {would_allow: string}) => each.would_allow)).to.deep.equal([
      'edit(src/a.txt)',
      'bash(touch b)',
    ])
    expect(model.results().map(({error}) => error)).to.deep.equal([
      'write_file: not allowed in this run',
      'terminal: not allowed in this run',
    ])
    expect(existsSync(file('src/a.txt'))).to.equal(false)

    const allowed = await print(['-p', 'do it', '--allow', 'edit(src/**)', '--allow', 'bash(touch *)'])
    expect(JSON.parse(allowed.stdout).permission_denials).to.deep.equal([])
    expect(existsSync(file('src/a.txt')) && existsSync(file('b'))).to.equal(true)

    const stopped = await print(['-p', 'do it', '--max-steps', '2'])
    expect(stopped.code).to.equal(9)
    expect(JSON.parse(stopped.stdout).error.code).to.equal('turn/step-limit')
  })

  it('runs git unasked in a hostile repository, and none of its programs', async () => {
    await script({look: [terminal('git status --short'), terminal('git diff'), terminal('git log --oneline'), 'seen']})
    const git = (...args: string[]) =>
      execFileSync('git', args, {cwd: suite.home.cwd, env: suite.home.env({GIT_CONFIG_NOSYSTEM: '1'}), stdio: 'pipe'})
    git('init', '-q')
    writeFileSync(file('a.txt'), 'one\n')
    writeFileSync(file('.gitattributes'), '* diff=x filter=x\n')
    git('add', '.')
    git('-c', 'user.name=n', '-c', 'user.email=e@e', 'commit', '-qm', 'first')
    writeFileSync(file('a.txt'), 'two\n')
    const canary = `touch ${file('CANARY')}`
    for (const key of [
      'core.fsmonitor',
      'diff.external',
      'diff.x.textconv',
      'diff.x.command',
      'filter.x.clean',
      'core.pager',
    ]) {
      git('config', key, `${canary}; false`)
    }
    const {stdout} = await print(['-p', 'look around'])
    const result = JSON.parse(stdout)
    expect(result.permission_denials).to.deep.equal([])
    expect(existsSync(file('CANARY'))).to.equal(false)
    const outputs = model.results().map(({output}) => String(output))
    expect(outputs[0]).to.include('M a.txt')
    expect(outputs[1]).to.include('+two')
    expect(outputs[2]).to.include('first')
  })

  it('takes out of results what is held back from commands, before they are sent or stored', async () => {
    await script({show: [[{name: 'read_file', args: {path: 'notes.txt'}}], 'read']})
    writeFileSync(file('notes.txt'), 'the token is ghp_canarycanary1234 and the key sk-scripted-model-key\n')
    const {stdout} = await runProgram(
      process.execPath,
      [programPath, 'chat', '-p', 'show', '--output-format', 'stream-json'],
      {
        cwd: suite.home.cwd,
        env: suite.home.env({GITHUB_TOKEN: 'ghp_canarycanary1234'}),
      },
    )
    expect(model.results().at(-1)?.content).to.equal('1\tthe token is [redacted] and the key [redacted]')
    for (const text of [stdout, readFileSync(suite.home.database, 'latin1')]) {
      expect(text).to.not.include('ghp_canarycanary1234').and.to.not.include('sk-scripted-model-key')
    }
  })
})
