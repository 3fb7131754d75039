import {type ChildProcess, spawn} from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'
import fc from 'fast-check'
import {orphanGateways} from '../../src/doctor/own-gateways.js'
import {listProcesses, originOf, type ProcessOrigin, type ProcessRow} from '../../src/doctor/processes.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {runs} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('gateways that a person may be advised to end', () => {
  let home: string
  let dist: string
  before(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-own-')))
    dist = path.join(home, 'hermes')
    for (const folder of ['dist/gateway', 'bin']) mkdirSync(path.join(dist, folder), {recursive: true})
    for (const file of ['dist/gateway/main.js', 'bin/run.js']) writeFileSync(path.join(dist, file), '')
    symlinkSync(path.join(dist, 'bin/run.js'), path.join(home, 'link-to-hermes'))
  })
  after(() => rmSync(home, {recursive: true, force: true}))

  const init: ProcessRow = {pid: 1, ppid: 0, name: 'init', argv: ['/sbin/init'], sameUser: true}
  const shell: ProcessRow = {pid: 2, ppid: 1, name: 'bash', argv: ['bash'], sameUser: true}
  const manager: ProcessRow = {
    pid: 3,
    ppid: 1,
    name: 'systemd',
    argv: ['/lib/systemd/systemd', '--user'],
    sameUser: true,
  }

  it('are those alone whose program, home and parent say that they are ours and lost', () => {
    const main = path.join(dist, 'dist/gateway/main.js')
    const launcher = path.join(dist, 'bin/run.js')
    const node = '/usr/bin/node'
    const python = '/usr/bin/python3.11'
    type Line = {program: string; argv: readonly string[]; gateway: boolean}
    const flags = fc.subarray(['--enable-source-maps', '--max-old-space-size=64', '--report-on-signal'])
    const ofOurs: fc.Arbitrary<Line> = fc
      .oneof(
        flags.map((some) => ({program: node, argv: ['node', ...some, main]})),
        flags.map((some) => ({program: node, argv: ['node', ...some, '--import', 'tsx', main]})),
        fc.constantFrom(launcher, path.join(home, 'link-to-hermes')).map((file) => ({
          program: node,
          argv: ['node', file, 'gateway'],
        })),
        fc.constantFrom([], ['-u'], ['-P', '-X', 'utf8']).map((some) => ({
          program: python,
          argv: ['python3', ...some, '-m', 'tui_gateway.entry'],
        })),
      )
      .map((line) => ({...line, gateway: true}))
    /** Our texts, as others have them in their command lines. */
    const words = [
      main,
      launcher,
      'gateway',
      'hermes gateway',
      'python3 -m tui_gateway.entry',
      'tui_gateway.entry',
      '-m',
    ]
    const texts = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({maxLength: 5})), {minLength: 1, maxLength: 6})
    const others: fc.Arbitrary<Line> = fc
      .oneof(
        fc
          .tuple(
            fc.constantFrom('tmux', 'vim', 'bash', 'tail', 'grep', 'emacs', 'less', 'docker', 'npm', 'watch'),
            texts,
          )
          .map(([name, rest]) => ({program: `/usr/bin/${name}`, argv: [name, ...rest]})),
        fc.tuple(fc.constantFrom('node', main), texts).map(([name, rest]) => ({
          program: '/usr/bin/tmux',
          argv: [name, ...rest],
        })),
        fc.tuple(fc.constantFrom('-e', '-p', '-pe', '--eval', '--print'), texts).map(([option, rest]) => ({
          program: node,
          argv: ['node', option, ...rest],
        })),
        texts.map((rest) => ({program: node, argv: ['node', '/srv/server.js', ...rest]})),
        texts.map((rest) => ({program: node, argv: ['node', '/other/hermes/dist/gateway/main.js', ...rest]})),
        fc.constantFrom(['chat'], ['doctor'], []).map((rest) => ({program: node, argv: ['node', launcher, ...rest]})),
        texts.map((rest) => ({program: python, argv: ['python3', '-c', 'print()', ...rest]})),
        texts.map((rest) => ({program: python, argv: ['python3', 'work.py', ...rest]})),
        fc.constant({program: python, argv: ['python3', '-m', 'pytest', 'tui_gateway.entry']}),
      )
      .map((line) => ({...line, gateway: false}))

    type Env = {env: NodeJS.ProcessEnv; here: boolean}
    const homes: fc.Arbitrary<Env> = fc.constantFrom<Env>(
      {env: {HERMES_HOME: home}, here: true},
      {env: {HERMES_HOME: ` ${home}/ `, HOME: '/nowhere'}, here: true},
      {env: {HERMES_HOME: '.'}, here: true},
      {env: {HERMES_HOME: '/home/other/.hermes', HOME: home}, here: false},
      {env: {HOME: home}, here: false},
      {env: {}, here: false},
      {env: {HERMES_HOME: `${home}2`}, here: false},
    )
    const parents = fc.constantFrom(
      {ppid: 1, lost: true},
      {ppid: 3, lost: true},
      {ppid: 2, lost: false},
      {ppid: 0, lost: false},
    )
    const processes = fc.array(
      fc.record({
        line: fc.oneof(ofOurs, others),
        home: homes,
        parent: parents,
        sameUser: fc.boolean(),
        service: fc.boolean(),
      }),
      {maxLength: 12},
    )
    let tried = 0
    let found = 0
    fc.assert(
      fc.property(processes, (list) => {
        const origins = new Map<number, ProcessOrigin>()
        const expected: number[] = []
        const rows = list.map(({line, home: its, parent, sameUser, service}, index): ProcessRow => {
          const pid = 100_000_000 + index
          const env = {...its.env, SYSTEMD_EXEC_PID: service ? String(pid) : '17'}
          origins.set(pid, {program: line.program, cwd: home, env})
          if (line.gateway && its.here && parent.lost && sameUser && !service) expected.push(pid)
          return {pid, ppid: parent.ppid, name: path.basename(line.program), argv: line.argv, sameUser}
        })
        const ours = {home, gateways: [main], launchers: [launcher]}
        const orphans = orphanGateways([init, shell, manager, ...rows], ours, (pid) => origins.get(pid))
        expect(orphans.map(({pid}) => pid)).to.deep.equal(expected)
        tried += list.length
        found += expected.length
      }),
      {numRuns: runs(1000, 200)},
    )
    console.log(`        ${tried} processes, ${found} of them ours`)
  })

  it('are not those of a chat that is the first process of its container', () => {
    const main = path.join(dist, 'dist/gateway/main.js')
    const launcher = path.join(dist, 'bin/run.js')
    const chat = {...init, name: 'node', argv: ['node', launcher, 'chat']}
    const gateway = {pid: 9, ppid: 1, name: 'node', argv: ['node', main], sameUser: true}
    const origin = {program: '/usr/bin/node', cwd: '/', env: {HERMES_HOME: home}}
    const ours = {home, gateways: [main], launchers: [launcher]}
    expect(orphanGateways([chat, gateway], ours, () => origin)).to.deep.equal([])
    expect(orphanGateways([init, gateway], ours, (pid) => (pid === 1 ? undefined : origin))).to.deep.equal([gateway])
  })
})

describe('processes that really run', function () {
  this.timeout(60_000)
  let sandbox: Sandbox
  const pids: number[] = []
  before(function () {
    if (!existsSync('/proc/self/environ')) this.skip()
    ensureBuilt()
    sandbox = createSandbox()
  })
  after(() => {
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    }
    sandbox?.remove()
  })

  /** Starts a command whose parent ends at once; its input stays open. Returns its pid. */
  async function orphan(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
    const file = path.join(sandbox.directory, `pid-${pids.length}`)
    const script = 'mkfifo "$0.in"; "$@" <> "$0.in" >/dev/null 2>&1 & echo $! > "$0.tmp"; mv "$0.tmp" "$0"'
    const parent: ChildProcess = spawn('sh', ['-c', script, file, ...argv], {
      cwd: sandbox.project,
      env,
      stdio: 'ignore',
    })
    await new Promise((resolve) => parent.on('exit', resolve))
    const pid = Number(readFileSync(file, 'utf8'))
    pids.push(pid)
    // Until it is that program, and has been given to another parent.
    const replaced = () =>
      listProcesses().some((row) => row.pid === pid && row.ppid !== parent.pid && row.argv[0] === argv[0])
    while (!replaced()) await delay(10)
    return pid
  }

  it('are named only if they are gateways of this installation and home', async function () {
    const main = path.join(root, 'dist', 'gateway', 'main.js')
    const [env, node] = [sandbox.env, process.execPath]
    const other = {...env, HERMES_HOME: path.join(sandbox.directory, 'other')}
    const own = [await orphan([node, main], env), await orphan([node, path.join(root, 'bin/run.js'), 'gateway'], env)]
    const text = 'require("fs"); setInterval(() => {}, 1000) // hermes gateway; python3 -m tui_gateway.entry'
    const innocent = [
      await orphan([node, main], other),
      await orphan([node, '-e', text, main], env),
      await orphan(['sleep', '1000'], env),
      await orphan(['tail', '-f', main, path.join(root, 'bin/run.js')], env),
      await orphan(['sh', '-c', 'while :; do sleep 1; done # python3 -m tui_gateway.entry', 'hermes gateway'], env),
    ]
    const {ppid} = listProcesses().find(({pid}) => pid === own[0]) ?? {}
    // Where something else than init takes over who lost its parent, nobody is named.
    if (ppid !== 1) this.skip()
    const found = orphanGateways(
      listProcesses(),
      {home: env.HERMES_HOME ?? '', gateways: [main], launchers: [path.join(root, 'bin/run.js')]},
      originOf,
    )
    expect(found.map(({pid}) => pid)).to.have.members(own)
    const {stdout} = await runHermes(['doctor', '--json'], {cwd: sandbox.project, env})
    const {checks} = JSON.parse(stdout) as {checks: {id: string; remedy: unknown; summary: string}[]}
    const leftovers = checks.find(({id}) => id === 'leftovers')
    expect(leftovers?.summary).to.equal('2 gateways without a terminal program')
    const advice = JSON.stringify(leftovers?.remedy)
    for (const pid of own) expect(advice).to.match(new RegExp(`\\b${pid}\\b`))
    for (const pid of innocent) expect(advice).not.to.match(new RegExp(`\\b${pid}\\b`))
  })
})
