import {existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {loadConfig, projectPlaces} from '../../src/config/index.js'
import {trustFile} from '../../src/config/paths.js'
import {type ConfigKey, configKeys, settingOf} from '../../src/config/schema.js'
import {revokeTrust, trustProject} from '../../src/config/trust-project.js'
import {HermesError} from '../../src/errors.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('trust in a project', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const load = () => loadConfig({cwd: box.project, env: box.env})
  const request = (file?: string) => ({cwd: box.project, env: box.env, file})
  const sensitive = 'model: a/b\ngateway:\n  command: evil --now\n'

  it('is needed for what names a command, a path, an address, a key or instructions', () => {
    const needed = configKeys.filter((key) => settingOf(key).rank === 'user')
    expect(needed).to.include.members(['gateway.command', 'log.path', 'providers', 'systemPrompt', 'tools.enabled'])
  })

  it('leaves sensitive keys of an untrusted file out, with a warning each, and takes the others', async () => {
    const file = box.write('home/project/.hermesrc.yaml', sensitive)
    const {values, warnings, files} = await load()
    expect(values.model).to.equal('a/b')
    expect(values['gateway.command']).to.equal(undefined)
    expect(files).to.deep.equal([{path: file, rank: 'project', trusted: false, ignored: ['gateway.command']}])
    expect(warnings).to.deep.equal([
      `${file}:3:3: "gateway.command" is ignored until you trust this file (read it, then run: hermes config trust ${file})`,
    ])
  })

  it('is needed for a command that prints a key, and shows it', async () => {
    const marker = path.join(box.directory, 'ran')
    const command = ['touch', marker]
    const text = JSON.stringify({providers: {anthropic: {apiKeyCommand: command}}, 'models.keyCommandTimeoutMs': 100})
    const file = box.write('home/project/.hermesrc.json', text)
    const {values, files} = await load()
    expect(values.providers).to.deep.equal({})
    expect(values['models.keyCommandTimeoutMs']).to.equal(60_000)
    expect(files[0]?.ignored).to.have.members(['providers', 'models.keyCommandTimeoutMs'])
    const {grants} = await trustProject(request(file))
    expect(grants).to.deep.include({key: 'providers', value: {anthropic: {apiKeyCommand: command}}})
    expect((await load()).values.providers).to.deep.equal({anthropic: {apiKeyCommand: command}})
    expect(existsSync(marker)).to.equal(false)
  })

  it('is needed for everything that loosens permission or hands on what is secret', async () => {
    const attempts: [key: ConfigKey, value: string][] = [
      ['permissions.mode', 'bypass'],
      ['permissions.allow', '["bash(*)"]'],
      ['permissions.ask', '[]'],
      ['permissions.deny', '[]'],
      ['permissions.addDirs', '[/]'],
      ['tools.maxSteps', '10000'],
      ['tools.env', '[AWS_SECRET_ACCESS_KEY]'],
      ['tools.afterEdit', '{"*": touch marker}'],
    ]
    const before = await load()
    for (const [key, value] of attempts) {
      const [group, name] = key.split('.')
      for (const text of [
        `${key}: ${value}\n`,
        `${group}:\n  ${name}: ${value}\n`,
        `${group}: {${name}: ${value}}\n`,
      ]) {
        const file = box.write('home/project/.hermesrc.yaml', text)
        const {values, origins, warnings, files} = await load()
        expect(values[key], text).to.deep.equal(before.values[key])
        expect(origins[key], text).to.deep.equal({kind: 'default'})
        expect(files, text).to.deep.equal([{path: file, rank: 'project', trusted: false, ignored: [key]}])
        expect(warnings, text).to.have.length(1)
      }
      await trustProject(request())
      expect((await load()).origins[key], key).to.include({kind: 'project'})
    }
  })

  it('does not look at the value of what it leaves out', async () => {
    box.write('home/project/.hermesrc.yaml', 'gateway.command: 5\n')
    expect((await load()).warnings).to.have.length(1)
  })

  it('holds for the content until it changes', async () => {
    const file = box.write('home/project/.hermesrc.yaml', sensitive)
    const report = await trustProject(request())
    expect(report).to.deep.equal({path: file, grants: [{key: 'gateway.command', value: 'evil --now'}]})
    const trusted = await load()
    expect(trusted.values['gateway.command']).to.deep.equal(['evil', '--now'])
    expect(trusted.warnings).to.deep.equal([])

    box.write('home/project/.hermesrc.yaml', sensitive.replace('now', 'more'))
    expect((await load()).values['gateway.command']).to.equal(undefined)
    box.write('home/project/.hermesrc.yaml', sensitive)
    expect((await load()).values['gateway.command']).to.deep.equal(['evil', '--now'])
  })

  it('of a package.json holds for our key alone', async () => {
    box.write('home/project/package.json', '{"version": "1.0.0", "hermes": {"gateway.command": "mine"}}')
    await trustProject(request())
    box.write('home/project/package.json', '{"version": "2.0.0", "hermes": {"gateway.command": "mine"}}')
    expect((await load()).values['gateway.command']).to.deep.equal(['mine'])
    box.write('home/project/package.json', '{"version": "2.0.0", "hermes": {"gateway.command": "other"}}')
    expect((await load()).values['gateway.command']).to.equal(undefined)
  })

  it('is for the file itself, however it is reached', async () => {
    const file = box.write('home/project/.hermesrc.yaml', sensitive)
    const link = path.join(box.directory, 'link')
    symlinkSync(box.project, link, 'junction')
    await trustProject(request(path.join(link, '.hermesrc.yaml')))
    expect((await load()).values['gateway.command']).to.deep.equal(['evil', '--now'])
    expect(Object.keys(JSON.parse(readFileSync(trustFile(box.env), 'utf8')).files)).to.deep.equal([file])
  })

  it('is not for a link to it, nor for a folder of configuration that is one', async () => {
    let tried = 0
    for (const name of projectPlaces) {
      const text = name.endsWith('package.json')
        ? '{"hermes": {"gateway.command": "evil"}}'
        : '{"gateway.command": "evil"}'
      const file = box.write(`home/other/${name}`, text)
      await trustProject(request(file))
      const parts = name.split('/')
      // The file is a link, then each folder of its place.
      for (let depth = parts.length; depth > 0; depth--) {
        tried++
        const linked = parts.slice(0, depth).join('/')
        mkdirSync(path.dirname(path.join(box.project, linked)), {recursive: true})
        symlinkSync(path.join(box.home, 'other', linked), path.join(box.project, linked))
        const {values, files} = await load()
        expect(values['gateway.command'], linked).to.equal(undefined)
        expect(files[0], linked).to.include({trusted: false})
        const error = await trustProject(request()).catch((thrown: unknown) => thrown)
        expect(error, linked).to.be.instanceOf(HermesError).with.property('code', 'config/trust-link')
        rmSync(box.project, {recursive: true})
        mkdirSync(box.project)
      }
      expect(
        (await loadConfig({cwd: path.join(box.home, 'other'), env: box.env})).values['gateway.command'],
      ).to.deep.equal(['evil'])
      rmSync(path.join(box.home, 'other'), {recursive: true})
    }
    console.log(`      ${tried} links tried`)
  })

  it('is for what lies beside the file, from every folder below it', async () => {
    const below = path.join(box.project, 'sub', 'deep')
    mkdirSync(below, {recursive: true})
    for (const [command, expected] of [
      ['[./gw.sh]', [path.join(box.project, 'gw.sh')]],
      ['./gw.sh --x', [path.join(box.project, 'gw.sh'), '--x']],
      ['[../gw.sh, ./a, b/c]', [path.join(box.home, 'gw.sh'), path.join(box.project, 'a'), 'b/c']],
      ['[bin/gw]', [path.join(box.project, 'bin/gw')]],
      ['[~/gw]', [path.join(box.home, 'gw')]],
      ['node ./gw.mjs ../x', ['node', path.join(box.project, 'gw.mjs'), path.join(box.home, 'x')]],
      ['[/usr/bin/gw, .]', ['/usr/bin/gw', '.']],
      ['python3 -m tui_gateway.entry', ['python3', '-m', 'tui_gateway.entry']],
    ] as const) {
      box.write('home/project/.hermesrc.yaml', `gateway.command: ${command}\n`)
      await trustProject(request())
      for (const cwd of [box.project, path.dirname(below), below]) {
        const {values} = await loadConfig({cwd, env: box.env})
        expect(values['gateway.command'], command).to.deep.equal(expected)
      }
    }
    // What the person types means what is here.
    const typed = await loadConfig({cwd: below, env: {...box.env, HERMES_GATEWAY_COMMAND: './gw.sh'}})
    expect(typed.values['gateway.command']).to.deep.equal(['./gw.sh'])
  })

  it('is not for the same content elsewhere', async () => {
    box.write('home/other/.hermesrc.yaml', sensitive)
    await trustProject(request('../other/.hermesrc.yaml'))
    box.write('home/project/.hermesrc.yaml', sensitive)
    expect((await load()).values['gateway.command']).to.equal(undefined)
  })

  it('can be taken back, also from a file that is gone', async () => {
    const file = box.write('home/project/.hermesrc.yaml', sensitive)
    await trustProject(request())
    expect(await revokeTrust(request(file))).to.deep.equal({path: file, wasTrusted: true})
    expect(await revokeTrust(request(file))).to.deep.equal({path: file, wasTrusted: false})
    expect((await load()).values['gateway.command']).to.equal(undefined)
  })

  it('is kept where only the person can read it', async () => {
    box.write('home/project/.hermesrc.yaml', sensitive)
    await trustProject(request())
    if (process.platform !== 'win32') expect(statSync(trustFile(box.env)).mode & 0o777).to.equal(0o600)
  })

  it('is not lost over a damaged list', async () => {
    box.write('home/project/.hermesrc.yaml', sensitive)
    const list = box.write('home/.local/share/hermes/trusted-config.json', '{"files": ')
    const error = await trustProject(request()).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(HermesError).with.property('code', 'config/trust-unreadable')
    expect(readFileSync(list, 'utf8')).to.equal('{"files": ')
  })

  it('needs a file', async () => {
    const error = await trustProject(request()).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(HermesError).with.property('code', 'config/no-project-file')
  })

  it('shows what it grants without secrets', async () => {
    box.write('home/project/.hermesrc.yaml', 'providers: {a: {apiKey: sk-1234567890abcdefghijkl}}\n')
    const {grants} = await trustProject(request())
    expect(grants).to.deep.equal([{key: 'providers', value: {a: {apiKey: 'sk-…ijkl'}}}])
  })
})
