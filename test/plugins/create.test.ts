import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {createPlugin} from '../../src/plugin-set/create.js'
import {parts} from '../../src/plugin-set/scaffold.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {type PackageRegistry, packTypes, startRegistry} from '../helpers/package-registry.js'
import {runHermes, runProgram} from '../helpers/program/run-program.js'
import {runs} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('a plugin that hermes begins', function () {
  this.timeout(180_000)
  let box: Sandbox
  let registry: PackageRegistry | undefined
  before(() => ensureBuilt())
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(async () => {
    await registry?.close()
    box.remove()
  })
  const env = () => ({
    ...box.env,
    PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
    NO_COLOR: '1',
    npm_config_registry: registry?.url ?? 'http://127.0.0.1:9',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  })
  const hermes = (...args: string[]) => runHermes(args, {cwd: box.project, env: env()})
  const npm = async (folder: string, ...args: string[]) => {
    const {code, stdout, stderr} = await runProgram('npm', args, {cwd: folder, env: env()})
    expect(code, `npm ${args.join(' ')}: ${stdout}${stderr}`).to.equal(0)
  }

  it('passes its tests at once without a network, whatever it has', async () => {
    const choices = fc.sample(fc.subarray([...parts], {minLength: 1}), runs(20, 1))
    const different = new Map([...choices, [...parts]].map((chosen) => [chosen.join(), chosen]))
    for (const [index, chosen] of [...different.values()].entries()) {
      const {folder} = createPlugin({name: `plugin-${index}`, parts: chosen, cwd: box.project, root})
      await npm(folder, 'test')
    }
    console.log(`      ${different.size} plugins`)
  })

  it('is installed, built, tested, linked and tried, as its README says', async () => {
    const file = await packTypes(box.home)
    registry = await startRegistry({'hermes-chat-types': {version: '1.0.0', file}})
    const {stdout} = await hermes('plugins', 'create', 'my-plugin')
    const folder = path.join(box.project, 'my-plugin')
    expect(stdout).to.include(`my-plugin is in ${folder}:`).and.include('src/hooks.ts')
    await npm(folder, 'install')
    expect(registry.missing).to.deep.equal([])
    expect(existsSync(path.join(folder, 'node_modules', 'hermes-chat', 'dist', 'testing.js'))).to.equal(true)
    expect(existsSync(path.join(folder, 'node_modules', 'hermes-chat', 'bin'))).to.equal(false)
    await npm(folder, 'run', 'build')
    await npm(folder, 'test')
    const linked = await hermes('plugins', 'link', folder, '--no-install')
    expect(linked.code, linked.stderr).to.equal(0)
    expect((await hermes('my-plugin')).stdout).to.equal('Hello from my-plugin.\n')
    const tried = await hermes('plugins', 'test', 'gateway:exit', '--set', 'cause=mine')
    expect(tried.code, tried.stderr).to.equal(0)
    expect(tried.stdout).to.match(/^my-plugin: gateway:exit done in \d+ ms\n {2}log: the gateway died: mine\n$/)
    const json = JSON.parse((await hermes('plugins', 'test', 'recover', '--json')).stdout)
    expect(json.plugins[0]).to.deep.include({plugin: 'my-plugin', hooks: ['gateway:recover']})
    expect(json.plugins[0]).to.not.have.property('failure')
    const doctor = JSON.parse((await hermes('doctor', '--json')).stdout)
    expect(doctor.checks.find(({id}: {id: string}) => id === 'plugins').status).to.equal('ok')
  })

  it('is refused a name that is none, and a folder that holds something', async () => {
    for (const name of ['My-plugin', '1st', 'a b', '../up', '@me/x', 'ä', 'a'.repeat(61)]) {
      const {code, stderr} = await hermes('plugins', 'create', '--', name)
      expect({name, code}).to.deep.equal({name, code: 2})
      expect(stderr).to.include('expected a lower case letter')
    }
    mkdirSync(path.join(box.project, 'there'))
    writeFileSync(path.join(box.project, 'there', 'mine.txt'), '')
    const {code, stderr} = await hermes('plugins', 'create', 'there')
    expect(code).to.equal(2)
    expect(stderr).to.include('is there already')
    expect(readdirSync(path.join(box.project, 'there'))).to.deep.equal(['mine.txt'])
    expect((await hermes('plugins', 'create', 'fine', '--only', 'hook')).stderr).to.include('did you mean "hooks"')
    expect((await hermes('plugins', 'test', 'gateway:exti')).stderr).to.include('did you mean "gateway:exit"')
  })
})
