import {existsSync, mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {logged} from '../../helpers/program/logged.js'
import {calls, says, stepsOf, useProgram} from './program.js'

describe('hooks of tools where nobody can be asked', function () {
  this.timeout(60_000)
  const program = useProgram(
    'hooks:\n  timeoutMs: 20000\n  turn:end: cat >> "$HOME/turns"\n  tool:after: cat >> "$HOME/after"\n',
  )
  const plugin = (text: string) => {
    const folder = path.join(program.home.hermes, 'plugins')
    mkdirSync(folder, {recursive: true})
    writeFileSync(path.join(folder, 'policy.ts'), text)
  }
  const told = (name: string) => logged(path.join(program.home.dir, name))

  it('keep a call from running, tell the model and the person why, and hear of what ran', async () => {
    plugin(`export const onToolBefore = ({name, args, cwd}: any) => {
  if (args.command?.includes('forbidden')) return {deny: 'not in ' + cwd.split('/').pop()}
  if (name === 'todo') return {ask: 'tasks are yours'}
}`)
    const file = path.join(program.home.cwd, 'forbidden')
    program.script((request) => {
      const step = stepsOf(request)
      if (step === 0) return calls('terminal', {command: `touch ${file}`}, 'c0')
      if (step === 1) return calls('list_files', {path: '.'}, 'c1')
      if (step === 2) return calls('todo', {todos: []}, 'c2')
      return says('done')
    })
    const {code, stderr} = await program.run(['-p', 'go', '--allow', 'bash(*)'])
    expect(code, stderr).to.equal(0)
    const where = path.basename(program.home.cwd)
    expect(stderr).to.include(`: denied by plugin policy.ts: not in ${where}`)
    expect(stderr).to.include('plugin policy.ts wants the person to be asked (tasks are yours), and nobody can be')
    expect(existsSync(file)).to.equal(false)
    const results =
      program
        .asked()
        .at(-1)
        ?.messages.filter(({role}) => role === 'tool') ?? []
    expect(results[0]?.content).to.include(`denied by plugin policy.ts: not in ${where}`)
    expect(told('after').map(({toolId, state, ok, name}) => [toolId, name, state, ok])).to.deep.equal([
      ['c0', 'terminal', 'denied', false],
      ['c1', 'list_files', 'complete', true],
      ['c2', 'todo', 'denied', false],
    ])
    expect(told('turns')).to.have.length(1)
    expect(told('turns')[0]).to.include({type: 'turn-end', status: 'complete', tools: 3, steps: 4})
  })

  it('that throw are named once, and leave the call to the rules', async () => {
    plugin("export const onToolBefore = () => { throw new Error('broken') }")
    program.script((request) =>
      stepsOf(request) < 2 ? calls('list_files', {path: '.'}, `c${stepsOf(request)}`) : says('x'),
    )
    const {code, stderr} = await program.run(['-p', 'go'])
    expect(code, stderr).to.equal(0)
    expect(stderr.match(/plugin policy\.ts: hook tool:before failed \(threw\): broken/g)).to.have.length(1)
    const results =
      program
        .asked()
        .at(-1)
        ?.messages.filter(({role}) => role === 'tool') ?? []
    expect(results[1]?.content).to.include('without plugin policy.ts: threw: broken')
  })
})
