import {writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {linkPlugin} from '../helpers/linked-plugin.js'
import {offlinePlugins, useProgramBox} from '../helpers/program/box.js'

const greet = 'export default class {static args = {}; static flags = {}; static async run() {console.log("hello")}}'

describe('a plugin that is left out', function () {
  this.timeout(60_000)
  const program = useProgramBox(offlinePlugins)
  const {hermes} = program
  const link = (more: object) =>
    linkPlugin(program.box, 'mine', {oclif: {commands: './commands'}, ...more}, {'commands/greet.js': greet})
  const pluginsOf = async () => {
    const {stdout} = await hermes('doctor', '--json')
    return JSON.parse(stdout).checks.find(({id}: {id: string}) => id === 'plugins')
  }

  it('because the person disabled it is silent everywhere but where plugins are listed, until it is enabled', async () => {
    link({})
    expect((await hermes('greet')).stdout).to.equal('hello\n')
    expect(await hermes('plugins', 'disable', 'mine')).to.include({
      code: 0,
      stdout: 'mine is disabled, from the next start of hermes on\n',
    })
    expect((await hermes('greet')).stderr).to.include('"greet" is not a command')
    expect((await hermes('--help')).stdout).to.not.include('greet')
    expect(await hermes('config', 'path')).to.include({code: 0, stderr: ''})
    for (const list of [['plugins'], ['plugins', 'list']]) {
      const {stdout, stderr} = await hermes(...list)
      expect(stdout).to.include('mine 1.0.0 (link)')
      expect(stderr).to.match(/^(hermes: )?plugin mine is disabled: hermes plugins enable mine\n$/)
    }
    expect(await pluginsOf()).to.include({status: 'ok'})
    expect(await hermes('plugins', 'enable', 'mime')).to.include({
      code: 2,
      stderr: 'hermes: there is no plugin "mime"; did you mean "mine"?\n  try: hermes plugins\n',
    })
    expect((await hermes('plugins', 'enable', 'mine')).code).to.equal(0)
    expect((await hermes('greet')).stdout).to.equal('hello\n')
  })

  it('because it is for another hermes is named in one line, and by the doctor, and can be taken out', async () => {
    link({engines: {hermes: '>=99'}})
    const line =
      /^hermes: plugin mine is left out, it is for hermes >=99 and this is .*: hermes plugins update; .*uninstall mine\n$/
    expect((await hermes('config', 'path')).stderr).to.match(line)
    const {stderr} = await hermes('greet')
    expect(stderr).to.include('"greet" is not a command').and.include('plugin mine is left out')
    expect(await pluginsOf()).to.include({status: 'warn', summary: '1 plugin left out, for another hermes'})
    expect((await hermes('plugins', 'uninstall', 'mine')).code).to.equal(0)
    expect((await hermes('config', 'path')).stderr).to.equal('')
  })

  it('or is not, where the list of those that are disabled is broken: that is told, and nothing else changes', async () => {
    link({})
    writeFileSync(path.join(program.box.home, '.local', 'share', 'hermes', 'disabled-plugins.json'), '{')
    const {code, stdout, stderr} = await hermes('greet')
    expect({code, stdout}).to.deep.equal({code: 0, stdout: 'hello\n'})
    expect(stderr).to.match(/^hermes: which plugins are disabled can't be read from .*; none is taken for disabled\n$/)
  })
})
