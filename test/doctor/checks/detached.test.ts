import {chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {type DetachedFacts, detachedCheck, judgeDetached} from '../../../src/doctor/checks/detached.js'
import {remedyText} from '../../../src/doctor/text.js'
import type {Finding} from '../../../src/doctor/types.js'
import {type RunningGateway, runningFile, thisProcess, writeRunning} from '../../../src/hand-over/running.js'
import {homeFiles} from '../../../src/platform.js'
import {contextFor} from '../context.js'

const text = ({summary, evidence = [], remedy = []}: Finding) =>
  [summary, ...evidence, ...remedy.map(remedyText)].join('\n')

describe('the check of what works without a terminal', () => {
  const now = 1_800_000_000_000
  const none: DetachedFacts = {
    gateways: [],
    unfit: [],
    leftBehind: [],
    logind: undefined,
    policy: 'turn',
    version: '0.2.0',
    now,
  }
  const gateway = (more: object = {}) => ({
    pid: 7,
    detachedAt: now - 300_000,
    build: '0.2.0',
    rssBytes: 80 * 1024 * 1024,
    stuck: 'no' as const,
    sessions: [{key: 'k1', title: '', cwd: '/', status: 'working' as const}],
    ...more,
  })
  const logind = {
    kills: true,
    says: '/etc/systemd/logind.conf',
    lingers: false,
    inService: false,
    userBus: true,
    endsServices: false,
  }

  it('is fine with none, and says where none is to be', () => {
    expect(judgeDetached(none)).to.deep.include({status: 'ok', summary: 'no session works without a terminal'})
    expect(judgeDetached({...none, policy: 'never'}).summary).to.include('session.detach: never')
  })

  it('has a row for each, with age, memory and question, whatever they do', () => {
    const status = fc.constantFrom<'idle' | 'working' | 'waiting'>('idle', 'working', 'waiting')
    const sessions = fc.array(status, {minLength: 1, maxLength: 4})
    fc.assert(
      fc.property(fc.array(sessions, {maxLength: 4}), (all) => {
        const gateways = all.map((statuses, at) =>
          gateway({
            pid: at,
            sessions: statuses.map((each, index) => ({key: `k${at}-${index}`, title: '', cwd: '/', status: each})),
          }),
        )
        const found = judgeDetached({...none, gateways})
        expect(found.status).to.equal('ok')
        expect(found.evidence).to.have.length(all.flat().length)
        for (const [at, statuses] of all.entries()) {
          for (const [index, each] of statuses.entries()) {
            const row = found.evidence?.find((line) => line.includes(`k${at}-${index} `))
            expect(row).to.include(`is ${each} without a terminal, pid ${at}, for 5 min, 80 MB`)
            expect(row?.includes('a question waits')).to.equal(each === 'waiting')
          }
        }
        if (all.length > 1) expect(found.summary).to.include(`for up to 5 min, ${all.length * 80} MB`)
        const waiting = all.flat().filter((each) => each === 'waiting').length
        expect(found.summary.includes('for your answer')).to.equal(waiting > 0)
      }),
    )
  })

  it('names one that is stopped or stuck, and how to be rid of it', () => {
    for (const stuck of ['stopped', 'stuck'] as const) {
      const found = judgeDetached({...none, gateways: [gateway({stuck})]})
      expect(found.status).to.equal('warn')
      expect(text(found)).to.include(`session k1 is ${stuck}`).and.to.include('hermes stop k1')
    }
  })

  it('knows that logging out ends it, and offers a scope of its own where there is a user bus', () => {
    const found = judgeDetached({...none, logind})
    expect(found.status).to.equal('warn')
    expect(text(found)).to.include('KillUserProcesses=yes in /etc/systemd/logind.conf')
    expect(text(found)).to.include('loginctl enable-linger').and.to.include('systemd-run --user --scope hermes chat')
    const without = judgeDetached({...none, logind: {...logind, lingers: true, userBus: false}})
    expect(text(without)).to.include('no user bus').and.not.include('enable-linger')
    expect(judgeDetached({...none, logind: {...logind, inService: true}}).status).to.equal('ok')
    const ubuntu = judgeDetached({...none, logind: {...logind, kills: false, inService: true, endsServices: true}})
    expect(text(ubuntu)).to.include('Ubuntu 24.04')
  })

  if (process.platform !== 'win32')
    describe('in a home', () => {
      let home: string
      const runs = () => homeFiles(home).runs
      beforeEach(() => {
        home = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-detached-')))
        mkdirSync(runs(), {recursive: true, mode: 0o700})
      })
      afterEach(() => rmSync(home, {recursive: true, force: true}))
      const run = (env: NodeJS.ProcessEnv = {}, at = Date.now()) =>
        detachedCheck.run(contextFor(home, {env: {HOME: home, ...env}, now: at})) as Finding
      const alive = (): RunningGateway => ({
        version: 1,
        ...thisProcess(),
        socket: path.join(runs(), 'a.sock'),
        token: 'ab'.repeat(32),
        protocol: [1, 1],
        build: '0.1.0',
        detachedAt: Date.now() - 60_000,
        sessions: [{key: 'k1', title: '', cwd: '/', status: 'waiting'}],
      })

      it('finds a gateway, and one whose stamp is old', () => {
        writeRunning(runs(), alive())
        expect(run().summary).to.match(/^1 session without a terminal for 1 min.*, 1 waits for your answer$/)
        if (process.platform === 'linux') expect(text(run())).to.match(/, \d+ MB, a question waits: hermes attach k1/)
        const old = new Date(Date.now() - 120_000)
        utimesSync(runningFile(runs(), process.pid), old, old)
        expect(run()).to.include({status: 'warn'})
        expect(run().summary).to.include('session k1 is stuck')
      })

      const hostile: Record<string, [make: () => void, why: string, remedy: string]> = {
        'is open to others': [() => chmodSync(runs(), 0o755), 'is open to others (mode 755, not 700)', 'chmod 700'],
        'is a link': [() => replace(() => symlinkSync(home, runs())), 'is a link', 'ls -ld'],
        'is a link to nothing': [() => replace(() => symlinkSync('nothing', runs())), 'is a link', 'ls -ld'],
        'is no folder': [() => replace(() => writeFileSync(runs(), '')), 'is no folder', 'ls -ld'],
      }
      const replace = (make: () => void) => {
        rmSync(runs(), {recursive: true})
        make()
      }
      for (const [what, [make, why, remedy]] of Object.entries(hostile)) {
        it(`names a run folder that ${what}`, () => {
          make()
          const found = run()
          expect(found.status).to.equal('warn')
          expect(found.summary).to.equal(`no session outlives its terminal: ${runs()} ${why}`)
          expect(text(found)).to.include(remedy)
        })
      }

      it('tells of a runtime folder that is not used, and of one with a path that is too long', () => {
        const runtime = path.join(home, 'runtime')
        mkdirSync(path.join(runtime, 'hermes'), {recursive: true})
        chmodSync(path.join(runtime, 'hermes'), 0o777)
        const found = run({XDG_RUNTIME_DIR: runtime})
        expect(found.status).to.equal('ok')
        expect(text(found)).to.include('is open to others (mode 777, not 700): the run folder is used instead')
        const deep = path.join(home, 'x'.repeat(90))
        mkdirSync(path.join(deep, 'run'), {recursive: true, mode: 0o700})
        const long = detachedCheck.run(contextFor(deep, {env: {HOME: deep}})) as Finding
        expect(text(long)).to.include('too long').and.to.include('XDG_RUNTIME_DIR')
        expect(
          (detachedCheck.run(contextFor(deep, {env: {HOME: deep, XDG_RUNTIME_DIR: home}})) as Finding).status,
        ).to.equal('ok')
      })

      it('calls what gateways have left that are gone harmless, by name', () => {
        const dead = 2 ** 22 + 5
        const names = [`${dead}-abc123.sock`, `0123abcd-${dead}.verdict`, `gateway-${dead}.json.new`]
        writeRunning(runs(), {...alive(), pid: dead, birth: '1'})
        for (const name of names) writeFileSync(path.join(runs(), name), '')
        writeFileSync(path.join(runs(), `${process.pid}-abc123.sock`), '')
        const found = run()
        expect(found.status).to.equal('ok')
        const told = found.evidence ?? []
        expect(told).to.have.length(4)
        for (const line of told) expect(line).to.include('harmless').and.to.include(String(dead))
      })
    })
})
