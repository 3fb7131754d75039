import {spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {expect} from 'chai'
import {sampleEvent} from '../../src/testing.js'
import {checkRequest, logsIn, metricsIn, type OtlpReceiver, startOtlpReceiver} from '../fixtures/otlp-receiver.js'
import {ensureBuilt} from '../helpers/build.js'
import {buildProject, copyExample} from '../helpers/plugin-project.js'
import {runHermes} from '../helpers/program/run-program.js'
import {programPath, TestHome} from '../helpers/pty/chat.js'
import {childrenOf} from '../helpers/pty/processes.js'
import {until} from '../lifecycle/plugin-fixture.js'

describe('the OpenTelemetry example', function () {
  this.timeout(60_000)
  let folder: string
  let plugin: string
  let receiver: OtlpReceiver
  let home: TestHome
  // biome-ignore lint/suspicious/noExplicitAny: what was built by TypeScript of the example itself
  let built: Record<string, any>

  before(async () => {
    ensureBuilt()
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-otel-'))
    plugin = copyExample('otel', path.join(folder, 'otel'))
    await buildProject(plugin)
    const names = ['environment', 'exporter', 'queue', 'send', 'tombstone', 'records', 'otlp']
    const modules = await Promise.all(
      names.map((name) => import(pathToFileURL(path.join(plugin, 'dist', `${name}.js`)).href)),
    )
    built = Object.assign({}, ...modules)
  })
  after(() => rmSync(folder, {recursive: true, force: true}))
  beforeEach(async () => {
    receiver = await startOtlpReceiver()
    home = new TestHome()
  })
  afterEach(() => {
    receiver.close()
    home.remove()
  })

  const env = (more: Record<string, string> = {}) =>
    home.env({OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, NO_COLOR: '1', HERMES_MODEL: 'offline', ...more})
  const link = async () => {
    const linked = await runHermes(['plugins', 'link', plugin, '--no-install'], {cwd: home.cwd, env: env()})
    expect(linked.code, linked.stderr).to.equal(0)
  }
  const queued = () => {
    const queue = path.join(home.hermes, 'otel', 'queue')
    return existsSync(queue) ? readdirSync(queue) : []
  }
  /** Print mode; `at`: called with what was written so far, once it is there. */
  async function ask(prompt: string, at?: (pid: number) => void, more: Record<string, string> = {}) {
    const child = spawn(process.execPath, [programPath, 'chat', '-p', prompt], {
      cwd: home.cwd,
      env: env(more),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    const ended = once(child, 'exit')
    let called = false
    for await (const text of child.stdout.setEncoding('utf8')) {
      if (called || !String(text).includes('word')) continue
      called = true
      at?.(child.pid ?? 0)
    }
    return {ended: await ended, stderr}
  }
  const killGateway = (pid: number) => {
    const gateway = childrenOf(pid).find(({command}) => /gateway/.test(command))
    if (gateway) process.kill(gateway.pid, 'SIGKILL')
  }

  it('tells of the session, its death and its recovery, and counts them', async () => {
    await link()
    const {ended, stderr} = await ask('stream 200 tokens at 200', killGateway, {
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc',
      OTEL_SERVICE_NAME: 'team-chat',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=ci',
    })
    expect(ended, stderr).to.deep.equal([0, null])
    expect(receiver.wrong).to.deep.equal([])
    const logs = logsIn(receiver.taken)
    expect(logs.map(({name}) => name)).to.deep.equal(['session.start', 'app.crash', 'hermes.recovery', 'session.end'])
    const [start, crash, recovery] = logs
    expect(start?.resource).to.include({'service.name': 'team-chat', 'deployment.environment.name': 'ci'})
    expect(start?.resource['service.instance.id']).to.match(/^[0-9a-f]{8}$/)
    expect(crash?.severity).to.equal(17)
    expect(crash?.attributes).to.include({'hermes.cause': 'external-sigkill', 'hermes.process': 'gateway'})
    expect(crash?.attributes['app.crash.id']).to.match(/^[0-9a-f]{32}$/)
    expect(crash?.attributes['session.id'])
      .to.equal(start?.attributes['session.id'])
      .and.match(/^[0-9a-f]{32}$/)
    expect(recovery?.attributes).to.include({'hermes.recovery.outcome': 'resumed'})
    expect(receiver.taken[0]?.headers.authorization).to.equal('Bearer abc')
    const metrics = metricsIn(receiver.taken)
    expect(metrics['hermes.gateway.deaths']?.dataPoints[0]).to.include({asInt: '1'})
    expect(metrics['hermes.recovery.duration']?.dataPoints[0]).to.include({count: '1'})
    expect(metrics['hermes.gateway.uptime']?.dataPoints[0]?.asDouble).to.be.above(0)
    expect(JSON.stringify(receiver.taken)).to.not.include('stream 200 tokens')
    expect(queued()).to.deep.equal([])
  })

  it('keeps what a receiver does not take, and tells at the next start of a death that nobody could tell of', async () => {
    await link()
    receiver.plan(...Array(20).fill({status: 503, headers: {'retry-after': '60'}}))
    const refused = async (pid: number) => {
      killGateway(pid)
      await until(() => receiver.answers.length > 0)
      process.kill(pid, 'SIGKILL')
    }
    const killed = await ask('stream 4000 tokens at 200', (pid) => void refused(pid))
    expect(killed.ended).to.deep.equal([null, 'SIGKILL'])
    expect(receiver.answers.every((status) => status === 503)).to.equal(true)
    await until(() => queued().some((name) => name.includes('.logs.json')))
    expect(logsIn(receiver.taken)).to.deep.equal([])
    receiver.plan()
    // A request that the killed program had taken is anybody's after a while.
    for (const name of queued()) utimesSync(path.join(home.hermes, 'otel', 'queue', name), 1, 1)
    const {ended, stderr} = await ask('hello')
    expect(ended, stderr).to.deep.equal([0, null])
    expect(receiver.wrong).to.deep.equal([])
    const logs = logsIn(receiver.taken)
    const [gateway, crash] = logs.filter(({name}) => name === 'app.crash')
    const run = gateway?.resource['service.instance.id']
    expect(gateway?.attributes).to.include({'hermes.process': 'gateway', 'hermes.cause': 'external-sigkill'})
    expect(crash?.attributes).to.include({
      'hermes.process': 'hermes',
      'hermes.cause': 'vanished',
      'service.instance.id': run,
    })
    expect(crash?.severity).to.equal(21)
    expect(crash?.resource['service.instance.id']).to.not.equal(run)
  })

  it('does nothing at all where OTEL_SDK_DISABLED says so', async () => {
    await link()
    await ask('hello', undefined, {OTEL_SDK_DISABLED: 'true'})
    expect(receiver.answers).to.deep.equal([])
    expect(existsSync(path.join(home.hermes, 'otel'))).to.equal(false)
  })

  it('is checked by a receiver that takes what the protocol has, and nothing else', () => {
    const request = built.logsRequest({'service.name': 'x', n: 1, d: 1.5, b: true}, [
      built.sessionRecord('session.start', {key: 'k', time: 1_764_000_000_000.25}),
    ])
    const change = (act: (record: Record<string, unknown>, body: Record<string, unknown>) => void) => {
      const body = JSON.parse(JSON.stringify(request))
      act(body.resourceLogs[0].scopeLogs[0].logRecords[0], body)
      return () => checkRequest('logs', body)
    }
    expect(change(() => {})).to.not.throw()
    const wrong: ((record: Record<string, unknown>, body: Record<string, unknown>) => void)[] = [
      (record) => (record.timeUnixNano = 1_764_000_000_000_000_000),
      (record) => (record.timeUnixNano = '1764000000000'),
      (record) => (record.severityNumber = 'SEVERITY_NUMBER_INFO'),
      (record) => (record.severityNumber = 25),
      (record) => (record.time_unix_nano = record.timeUnixNano),
      (record) => (record.traceId = 'AAAAAAAAAAAAAAAAAAAAAA=='),
      (record) => (record.body = 'text'),
      (record) => (record.attributes = {a: 1}),
      (record) => (record.attributes = [{key: 'a', value: {intValue: 1}}]),
      (record) => delete record.timeUnixNano,
      (_, body) => (body.resource_logs = []),
    ]
    for (const [index, act] of wrong.entries()) expect(change(act), String(index)).to.throw('body')
  })

  describe('sends', () => {
    const exporter = (warned: string[], more: Record<string, string> = {}) =>
      new built.Exporter({
        home: home.hermes,
        log: path.join(home.hermes, 'none.log'),
        version: '1',
        environment: built.readEnvironment({OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...more}),
        warn: (text: string) => warned.push(text),
      })

    it('again what was answered 429 or 503, as late as Retry-After says, and never what was answered 400', async () => {
      const warned: string[] = []
      const sends = exporter(warned, {OTEL_METRICS_EXPORTER: 'none'})
      receiver.plan({status: 503, headers: {'retry-after': '0'}}, {status: 429, headers: {'retry-after': '0'}})
      sends.handle(sampleEvent('ready'))
      await until(() => receiver.taken.length === 1)
      expect(receiver.answers).to.deep.equal([503, 429, 200])
      receiver.plan({status: 400})
      sends.handle(sampleEvent('exit', {generation: 5}))
      await until(() => warned.some((text) => text.includes('refused')))
      await sends.end(Date.now(), 2000)
      expect(receiver.answers).to.deep.equal([503, 429, 200, 400, 200])
      expect(logsIn(receiver.taken).map(({name}) => name)).to.deep.equal(['session.start', 'session.end'])
      expect(queued()).to.deep.equal([])
      // Each kind of trouble once.
      expect(warned).to.have.length(3)
    })

    it('each death once, whoever tells of it', async () => {
      const sends = exporter([])
      const exit = sampleEvent('exit', {generation: 3})
      sends.handle(exit)
      sends.handle(exit)
      exporter([]).handle(exit)
      await sends.end(Date.now(), 2000)
      expect(logsIn(receiver.taken).filter(({name}) => name === 'app.crash')).to.have.length(1)
    })
  })

  it('reads OTEL_* as the specification has it', () => {
    const read = (of: Record<string, string>) => built.readEnvironment(of)
    expect(read({})).to.deep.include({disabled: false, serviceName: 'hermes', problems: []})
    expect(read({}).logs).to.deep.equal({url: 'http://localhost:4318/v1/logs', headers: {}, timeoutMs: 10_000})
    const all = read({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://a.example/base/',
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'https://b.example/own',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1, b=x%20y,broken',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'b=2',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=res,team=x',
    })
    expect(all.logs).to.deep.equal({url: 'https://b.example/own', headers: {a: '1', b: '2'}, timeoutMs: 500})
    expect(all.metrics.url).to.equal('https://a.example/base/v1/metrics')
    expect(all.serviceName).to.equal('res')
    expect(all.resource).to.deep.equal({team: 'x'})
    expect(read({OTEL_SDK_DISABLED: 'TRUE'}).disabled).to.equal(true)
    expect(read({OTEL_METRICS_EXPORTER: 'none'}).metrics).to.equal(undefined)
    expect(read({OTEL_RESOURCE_ATTRIBUTES: 'a=1,broken'})).to.deep.include({resource: {}})
    expect(read({OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense'}).problems.join()).to.include('is no http address')
    expect(read({OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc'}).problems.join()).to.include('http/json alone')
    expect(built.retryAfter('3', 0)).to.equal(3000)
    expect(built.retryAfter('Thu, 01 Jan 1970 00:00:09 GMT', 4000)).to.equal(5000)
    expect(built.retryAfter('soon', 0)).to.equal(undefined)
    expect(built.backOff(0, 0)).to.equal(1000)
    expect(built.backOff(20, 1)).to.equal(75_000)
  })

  it('keeps so much and no more, the newest, and gives up no request that another program has', () => {
    const queue = new built.Queue(path.join(home.hermes, 'q'), {files: 3, bytes: 1000, claimMs: 1000})
    for (const text of ['one', 'two', 'three', 'four']) queue.add('logs', text)
    expect(queue.takeLost()).to.equal(1)
    queue.add('metrics', 'sums 1', 'run-x')
    queue.add('metrics', 'sums 2', 'run-x')
    expect(queue.size).to.equal(3)
    const first = queue.take()
    expect(first.text).to.equal('three')
    expect(queue.take().text).to.equal('four')
    expect(queue.take().text).to.equal('sums 2')
    expect(queue.take()).to.equal(undefined)
    first.putBack()
    expect(queue.take().text).to.equal('three')
    expect(queue.take(Date.now() + 5000).text).to.equal('three')
    queue.add('logs', 'x'.repeat(2000))
    expect(queue.takeLost()).to.equal(2)
    expect(queue.size).to.equal(2)
  })

  it('reads deaths out of the crash log, those that nobody told of and that are not old', () => {
    const log = path.join(home.dir, 'crash.log')
    const at = Date.parse('2026-01-01T00:00:00Z')
    writeFileSync(
      log,
      [
        '[tui-parent] 2026-01-01T00:01:00.000Z exit instance=0a1b2c3d gen=2 pid=47 session=s1 mono=5 code=null expected=false cause=external-sigkill confidence=likely uptimeMs=812.25 stderrTail="a \\"b\\" cause=other"',
        '[tui-parent] 2026-01-01T00:01:01.000Z exit instance=0a1b2c3d gen=3 pid=48 session=s1 expected=true cause=intentional:quit',
        '[gateway] 2026-01-01T00:01:02.000Z gateway-exit instance=0a1b2c3d gen=3 reason=x',
        '[tui-parent] 2026-01-01T00:02:00.000Z vanished instance=ffffffff gen=1 pid=9 session=none run=00000001 runPid=7 startedAt=1767225600000 lastSeen=1767225660000 rebooted=false',
        'half a line',
        '[tui-parent] 2025-12-31T23:00:00.000Z exit instance=0a1b2c3d gen=1 expected=false cause=old',
      ].join('\n'),
    )
    const told = new built.Told(path.join(home.hermes, 'otel'), at)
    const left = told.left(log, at + 3_600_000)
    expect(
      left.map(({cause, process: which, uptimeMs}: Record<string, unknown>) => [which, cause, uptimeMs]),
    ).to.deep.equal([
      ['gateway', 'external-sigkill', 812.25],
      ['hermes', 'vanished', 60_000],
    ])
    expect(left[0].id).to.equal(built.deathId('0a1b2c3d', 2))
    expect(told.first(left[0])).to.equal(true)
    expect(new built.Told(path.join(home.hermes, 'otel')).left(log, at + 3_600_000)).to.have.length(1)
    expect(told.left(log, at + 65_000)).to.have.length(0)
  })
})
