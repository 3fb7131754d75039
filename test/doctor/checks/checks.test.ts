import {spawnSync} from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import {loadConfig} from '../../../src/config/index.js'
import {configurationCheck} from '../../../src/doctor/checks/configuration.js'
import {crashLogCheck} from '../../../src/doctor/checks/crash-log.js'
import {databaseCheck} from '../../../src/doctor/checks/database.js'
import {gatewayCheck} from '../../../src/doctor/checks/gateway.js'
import {homeCheck} from '../../../src/doctor/checks/home.js'
import {judgeLeftovers, leftoversCheck} from '../../../src/doctor/checks/leftovers.js'
import {judgeMemory} from '../../../src/doctor/checks/memory.js'
import {pluginsCheck} from '../../../src/doctor/checks/plugins.js'
import {providerCheck} from '../../../src/doctor/checks/provider.js'
import {checkTerminal, terminalCheck} from '../../../src/doctor/checks/terminal.js'
import {findDeaths} from '../../../src/doctor/deaths/find-deaths.js'
import {remedyText} from '../../../src/doctor/text.js'
import type {DoctorContext, Finding} from '../../../src/doctor/types.js'
import {HermesError} from '../../../src/errors.js'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles, isWindows} from '../../../src/platform.js'
import {readCgroupMemory} from '../../../src/supervisor/death/memory-cgroup.js'
import {layLibrary} from '../../fixtures/cloud-library.js'
import {PluginBench} from '../../lifecycle/plugin-fixture.js'
import {configWith, contextFor, foundDeaths} from '../context.js'

const scripted = path.resolve(import.meta.dirname, '../../fixtures/scripted-gateway.mjs')
const text = ({summary, evidence = [], remedy = []}: Finding) =>
  [summary, ...evidence, ...remedy.map(remedyText)].join('\n')
const commands = ({remedy = []}: Finding) => remedy.flatMap((each) => (typeof each === 'string' ? [] : [each.command]))

describe('the checks of the doctor', () => {
  let home: string
  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-checks-')))
  })
  afterEach(() => rmSync(home, {recursive: true, force: true}))
  const context = (more: Partial<DoctorContext> = {}) => contextFor(home, more)

  describe('terminal', () => {
    const good = {isTerminal: true, columns: 120, rows: 40, colorDepth: 8}
    it('tells size, colours, Unicode and multiplexer', () => {
      const found = checkTerminal(good, {LANG: 'C.UTF-8', TERM: 'xterm', TMUX: '/tmp/x'})
      expect(found).to.include({status: 'ok', summary: '120×40, 256 colours, Unicode, tmux'})
    })
    it('remarks what a person would miss', () => {
      expect(checkTerminal({...good, columns: 30}, {LANG: 'C.UTF-8'}).status).to.equal('warn')
      expect(text(checkTerminal(good, {LANG: 'C.UTF-8', TERM: 'dumb'}))).to.contain('TERM is dumb')
      expect(checkTerminal({...good, isTerminal: false}, {}).status).to.equal('skipped')
      expect(text(checkTerminal(good, {LANG: 'C.UTF-8', SSH_CONNECTION: 'x'}))).to.contain('lost connection')
      if (process.platform === 'linux') expect(text(checkTerminal(good, {LANG: 'C'}))).to.contain('export LANG=C.UTF-8')
    })
  })

  describe('terminal, after a program was killed', () => {
    const good = {isTerminal: true, columns: 120, rows: 40, colorDepth: 8}
    const env = {LANG: 'C.UTF-8', TERM: 'xterm'}
    it('names each mode that was left, and how to take them back', () => {
      const modes = ['isig', 'icanon', 'icrnl', 'iexten']
      fc.assert(
        fc.property(fc.subarray(modes), (off) => {
          const line = `speed 38400;\n-inlcr ${modes.map((mode) => (off.includes(mode) ? `-${mode}` : mode)).join(' ')}\n`
          const found = checkTerminal({...good, line}, env)
          expect(found.status).to.equal(off.length > 0 ? 'warn' : 'ok')
          expect(commands(found)).to.deep.equal(off.length > 0 ? ['stty sane iutf8'] : [])
          for (const mode of modes) expect(text(found).includes(`-${mode}`)).to.equal(off.includes(mode))
        }),
      )
    })
    it('says what zsh does, unless its modes are frozen', async () => {
      const told = (SHELL: string) => terminalCheck.run(context({terminal: good, env: {...env, SHELL, HOME: home}}))
      expect(text(await told('/bin/bash'))).not.to.include('zsh')
      expect(text(await told('/usr/bin/zsh'))).to.include('"ttyctl -f" in .zshrc')
      writeFileSync(path.join(home, '.zshrc'), 'setopt x # ttyctl -f\n')
      expect(text(await told('/usr/bin/zsh'))).to.include('"ttyctl -f" in .zshrc')
      writeFileSync(path.join(home, '.zshrc'), 'setopt x\n  ttyctl -f\n')
      expect(text(await told('/usr/bin/zsh'))).not.to.include('zsh')
    })
  })

  it('configuration: every problem with its file, line and key', async () => {
    mkdirSync(path.join(home, '.config', 'hermes'), {recursive: true})
    const file = path.join(home, '.config', 'hermes', 'config.yaml')
    writeFileSync(file, 'modle: x\nrecovery:\n  limit: -3\n')
    const error = await loadConfig({cwd: home, env: {HOME: home}}).catch((thrown: unknown) => thrown)
    if (!(error instanceof HermesError)) throw new Error('no problem was found')
    const found = await configurationCheck.run(context({config: error}))
    expect(found.status).to.equal('fail')
    expect(found.evidence?.map((line) => line.slice(0, file.length + 4))).to.deep.equal([`${file}:1:1`, `${file}:3:3`])
    expect((await gatewayCheck.run(context({config: error}))).status).to.equal('skipped')
  })

  describe('home', () => {
    it('is well when there is none yet, and makes none', async () => {
      const missing = path.join(home, 'a', 'b')
      const found = await homeCheck.run(contextFor(missing))
      expect(found.status).to.equal('ok')
      expect(found.summary).to.contain(missing)
      expect(readdirSync(home)).to.deep.equal([])
    })
    it('says who may read it, and the command that keeps it private', async function () {
      if (isWindows) this.skip()
      chmodSync(home, 0o755)
      const found = await homeCheck.run(context())
      expect(found).to.include({status: 'warn', summary: `others may read ${home}`})
      expect(commands(found)).to.deep.equal([`chmod go-rwx ${home}`])
      chmodSync(home, 0o700)
      expect((await homeCheck.run(context())).status).to.equal('ok')
    })
    it('fails where it is no directory', async () => {
      writeFileSync(path.join(home, 'file'), '')
      expect((await homeCheck.run(contextFor(path.join(home, 'file')))).status).to.equal('fail')
    })
  })

  describe('gateway', () => {
    const command = (env: Record<string, string> = {}, ...words: string[]) => configured(env, words)
    const configured = (env: Record<string, string>, words: string[], more: Parameters<typeof configWith>[0] = {}) =>
      context({
        env: {PATH: process.env.PATH, HOME: home, ...env},
        config: configWith({'gateway.command': words.length > 0 ? words : [process.execPath, scripted], ...more}),
      })
    it('is started, greeted, asked and ended, in a home of its own', async () => {
      const found = await gatewayCheck.run(command())
      const [, ready = ''] = /ready in (.+), ping .+ m?s, ended in .+ m?s$/.exec(found.summary) ?? []
      expect(ready).to.match(/^[\d.]+ m?s$/)
      // From two seconds on, which a busy machine may take, it is remarked.
      expect(found.status).to.be.oneOf(/ ms$|^1\.\d s$/.test(ready) ? ['ok'] : ['ok', 'warn'])
      expect(readdirSync(home)).to.deep.equal([])
    })
    it('says why one cannot be started, and what to do', async () => {
      const found = await gatewayCheck.run(command({}, 'no-such-gateway'))
      expect(found).to.include({status: 'fail', summary: 'could not be started: command not found: no-such-gateway'})
      expect(found.remedy).to.have.length(1)
    })
    it('shows the last words of one that ends at once', async () => {
      const found = await gatewayCheck.run(command({FG_EXIT: '3@boot', FG_STDERR: 'no such database'}))
      expect(found.status).to.equal('fail')
      expect(text(found)).to.contain('exited with code 3').and.contain('no such database')
    })
    it('gives up one that is never ready, and leaves no process', async () => {
      const found = await gatewayCheck.run(configured({FG_HANG: 'sleep@boot'}, [], {'gateway.startupTimeoutMs': 1000}))
      expect(found).to.include({status: 'fail', summary: 'not ready within 1.0 s'})
    })
    it('says what one wrote that is no gateway, and a command that can be run by hand', async () => {
      const speaks = ['sh', '-c', 'echo not a gateway; sleep 60']
      const found = await gatewayCheck.run(configured({}, speaks, {'gateway.startupTimeoutMs': 2000}))
      expect(found.status).to.equal('fail')
      expect(text(found)).to.contain('not a gateway').and.contain("sh -c 'echo not a gateway; sleep 60'")
    })
    it('calls one that does not answer stuck, and not killed by somebody else', async () => {
      const found = await gatewayCheck.run(configured({FG_HANG: 'loop@ready'}, [], {'gateway.heartbeatMs': 200}))
      expect(found.status).to.equal('fail')
      expect(text(found)).to.contain('did not answer').and.contain('hang:unresponsive').and.not.contain('SIGKILL')
    })
    it('shows the words of an error, not its stack', async () => {
      const found = await gatewayCheck.run(command({}, process.execPath, '-e', 'throw new RangeError("too far")'))
      expect(found.summary).to.equal('exited with code 1: RangeError: too far')
      expect(text(found)).not.to.match(/\n *at |Node\.js v/)
    })
    it('remarks one that has to be killed', async () => {
      const found = await gatewayCheck.run(command({FG_IGNORE_TERM: '1'}))
      expect(found.status).to.equal('warn')
      expect(found.summary).to.contain('only by force')
    })
  })

  describe('database', () => {
    const file = () => homeFiles(home).database
    const listing = () =>
      readdirSync(home).map((name) => [name, readFileSync(path.join(home, name)).toString('base64')])
    const fill = () => {
      const store = openStore(file())
      const session = {key: 'k', title: null, model: null, cwd: null, source: 'test'}
      store.beginTurn({session, promptId: 'p', prompt: 'x'.repeat(100_000)})
      return store
    }
    it('is counted and found sound, and nothing in its directory changes', async () => {
      expect((await databaseCheck.run(context())).status).to.equal('ok')
      fill().close()
      const before = listing()
      const found = await databaseCheck.run(context())
      expect(found.status).to.equal('ok')
      expect(found.summary).to.match(/^sound, .*, 1 session$/)
      expect(text(found)).to.contain('1 unfinished turn')
      expect(listing()).to.deep.equal(before)
    })
    it('is read while a gateway writes to it', async () => {
      const store = fill()
      expect((await databaseCheck.run(context())).summary).to.contain('1 session')
      store.close()
    })
    it('fails when it is damaged, says how to save it, and is left as it is', async () => {
      fill().close()
      const bytes = readFileSync(file())
      for (let at = 8192; at < bytes.length; at += 512) bytes.fill(0xa5, at, at + 200)
      writeFileSync(file(), bytes)
      const found = await databaseCheck.run(context())
      expect(found.status).to.equal('fail')
      expect(found.summary).to.match(/^damaged: /)
      expect(commands(found)[0]).to.contain('.clone')
      expect(readFileSync(file()).equals(bytes)).to.equal(true)
      writeFileSync(file(), 'no database at all, but long enough to be read as one'.repeat(20))
      expect((await databaseCheck.run(context())).summary).to.match(/^damaged: /)
    })
  })

  describe('database of others', () => {
    const file = () => homeFiles(home).database
    const make = (sql: string) => {
      const database = new DatabaseSync(file())
      database.exec(sql)
      database.close()
    }
    it('is well when it is empty', async () => {
      writeFileSync(file(), '')
      expect(await databaseCheck.run(context())).to.deep.include({
        status: 'ok',
        summary: 'empty; it is filled with the first session',
      })
    })
    it('fails where hermes would refuse it: of a newer hermes, of another program, no file', async () => {
      openStore(file()).close()
      make('PRAGMA user_version = 99')
      const newer = await databaseCheck.run(context())
      expect(newer.status).to.equal('fail')
      expect(newer.summary).to.contain('schema 99, of a newer hermes')
      rmSync(file())
      make('CREATE TABLE x (y)')
      expect((await databaseCheck.run(context())).summary).to.contain('another program')
      rmSync(file())
      mkdirSync(file())
      expect((await databaseCheck.run(context())).summary).to.contain('it is not a file')
    })
    it('prints commands that save what can be read of a damaged one, for hermes to use', async function () {
      if (spawnSync('sqlite3', ['--version']).status !== 0) this.skip()
      const store = openStore(file())
      for (const key of ['a', 'b']) {
        const session = {key, title: null, model: null, cwd: null, source: 'test'}
        store.beginTurn({session, promptId: 'p', prompt: 'x'.repeat(100_000)})
      }
      store.close()
      const bytes = readFileSync(file())
      // A page that holds a piece of a long prompt.
      bytes.fill(0xa5, bytes.length - 2 * 4096 + 8, bytes.length - 4096)
      bytes.fill(0xa5, 4096 * 4, 4096 * 5)
      writeFileSync(file(), bytes)
      const found = await databaseCheck.run(context())
      expect(found.summary).to.match(/^damaged: /)
      const [save = '', use = ''] = commands(found)
      expect(spawnSync('sh', ['-c', save], {encoding: 'utf8'}).stdout).to.match(/\d+ sessions saved/)
      expect(spawnSync('sh', ['-c', use]).status).to.equal(0)
      expect((await databaseCheck.run(context())).status).to.equal('ok')
      openStore(file()).close()
    })
  })

  describe('provider', () => {
    const env = {HOME: '/nowhere'}
    it('says which answers, and whether its key is there', async () => {
      expect((await providerCheck.run(context({env}))).status).to.equal('warn')
      const openai = configWith({model: 'openai/gpt-5'})
      const missing = await providerCheck.run(context({env, config: openai}))
      expect(missing).to.include({status: 'fail', summary: 'openai/gpt-5: its key is missing'})
      expect(missing.remedy?.[0]).to.equal('Export it: OPENAI_API_KEY=…')
      const present = await providerCheck.run(
        context({env: {...env, OPENAI_API_KEY: 'sk-CANARY-0123456789'}, config: openai}),
      )
      expect(present.status).to.equal('ok')
      expect(text(present)).not.to.contain('CANARY')
      expect((await providerCheck.run(context({env, config: configWith({model: 'opnai/x'})}))).status).to.equal('fail')
    })
    it('says what a cloud lacks: settings, library', async () => {
      const at = path.join(home, 'cloud')
      const own = (values: object) => configWith({model: 'azure/m', providers: {azure: values}})
      const run = (values: object) => providerCheck.run(context({env: {...env, HERMES_HOME: at}, config: own(values)}))
      const unset = await run({apiKey: 'k'})
      expect(unset).to.include({status: 'fail'})
      expect(text(unset)).to.contain('Azure OpenAI needs the name of a resource').and.contain('AZURE_RESOURCE_NAME')
      const bare = await run({apiKey: 'k', resource: 'r'})
      expect(bare.status).to.equal('fail')
      expect(commands(bare)).to.deep.equal([`npm install --prefix ${at}/libraries @ai-sdk/azure@4`])
      layLibrary(`${at}/libraries`, '@ai-sdk/azure', '3.0.0', 'createAzure')
      expect((await run({apiKey: 'k', resource: 'r'})).summary).to.contain(
        '3.0.0 is installed, and version 4 is needed',
      )
      layLibrary(`${at}/libraries`, '@ai-sdk/azure', '4.0.1', 'createAzure')
      const fine = await run({apiKey: 'k-CANARY-0123456789', resource: 'r'})
      expect(fine.status).to.equal('ok')
      expect(text(fine)).to.contain('@ai-sdk/azure 4.0.1').and.not.contain('CANARY')
    })
    it('asks on the network only when it may', async () => {
      const asked: string[] = []
      const server = createServer((request, response) => {
        asked.push(`${request.url} ${request.headers.authorization}`)
        response.statusCode = request.headers.authorization === 'Bearer good-key' ? 200 : 401
        response.end('{"data":[]}')
      })
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      try {
        const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
        const own = (apiKey: string) => configWith({model: 'mine/m', providers: {mine: {baseUrl, apiKey}}})
        expect((await providerCheck.run(context({env, config: own('good-key')}))).status).to.equal('ok')
        expect(asked).to.deep.equal([])
        const good = await providerCheck.run(context({env, online: true, config: own('good-key')}))
        expect(good.summary).to.match(/^mine\/m, answered in /)
        const bad = await providerCheck.run(context({env, online: true, config: own('bad-key')}))
        expect(bad.status).to.equal('fail')
        expect(bad.summary).to.contain('its key is refused')
        expect(asked).to.deep.equal(['/v1/models Bearer good-key', '/v1/models Bearer bad-key'])

        const ran = path.join(home, 'ran')
        const printing = (body: string) => {
          const apiKeyCommand = ['/bin/sh', '-c', `echo run >>'${ran}'; ${body}`]
          return configWith({model: 'mine/m', providers: {mine: {baseUrl, apiKeyCommand}}})
        }
        const offline = await providerCheck.run(context({env, config: printing('echo good-key')}))
        expect(offline.summary).to.equal('mine/m, key from a command; not asked without --online')
        expect(existsSync(ran)).to.equal(false)
        const printed = await providerCheck.run(context({env, online: true, config: printing('echo good-key')}))
        expect(printed.summary).to.match(/^mine\/m, answered in /)
        const failed = await providerCheck.run(
          context({env, online: true, config: printing('echo locked >&2; exit 2')}),
        )
        expect(failed).to.include({
          status: 'fail',
          summary: 'mine/m: the command of its key ended with exit code 2: locked',
        })
        expect(asked).to.have.length(3)
      } finally {
        server.close()
      }
      const gone = configWith({model: 'mine/m', providers: {mine: {baseUrl: 'http://127.0.0.1:1/v1'}}})
      expect((await providerCheck.run(context({env, online: true, config: gone}))).summary).to.contain(
        'cannot be reached',
      )
    })
  })

  it('plugins: which hook has no function, and what failed last', async () => {
    const bench = new PluginBench(home)
    bench.add('fine', 'export const onExit = () => see("called")', {'gateway:exit': 'onExit'})
    bench.add('typo', 'export const onExitt = () => {}', {'gateway:exit': 'onExit'})
    const log = path.join(home, 'log')
    writeFileSync(
      log,
      '[tui-parent] 2026-11-23T18:42:00.123Z plugin-error instance=0a1b2c3d gen=1 pid=1 session=none mono=1 plugin=fine hook=gateway:exit kind=threw message="no socket" disabled=false\n',
    )
    const deaths = () => findDeaths(log, {isAlive: () => false})
    const found = await pluginsCheck.run(context({host: bench.host(), deaths}))
    expect(found).to.include({status: 'fail', summary: '1 hook of 2 cannot be called'})
    expect(text(found)).to.contain('typo 1.2.3').and.contain('onExit').and.contain('threw: no socket')
    expect(bench.seen('fine')).to.deep.equal([])
  })

  it('plugins: an old failure is evidence and no remark, one of today is a remark with a remedy', async () => {
    const bench = new PluginBench(home)
    bench.add('fine', 'export const onExit = () => {}', {'gateway:exit': 'onExit'})
    const log = path.join(home, 'log')
    writeFileSync(
      log,
      '[tui-parent] 2026-11-23T18:42:00.123Z plugin-error instance=0a1b2c3d gen=1 pid=1 session=none mono=1 plugin=fine hook=gateway:exit kind=threw message="no socket" disabled=false\n',
    )
    const deaths = () => findDeaths(log, {isAlive: () => false})
    const at = (time: string) => pluginsCheck.run(context({host: bench.host(), deaths, now: Date.parse(time)}))
    const old = await at('2026-11-25T18:42:00Z')
    expect(old.status).to.equal('ok')
    expect(text(old)).to.contain('no socket')
    const recent = await at('2026-11-23T19:00:00Z')
    expect(recent.status).to.equal('warn')
    expect(commands(recent)).to.deep.equal(['hermes plugins uninstall fine'])
  })

  it('plugins: commands and slash commands that cannot be loaded, in whatever way', async () => {
    const ways = {
      'a package that is missing': ["import 'not-installed'", 'not-installed'],
      'an error when it is loaded': ["throw new Error('broken')", 'broken'],
      'a slip of syntax': ['export default {', 'SyntaxError|Unexpected'],
      'nothing to run': ['export const other = 1', 'not found|no function'],
      'an end of its process': ['process.exit(3)', 'code 3|did not start'],
    } as const
    const lines = []
    for (const [way, [source, named]] of Object.entries(ways)) {
      const bench = new PluginBench(path.join(home, way))
      bench.add('mine', '', {}).commands('mine', [{name: 'go', target: './go.mjs'}])
      const {root, pjson} = bench.plugins.get('mine') ?? {root: ''}
      Object.assign(pjson as object, {version: '1.2.3', oclif: {commands: './commands'}})
      writeFileSync(
        path.join(root, 'package.json'),
        JSON.stringify({version: '1.2.3', type: 'module', ...(pjson as object)}),
      )
      mkdirSync(path.join(root, 'commands'))
      for (const file of ['go.mjs', 'commands/bad.mjs']) writeFileSync(path.join(root, file), source)
      const good = 'export default class {static args = {}; static flags = {}; static async run() {}}'
      writeFileSync(path.join(root, 'commands/good.mjs'), good)
      const found = await pluginsCheck.run(context({host: bench.host()}))
      expect(found.summary, text(found)).to.equal('1 command cannot be loaded, 1 slash command cannot be loaded')
      const own = text(found)
        .split('\n')
        .filter((line) => /command /.test(line) && line.includes('mine:'))
      expect(own, text(found)).to.have.length(2)
      for (const line of own) expect(line, way).to.match(new RegExp(named))
      lines.push(...own)
      expect(commands(found)).to.deep.equal(['hermes plugins uninstall mine'])
    }
    console.log(`    ${lines.length} that cannot be loaded`)
  }).timeout(60_000)

  it('plugins: a slow one as the chat has it, and a hook that nothing will ever call', async () => {
    const bench = new PluginBench(home)
    const slow = 'await new Promise((resolve) => setTimeout(resolve, 1500)); export const onExit = () => {}'
    bench.add('slow', slow, {'gateway:exit': 'onExit', 'gateway:exti': 'onExit'})
    const found = await pluginsCheck.run(context({host: bench.host()}))
    expect(found).to.include({status: 'warn', summary: '1 declaration that nothing comes of'})
    expect(text(found)).to.include('"gateway:exti" is not a hook; did you mean "gateway:exit"?')
  })

  it('plugins: one that is installed and cannot be loaded', async () => {
    const bench = new PluginBench(home)
    const host = {...bench.host(), dataDir: home, bin: 'hermes'}
    const plugins = [{name: 'gone', type: 'link', root: path.join(home, 'no-such-folder')}]
    writeFileSync(path.join(home, 'package.json'), JSON.stringify({oclif: {plugins}}))
    const found = await pluginsCheck.run(context({host}))
    expect(found).to.include({status: 'fail', summary: '1 plugin cannot be loaded'})
    expect(text(found)).to.contain('no-such-folder')
    expect(commands(found)).to.deep.equal(['hermes plugins uninstall gone'])
  })

  it('crash log: lost lines, mode, links', async function () {
    const file = path.join(home, 'log')
    const here = (deaths = foundDeaths()) => crashLogCheck.run(context({crashLog: file, deaths: () => deaths}))
    expect((await here()).summary).to.contain('none yet')
    writeFileSync(file, '', {mode: 0o600})
    expect((await here()).status).to.equal('ok')
    const statistics = {...foundDeaths().statistics, lost: 3}
    const lossy = await here(foundDeaths({statistics}))
    expect(lossy.status).to.equal('warn')
    expect(text(lossy)).to.contain('3 records could not be written')
    expect((await crashLogCheck.run(context({config: configWith({'log.enabled': false})}))).status).to.equal('warn')
    if (isWindows) this.skip()
    chmodSync(file, 0o644)
    expect(text(await here())).to.contain(`chmod 600 ${file}`)
    rmSync(file)
    symlinkSync(home, file)
    expect((await here()).status).to.equal('fail')
  })

  it('memory: limits of both cgroup versions, and the kernel that killed', () => {
    const write = (name: string, content: string) => {
      mkdirSync(path.dirname(path.join(home, name)), {recursive: true})
      writeFileSync(path.join(home, name), content)
    }
    expect(readCgroupMemory(home)).to.deep.equal({limit: undefined, used: undefined, version: undefined})
    write('proc/self/cgroup', '0::/user.slice/a\n')
    write('sys/fs/cgroup/user.slice/a/memory.current', '1000\n')
    write('sys/fs/cgroup/user.slice/a/memory.max', 'max\n')
    expect(readCgroupMemory(home)).to.deep.equal({limit: undefined, used: 1000, version: 2})
    write('proc/self/cgroup', '3:cpu:/\n5:memory:/docker/x\n')
    write('sys/fs/cgroup/memory/memory.usage_in_bytes', '2000\n')
    write('sys/fs/cgroup/memory/memory.limit_in_bytes', '9223372036854771712\n')
    expect(readCgroupMemory(home)).to.deep.equal({limit: undefined, used: 2000, version: 1})
    write('sys/fs/cgroup/memory/memory.limit_in_bytes', '536870912\n')
    const limits = readCgroupMemory(home)
    expect(limits.limit).to.equal(536_870_912)
    const gigabyte = 2 ** 30
    const facts = {heapLimit: gigabyte / 4, limits, oomKills: 0, total: gigabyte, available: gigabyte}
    expect(judgeMemory(facts).status).to.equal('ok')
    expect(commands(judgeMemory({...facts, heapLimit: gigabyte}))).to.deep.equal([
      'export NODE_OPTIONS=--max-old-space-size=256',
    ])
    expect(judgeMemory({...facts, oomKills: 2}).summary).to.contain('2 processes')
    expect(judgeMemory({...facts, available: 1000}).status).to.equal('warn')
  })

  it('leftovers: orphan gateways, and sessions of processes that are gone', async () => {
    const orphan = {pid: 10, ppid: 1, name: 'node', argv: ['node', '/opt/dist/gateway/main.js'], sameUser: true}
    const found = judgeLeftovers({orphans: [orphan], owners: [], runs: []})
    expect(commands(found)).to.deep.equal(['kill 10'])
    const store = openStore(homeFiles(home).database)
    store.setOwner('k', {pid: process.pid, birth: '1', boot: null, since: 0})
    store.close()
    const stale = await leftoversCheck.run(context())
    expect(stale.evidence?.join()).to.contain(process.platform === 'linux' ? 'session k: pid' : '')
  })
})
