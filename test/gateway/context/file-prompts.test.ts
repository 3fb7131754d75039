import {mkdir, rm, symlink, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {revokeTrust, trustProject} from '../../../src/config/trust-project.js'
import {makeOdd, oddKinds} from '../../helpers/odd-files.js'
import {Scratch} from '../gateway-process.js'
import {ProviderSession} from './provider-session.js'

async function put(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), {recursive: true})
  await writeFile(file, text)
}

describe('commands and skills of files', () => {
  const scratch = new Scratch()
  const session = new ProviderSession(scratch, {
    script: ({messages}) => {
      const asked = messages.findLast(({role}) => role === 'user')?.content ?? ''
      const wanted = /^read (.+)$/.exec(asked)?.[1]
      if (wanted === undefined || messages.at(-1)?.role === 'tool') return {kind: 'stream', text: ['done']}
      return {kind: 'stream', toolCalls: [{id: 'c1', name: 'read_file', arguments: JSON.stringify({path: wanted})}]}
    },
  })
  const inHome = (...parts: string[]) => path.join(scratch.home, ...parts)
  const inProject = (...parts: string[]) => path.join(scratch.project, ...parts)
  const open = async () => {
    const gateway = await session.start()
    const catalog = async () => {
      const {files, warning} = await gateway.call<{files: {name: string}[]; warning: string}>('commands.catalog')
      return {files, warning, names: files.map(({name}) => name)}
    }
    return {gateway, catalog, ...(await gateway.create())}
  }
  const trust = () => ({cwd: scratch.project, env: {HOME: scratch.home, HERMES_HOME: scratch.home}, file: undefined})

  it('make a prompt of what is typed behind the command', async () => {
    await put(
      inHome('commands', 'review.md'),
      '---\ndescription: Looks at a change\nargument-hint: FILE [focus]\n---\nReview $1 for $2. All: $ARGUMENTS. \\$5 $9\n',
    )
    await put(inHome('commands', 'plain.md'), 'Say hello.')
    const {gateway, catalog, sid} = await open()
    expect((await catalog()).files).to.deep.equal([
      {name: 'plain', summary: 'Say hello.', args: '', path: inHome('commands', 'plain.md')},
      {name: 'review', summary: 'Looks at a change', args: 'FILE [focus]', path: inHome('commands', 'review.md')},
    ])
    const {message} = await gateway.refused('slash.exec', {session_id: sid, command: '/review a b'})
    expect(message).to.include('command.dispatch')
    const dispatch = (name: string, arg: string) => gateway.call('command.dispatch', {session_id: sid, name, arg})
    expect(await dispatch('review', '"my file.ts" $1')).to.deep.equal({
      type: 'send',
      message: 'Review my file.ts for $1. All: "my file.ts" $1. $5 ',
    })
    expect(await dispatch('plain', '')).to.deep.equal({type: 'send', message: 'Say hello.'})
    expect(await dispatch('plain', 'to all')).to.deep.equal({type: 'send', message: 'Say hello.\n\nto all'})
  })

  it('of a project count from when it is trusted until they change', async () => {
    await put(inProject('.hermes', 'commands', 'deploy.md'), 'Deploy.')
    await put(
      inProject('.hermes', 'skills', 'cook', 'SKILL.md'),
      '---\nname: cook\ndescription: Cooks soup\n---\nBoil.',
    )
    await put(inProject('.claude', 'skills', 'bake', 'SKILL.md'), '---\ndescription: Bakes bread\n---\nBake.')
    const {gateway, catalog, sid} = await open()
    const context = async () =>
      String((await gateway.call('slash.exec', {session_id: sid, command: '/context'})).output)
    expect((await catalog()).names).to.deep.equal([])
    expect(await context()).to.include('3 commands and skills of this project are not used until you trust it')
    await gateway.turn(sid, 'hello')
    expect(session.system()).to.not.match(/cook|bake/)

    const {prompts} = await trustProject(trust())
    expect(prompts).to.have.length(3)
    expect((await catalog()).names).to.deep.equal(['deploy'])
    await gateway.turn(sid, 'hello')
    expect(session.system()).to.include(`- cook: Cooks soup (${inProject('.hermes', 'skills', 'cook', 'SKILL.md')})`)
    expect(session.system()).to.include('- bake: Bakes bread (').and.not.include('Boil.')

    await writeFile(inProject('.hermes', 'commands', 'deploy.md'), 'Deploy, and tell everybody.')
    expect((await catalog()).names).to.deep.equal([])
    expect(await context()).to.include('1 command or skill of this project is not used')
    expect((await revokeTrust(trust())).wasTrusted).to.equal(true)
    await gateway.turn(sid, 'hello')
    expect(session.system()).to.not.match(/cook|bake/)
  })

  it('are read by the model, those of the person unasked, and but for secrets beside them', async () => {
    await put(inHome('skills', 'cook', 'SKILL.md'), '---\ndescription: Cooks soup\n---\nBoil water.')
    await put(inHome('skills', 'cook', '.env'), 'KEY=1')
    const {gateway, sid} = await open()
    await gateway.turn(sid, `read ${inHome('skills', 'cook', 'SKILL.md')}`)
    expect(session.system()).to.include('- cook: Cooks soup')
    expect(session.messages().at(-1)?.content).to.include('Boil water.')
    const from = gateway.frames.length
    await gateway.call('prompt.submit', {session_id: sid, text: `read ${inHome('skills', 'cook', '.env')}`})
    await gateway.event('approval.request', from)
  })

  it('that have the name of another command, or of one another, are told', async () => {
    await put(inHome('commands', 'model.md'), 'Mine.')
    await put(inHome('commands', 'both.md'), 'Mine.')
    await put(inHome('commands', 'empty.md'), '---\ndescription: nothing\n---\n')
    await put(inProject('.hermes', 'commands', 'both.md'), 'Theirs.')
    await trustProject(trust())
    const {gateway, catalog, sid} = await open()
    const {names, warning} = await catalog()
    expect(names).to.deep.equal(['both'])
    expect(warning.split('\n')).to.have.length(3)
    expect(warning)
      .to.include('/model is a command of hermes')
      .and.include('has the same name')
      .and.include('no prompt')
    const sent = await gateway.call('command.dispatch', {session_id: sid, name: 'both', arg: ''})
    expect(sent).to.include({message: 'Mine.'})
  })

  it('that are odd, or links of a project, are passed over', async function () {
    this.timeout(120_000)
    for (const [index, kind] of oddKinds.entries()) {
      makeOdd(kind, inHome('commands', `odd${index}.md`))
      makeOdd(kind, inHome('skills', `odd${index}`, 'SKILL.md'))
      makeOdd(kind, inProject('.hermes', 'commands', `odd${index}.md`))
    }
    await put(inHome('commands', 'good.md'), 'Good.')
    await put(inProject('elsewhere.md'), 'Elsewhere.')
    await symlink(inProject('elsewhere.md'), inProject('.hermes', 'commands', 'linked.md'))
    await trustProject(trust()).catch(() => {})
    const {gateway, catalog, sid} = await open()
    expect((await catalog()).names).to.deep.equal(['good'])
    const {status} = await gateway.turn(sid, 'hello')
    expect(status).to.equal('complete')
    await rm(scratch.project, {recursive: true, force: true})
  })
})
