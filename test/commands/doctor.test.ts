import {existsSync, mkdirSync, readdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import * as v from 'valibot'
import {formatRecord} from '../../src/crash-log/record.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {ensureBuilt} from '../helpers/build.js'
import {type Ended, runHermes} from '../helpers/program/run-program.js'
import {runs} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

const time = v.pipe(v.string(), v.isoTimestamp())
const record = v.strictObject({
  writer: v.picklist(['tui-parent', 'gateway']),
  event: v.string(),
  time,
  exact: v.boolean(),
  file: v.string(),
  line: v.number(),
  text: v.string(),
  body: v.array(v.string()),
})
const death = v.strictObject({
  id: v.string(),
  who: v.picklist(['gateway', 'program']),
  time,
  exact: v.boolean(),
  instance: v.string(),
  generation: v.number(),
  pid: v.nullable(v.number()),
  sessionKey: v.nullable(v.string()),
  cause: v.string(),
  confidence: v.picklist(['certain', 'likely', 'unknown']),
  summary: v.string(),
  witnesses: v.array(v.strictObject({says: v.string(), record: v.nullable(record)})),
  lost: v.array(v.string()),
  back: v.strictObject({
    outcome: v.picklist(['resumed', 'failed', 'exhausted', 'none', 'unknown']),
    attempts: v.number(),
    downtimeMs: v.nullable(v.number()),
  }),
  advice: v.array(v.string()),
})
const deaths = {
  schemaVersion: v.literal(1),
  deaths: v.array(death),
  deathsTotal: v.number(),
  log: v.strictObject({
    files: v.array(v.strictObject({path: v.string(), bytes: v.number()})),
    lines: v.number(),
    records: v.number(),
    torn: v.number(),
    lost: v.number(),
    foreign: v.number(),
    unreadable: v.array(v.strictObject({path: v.string(), reason: v.string()})),
  }),
}
const examination = v.strictObject({
  ...deaths,
  version: v.string(),
  time,
  healthy: v.boolean(),
  checks: v.array(
    v.strictObject({
      id: v.string(),
      title: v.string(),
      status: v.picklist(['ok', 'warn', 'fail', 'skipped']),
      summary: v.string(),
      evidence: v.array(v.string()),
      remedy: v.array(v.string()),
      durationMs: v.number(),
    }),
  ),
})
const crashes = v.strictObject(deaths)
const crash = v.strictObject({
  schemaVersion: v.literal(1),
  death: v.strictObject({...death.entries, timeline: v.array(record)}),
})
const drill = v.strictObject({
  schemaVersion: v.literal(1),
  drill: v.strictObject({
    rows: v.array(
      v.strictObject({
        way: v.string(),
        expected: v.string(),
        causes: v.array(v.string()),
        backMs: v.array(v.number()),
        recognised: v.number(),
      }),
    ),
    deaths: v.number(),
    prompts: v.number(),
    lost: v.number(),
    doubled: v.number(),
    passed: v.boolean(),
    leftOut: v.array(v.strictObject({way: v.string(), reason: v.string()})),
    backP50Ms: v.number(),
    backP95Ms: v.number(),
  }),
})

describe('hermes doctor', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const doctor = (args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runHermes(['doctor', ...args], {cwd: box.project, env: {...box.env, LANG: 'C.UTF-8', ...env}})
  const home = () => hermesHome(box.env)

  /** A gateway that was killed and came back, an hour ago; then one that did not. */
  function writeLog(): void {
    const file = homeFiles(home()).crashLog
    mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
    const began = Date.now() - 3_600_000
    const line = (second: number, event: string, gen: number, fields: Record<string, string | number | null>) =>
      formatRecord(
        'tui-parent',
        {
          time: began + second * 1000,
          event,
          fields: [
            ['instance', '0a1b2c3d'],
            ['gen', gen],
            ['pid', 2 ** 22 + gen],
            ['session', 'key1'],
            ...Object.entries(fields),
          ],
        },
        (text) => text,
      )
    const spawn = {command: 'node /x/gateway/main.js', cwd: '/', standby: 'false'}
    const exit = {code: null, signal: 'SIGKILL', expected: 'false', cause: 'external-sigkill', uptimeMs: 5}
    writeFileSync(
      file,
      [
        line(0, 'spawn', 1, spawn),
        line(1, 'exit', 1, {...exit, stderrTail: '\u001b[31mlast\u0007 words'}),
        line(2, 'recover', 2, {outcome: 'attempt', attempt: 1, limit: 3, windowMs: 60_000, downtimeMs: 1}),
        line(2, 'spawn', 2, spawn),
        line(3, 'recover', 2, {outcome: 'resumed', attempt: 1, limit: 3, windowMs: 60_000, downtimeMs: 2000}),
        line(4, 'exit', 2, {...exit, signal: 'SIGSEGV', cause: 'native-crash:SIGSEGV'}),
        line(5, 'recover', 2, {outcome: 'exhausted', attempt: 3, limit: 3, windowMs: 60_000, downtimeMs: 90}),
      ].join(''),
      {mode: 0o600},
    )
  }

  it('finds a new home healthy, within two seconds, and leaves no trace in it', async () => {
    const {stdout, code} = await doctor([])
    expect(code).to.equal(0)
    expect(stdout).to.match(/^✓ Node {2,}/)
    expect(stdout).to.contain('Works, 1 remark.')
    expect(stdout).not.to.contain('\u001b')
    expect(existsSync(home())).to.equal(false)
    const {stdout: json} = await doctor(['--json'])
    const report = v.parse(examination, JSON.parse(json))
    expect(report.healthy).to.equal(true)
    expect(report.checks.map(({id}) => id)).to.deep.equal([
      'node',
      'terminal',
      'configuration',
      'home',
      'gateway',
      'database',
      'provider',
      'mcp',
      'agents',
      'sandbox',
      'plugins',
      'crash-log',
      'memory',
      'detached',
      'leftovers',
      'deaths',
    ])
  })

  it('ends with 1 when something has to be done', async () => {
    box.write('home/.config/hermes/config.yaml', 'modle: x\n')
    const {stdout, code} = await doctor([], {LANG: 'C'})
    expect(code).to.equal(1)
    expect(stdout).to.contain('FAIL Configuration').and.contain('config.yaml:1:1').and.contain('1 problem to be solved')
    const report = v.parse(examination, JSON.parse((await doctor(['--json'])).stdout))
    expect(report.healthy).to.equal(false)
  })

  it('colours where it is told to, and only there', async () => {
    expect((await doctor([], {FORCE_COLOR: '1'})).stdout).to.contain('\u001b[32m')
    expect((await doctor([], {FORCE_COLOR: '1', NO_COLOR: '1'})).stdout).not.to.contain('[32m')
  })

  it('names the latest deaths, lists them, and tells one in full', async () => {
    writeLog()
    const whole = await doctor([])
    expect(whole.code).to.equal(1)
    expect(whole.stdout).to.contain('0a1b2c3d-2').and.contain('the gateway did not come back (native-crash:SIGSEGV)')

    const list = await doctor(['crashes'])
    expect(list.code).to.equal(0)
    const lines = list.stdout.trimEnd().split('\n')
    expect(lines).to.have.length(2)
    expect(lines[0]).to.match(/0a1b2c3d-2 {2}.*gateway crashed with SIGSEGV.*given up/)
    expect(lines[1]).to.match(/0a1b2c3d-1 {2}.*killed by SIGKILL.*session back after 2\.0 s/)

    const one = await doctor(['crash', '0a1b2c3d-1'])
    expect(one.code).to.equal(0)
    expect(one.stdout).to.contain('Lost      nothing').and.contain('Way back  session back after 2.0 s')
    expect(one.stdout).to.match(/Timeline \(UTC\)\n(?: .*\n){4}/)
    expect(one.stdout).not.to.contain('\u001b').and.not.contain('\u0007')
    expect((await doctor(['crash', 'last'])).stdout).to.contain('SIGSEGV')
  })

  it('tells programs the same, by a documented schema', async () => {
    writeLog()
    const list = v.parse(crashes, JSON.parse((await doctor(['crashes', '--json'])).stdout))
    expect(list.deaths.map(({id, cause}) => [id, cause])).to.deep.equal([
      ['0a1b2c3d-1', 'external-sigkill'],
      ['0a1b2c3d-2', 'native-crash:SIGSEGV'],
    ])
    const filtered = v.parse(crashes, JSON.parse((await doctor(['crashes', '--json', '--limit', '1'])).stdout))
    expect(filtered).to.include({deathsTotal: 2})
    expect(filtered.deaths.map(({id}) => id)).to.deep.equal(['0a1b2c3d-2'])
    expect(JSON.parse((await doctor(['crashes', '--json', '--since', '10m'])).stdout).deaths).to.deep.equal([])
    expect(JSON.parse((await doctor(['crashes', '--json', '--session', 'other'])).stdout).deaths).to.deep.equal([])
    const one = v.parse(crash, JSON.parse((await doctor(['crash', '0a1b2c3d-2', '--json'])).stdout))
    expect(one.death.timeline.map(({event}) => event)).to.deep.equal(['spawn', 'exit', 'recover'])
  })

  it('ends with 2 where it cannot examine what is asked for', async () => {
    expect((await doctor(['crash', 'nope'])).code).to.equal(2)
    expect((await doctor(['crashes', '--since', 'soon'])).code).to.equal(2)
    mkdirSync(homeFiles(home()).crashLog, {recursive: true})
    const {code, stderr} = await doctor(['crashes'])
    expect(code).to.equal(2)
    expect(stderr).to.contain('it is not a file')
  })

  it('kills a scratch gateway in each way, loses nothing, and recognises every cause', async function () {
    this.timeout(60_000)
    const rounds = runs(3, 1)
    const {stdout, stderr, code} = await doctor(['--drill', '--json'], {HERMES_TEST_DRILL_ROUNDS: String(rounds)})
    expect(code, `${stdout}\n${stderr}`).to.equal(0)
    const {drill: report} = v.parse(drill, JSON.parse(stdout))
    expect(report).to.include({passed: true, lost: 0, doubled: 0})
    expect(report.deaths).to.equal(report.rows.length * rounds)
    for (const {causes, expected} of report.rows) expect(causes).to.deep.equal([expected])
    expect(stderr).to.contain('SIGKILL')
    expect(existsSync(home())).to.equal(false)
    expect(readdirSync(box.project)).to.deep.equal([])
  })
})
