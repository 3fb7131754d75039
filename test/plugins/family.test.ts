import {cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {root} from '../helpers/build.js'
import {offlinePlugins, useProgramBox} from '../helpers/program/box.js'
import {runProgram} from '../helpers/program/run-program.js'

const command = `export default class Greet {
  static args = {}
  static flags = {}
  static summary = 'Say hello.'
  static async run() { console.log('hello from a plugin') }
}
`

describe("oclif's own plugins", function () {
  this.timeout(60_000)
  const program = useProgramBox(offlinePlugins)
  const {hermes} = program

  /** A plugin with a command, in a folder of its own. */
  function greeter(version = '1.0.0', folder = 'greeter'): string {
    program.box.write(
      `${folder}/package.json`,
      JSON.stringify({
        name: 'hermes-greeter',
        version,
        type: 'module',
        oclif: {commands: './dist/commands'},
      }),
    )
    program.box.write(`${folder}/dist/commands/greet.js`, command)
    return path.join(program.box.directory, folder)
  }

  it('link a plugin without network, run its command without a word on stderr, list and unlink it', async () => {
    const linked = await hermes('plugins', 'link', greeter(), '--no-install')
    expect(linked.code, linked.stderr).to.equal(0)
    expect(await hermes('greet')).to.deep.equal({code: 0, signal: null, stdout: 'hello from a plugin\n', stderr: ''})
    for (const args of [['plugins'], ['plugins', 'list']]) {
      expect((await hermes(...args)).stdout).to.include('hermes-greeter 1.0.0 (link)')
    }
    expect((await hermes('--help')).stdout).to.match(/greet +Say hello\./)
    expect((await hermes('which', 'greet')).stdout).to.include('plugin: hermes-greeter')
    expect((await hermes('plugins', 'uninstall', 'hermes-greeter')).code).to.equal(0)
    expect((await hermes('greet')).stderr).to.include('"greet" is not a command')
  })

  it('say which plugin is left out and why, and take it away', async () => {
    const folder = greeter()
    await hermes('plugins', 'link', folder, '--no-install')
    const without = 'to be rid of it: hermes plugins uninstall hermes-greeter\n'
    writeFileSync(path.join(folder, 'package.json'), '{')
    expect((await hermes('config', 'path')).stderr)
      .to.match(/^hermes: plugin hermes-greeter is left out, .*package\.json can't be read: /)
      .and.include(without)
    rmSync(folder, {recursive: true})
    const said = `hermes: plugin hermes-greeter is left out, there is no ${folder}; ${without}`
    for (const args of [['plugins'], ['plugins', 'list'], ['config', 'path']]) {
      expect(await hermes(...args), args.join(' ')).to.include({code: 0, stderr: said})
    }
    const {checks} = JSON.parse((await hermes('doctor', '--json')).stdout)
    const check = checks.find(({id}: {id: string}) => id === 'plugins')
    expect(check).to.include({status: 'fail', summary: '1 plugin cannot be loaded'})
    expect(check.evidence).to.include(`hermes-greeter: there is no ${folder}`)
    expect((await hermes('plugins', 'uninstall', 'hermes-greeter')).code).to.equal(0)
    expect((await hermes('config', 'path')).stderr).to.equal('')
  })

  it('install a packed plugin, update it and remove it', async () => {
    const {directory, env} = program.box
    const folders = [greeter('1.0.0', 'first'), greeter('1.1.0', 'second')]
    const packed = await runProgram('npm', ['pack', ...folders, '--pack-destination', directory], {cwd: directory, env})
    expect(packed.code, packed.stderr).to.equal(0)
    const pack = (version: string) => `file:${path.join(directory, `hermes-greeter-${version}.tgz`)}`
    const installed = await hermes('plugins', 'install', pack('1.0.0'))
    expect(installed.code, installed.stderr).to.equal(0)
    expect((await hermes('plugins')).stdout).to.include('hermes-greeter 1.0.0')
    expect((await hermes('greet')).stdout).to.equal('hello from a plugin\n')
    expect((await hermes('plugins', 'update')).code).to.equal(0)
    expect((await hermes('plugins', 'install', pack('1.1.0'))).code).to.equal(0)
    expect((await hermes('plugins')).stdout).to.include('hermes-greeter 1.1.0')
    expect((await hermes('plugins', 'uninstall', 'hermes-greeter')).code).to.equal(0)
    expect((await hermes('plugins', 'list')).stdout).to.equal('No plugins installed.\n')
  })

  it('remove all plugins only when that was agreed to', async () => {
    await hermes('plugins', 'link', greeter(), '--no-install')
    const refused = await hermes('plugins', 'reset')
    expect(refused).to.include({code: 2, stdout: ''})
    expect(refused.stderr).to.match(/^hermes: nothing was removed\n/)
    expect((await hermes('plugins')).stdout).to.include('hermes-greeter')
    const done = await hermes('plugins', 'reset', '--yes')
    expect(done.code, done.stderr).to.equal(0)
    expect(done.stdout).to.include('Unlinked hermes-greeter')
    expect((await hermes('plugins')).stdout).to.equal('No plugins installed.\n')
  })

  it('refuse what is no plugin', async () => {
    program.box.write('nothing/package.json', '{"name": "nothing", "version": "1.0.0"}')
    for (const [folder, said] of [
      ['nothing', 'that is no plugin: its package.json has no "oclif" that names commands or hooks'],
      ['nowhere', `${path.join(program.box.directory, 'nowhere')} is no plugin: it has no package.json`],
    ] as const) {
      const {code, stderr} = await hermes('plugins', 'link', path.join(program.box.directory, folder), '--no-install')
      expect(code).to.equal(2)
      expect(stderr.split('\n').slice(-3)).to.deep.equal([`hermes: ${said}`, '  try: hermes plugins link --help', ''])
    }
    expect((await hermes('plugins')).stdout).to.equal('No plugins installed.\n')
  })

  it('help, show where a command is from, name what was meant, and complete', async () => {
    expect((await hermes('help', 'chat')).stdout).to.include('$ hermes chat')
    expect((await hermes('which', 'plugins')).stdout).to.include('plugin: @oclif/plugin-plugins')
    expect((await hermes('plugin')).stderr).to.include('did you mean "hermes plugins"?')
    expect((await hermes('confg', 'get', 'model')).stderr).to.include('did you mean "hermes config get"?')
    expect((await hermes('completion', 'bash')).stdout).to.include('complete -F _hermes hermes')
    expect((await hermes('__complete', 'zsh', '--', 'plugins', 'l')).stdout).to.include('link\t')
  })

  it('are not loaded for a command of ours', async () => {
    for (const name of ['bin', 'package.json', 'oclif.manifest.json']) {
      cpSync(path.join(root, name), path.join(program.box.directory, 'program', name), {recursive: true})
    }
    const copy = path.join(program.box.directory, 'program')
    symlinkSync(path.join(root, 'dist'), path.join(copy, 'dist'), 'junction')
    const trap = path.join(copy, 'node_modules', '@oclif', 'plugin-plugins')
    mkdirSync(trap, {recursive: true})
    writeFileSync(path.join(trap, 'package.json'), 'this is no JSON')
    const run = (...args: string[]) =>
      runProgram(process.execPath, [path.join(copy, 'bin', 'run.js'), ...args], {
        cwd: program.box.project,
        env: program.box.env,
      })
    expect(await run('config', 'path')).to.include({code: 0, stderr: ''})
    expect((await run('plugins', 'inspect', 'x')).code).to.not.equal(0)
  })
})
