import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {someOf} from '../../helpers/sample.js'
import {calls, promptOf, resultOf, says, stepsOf, systemOf, useProgram} from './program.js'

const builtIn = 'You are Hermes'

describe('hermes chat --system-prompt', function () {
  this.timeout(60_000)
  const program = useProgram()
  const last = () => {
    const request = program.asked().at(-1)
    if (!request) throw new Error('nothing was asked')
    return systemOf(request)
  }

  it('stands in place of the configured one, or behind it, whatever is in it', async () => {
    program.script(() => says('ok'))
    writeFileSync(path.join(program.home.cwd, 'AGENTS.md'), 'House rules.')
    const texts = ['Be a pirate.', "It's “quoted” $HOME `x` \\ \n second line 😀", '  ', ' indented']
    for (const text of someOf(texts, 1)) {
      expect((await program.run(['-p', 'x', '--system-prompt', text])).code).to.equal(0)
      if (text.trim() !== '') expect(last()).to.include(text)
      expect(last()).to.not.include(builtIn)
      expect(last()).to.include('House rules.').and.to.include('Working directory:')
      expect((await program.run(['-p', 'x', '--append-system-prompt', text])).code).to.equal(0)
      expect(last()).to.include(builtIn)
      if (text.trim() !== '') expect(last().indexOf(text)).to.be.above(last().indexOf(builtIn))
    }
    await program.run(['-p', 'x', '--system-prompt', 'First.', '--append-system-prompt', 'Second.'])
    expect(last()).to.match(/^First\.\n\nSecond\.\n\n/)
    await program.run(['-p', 'x', '--system-prompt', ''])
    expect(last()).to.not.include(builtIn)
  })

  it('holds where the gateway dies, and ends with the run', async () => {
    program.script(async (request, count) => {
      if (promptOf(request) === 'again') return says('ok')
      if (count === 1) await new Promise(() => {})
      return stepsOf(request) === 0 ? calls('list_files', {path: '.'}) : says('done')
    })
    const {child, ended, killGateway} = program.start('-p', 'go', '--system-prompt', 'Be a pirate.')
    child.stdin.end()
    while (program.asked().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    killGateway()
    expect(await ended).to.include({code: 0})
    expect(program.asked().map((request) => systemOf(request).startsWith('Be a pirate.'))).to.deep.equal([
      true,
      true,
      true,
    ])
    await program.run(['-p', 'again', '-c'])
    expect(last()).to.match(new RegExp(`^${builtIn}`))
    await program.run(['-p', 'again', '-c', '--system-prompt', 'Be brief.'])
    expect(last()).to.match(/^Be brief\./)
  })

  it('reaches the gateway, as --max-turns does, also with a configuration that is too long to be handed down', async () => {
    program.script((_, count) => calls('list_files', {path: '.'}, `c${count}`))
    const text = `Be a pirate.\n${'x'.repeat(100_000)}`
    const ended = await program.run(['-p', 'x', '--system-prompt', text, '--max-turns', '1', '--output-format', 'json'])
    expect(ended.code, ended.stderr).to.equal(9)
    expect(resultOf(ended)).to.include({num_turns: 1})
    expect(last()).to.include(text)
    const tooLong = await program.run(['-p', 'x', '--append-system-prompt', 'x\n'.repeat(50_000)])
    expect(tooLong.code).to.equal(2)
    expect(tooLong.stderr).to.include('--append-system-prompt is too long').and.to.include('120000')
  })

  it('is not handed on to what the gateway starts', async () => {
    program.script((request) => (stepsOf(request) === 0 ? calls('terminal', {command: 'env'}) : says('done')))
    const long = `Be a pirate.${'x'.repeat(40_000)}`
    for (const text of ['Be a pirate.', long]) {
      const ended = await program.run(['-p', 'x', '--allow', 'bash(*)', '--system-prompt', text])
      expect(ended.code, ended.stderr).to.equal(0)
      const result = program
        .asked()
        .at(-1)
        ?.messages.find(({role}) => role === 'tool')
      expect(result?.content).to.include('HOME=').and.not.include('pirate').and.not.include('HERMES_GATEWAY')
    }
  })

  it('is refused for a gateway that has its own, before anything is sent', async () => {
    const folder = path.join(program.home.dir, 'other')
    mkdirSync(folder)
    const started = path.join(folder, 'started')
    const gateway = path.join(folder, 'gateway.mjs')
    writeFileSync(gateway, `import {writeFileSync} from 'node:fs'; writeFileSync(${JSON.stringify(started)}, '')`)
    const flags = [
      ['--system-prompt', 'x'],
      ['--append-system-prompt', 'x'],
      ['--max-turns', '2'],
      ['--add-dir', '.'],
    ] as const
    for (const [flag, value] of someOf(flags, 2)) {
      const ended = await program.run(['-p', 'x', flag, value, '--gateway-command', `${process.execPath} ${gateway}`])
      expect(ended.code, flag).to.equal(2)
      expect(ended.stderr).to.include(`${flag} is for the built-in gateway`).and.to.include(`leave ${flag} out`)
    }
    expect(() => writeFileSync(started, '', {flag: 'wx'})).to.not.throw()
  })
})

describe('hermes chat --add-dir', function () {
  this.timeout(60_000)
  const program = useProgram()

  it('lets a run read and, where it may, change files of another folder', async () => {
    const other = path.join(program.home.dir, 'other')
    mkdirSync(other)
    writeFileSync(path.join(other, 'a.txt'), 'found it')
    program.script((request) =>
      stepsOf(request) === 0 ? calls('read_file', {path: path.join(other, 'a.txt')}) : says('done'),
    )
    const result = (...args: string[]) => program.run(['-p', 'x', '--output-format', 'json', ...args])
    const refused = resultOf(await result())
    expect(refused.permission_denials).to.have.lengthOf(1)
    const allowed = resultOf(await result('--add-dir', '../other'))
    expect(allowed.permission_denials).to.deep.equal([])
    expect(JSON.stringify(program.asked().at(-1))).to.include('found it')
    const wrong = await result('--add-dir', 'nowhere')
    expect(wrong.code).to.equal(2)
    expect(wrong.stderr).to.include('--add-dir nowhere: there is no such folder')
  })
})
