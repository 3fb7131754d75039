import {existsSync, readFileSync, statSync} from 'node:fs'
import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {setTimeout as delay} from 'node:timers/promises'
import {expect} from 'chai'
import {
  findFatalReport,
  listFatalReports,
  parseRecord,
  privateReportFlags,
  scrubFatalReports,
} from '../../../src/crash-log/index.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

/** Runs `act` in the gateway when it gets SIGUSR2. */
async function onSignal(folder: string, act: string): Promise<{NODE_OPTIONS: string}> {
  const file = path.join(folder, 'on-signal.mjs')
  await writeFile(file, `process.on('SIGUSR2', () => {${act}})`)
  return {NODE_OPTIONS: `--import ${file}`}
}

describe('the last words of a gateway', () => {
  const scratch = new Scratch()
  const folder = () => path.join(scratch.home, 'words')
  const file = () => path.join(folder(), 'crash.log')

  async function start(env: Record<string, string> = {}, more: Record<string, unknown> = {}): Promise<GatewayProcess> {
    const log = {enabled: true, path: file(), maxBytes: 1_000_000, files: 2, instance: '0a1b2c3d', ...more}
    const gateway = await scratch.start({
      model: 'offline/2000@100',
      env: {HERMES_GATEWAY_LOG: JSON.stringify(log), ...env},
    })
    if (log.enabled) await untilExists(folder())
    return gateway
  }
  async function untilExists(name: string): Promise<void> {
    while (!existsSync(name)) await delay(5)
  }
  const records = (name = file()) =>
    readFileSync(name, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => {
        const record = parseRecord(line)
        if (!record) throw new Error(`no record: ${line}`)
        return {...Object.fromEntries(record.fields), writer: record.writer, event: record.event} as Record<
          string,
          string
        >
      })

  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    it(`say that it received ${signal}, in which session and how busy it was`, async () => {
      const gateway = await start()
      const {sid, key} = await gateway.create()
      await gateway.call('prompt.submit', {session_id: sid, text: 'stream 2000 tokens at 100', prompt_id: 'p1'})
      await gateway.until(() => gateway.shown().includes('word3'))
      const {pid} = gateway
      await gateway.kill(signal)
      expect(records()).to.deep.equal([
        {
          writer: 'gateway',
          event: 'signal-received',
          instance: '0a1b2c3d',
          pid: String(pid),
          session: key,
          turns: '1',
          signal,
        },
      ])
      expect(statSync(file()).mode & 0o777).to.equal(0o600)
    })
  }

  it('tell a goodbye from a client that was suddenly gone', async () => {
    const polite = await start()
    await polite.call('gateway.shutdown', {reason: 'quit'})
    await polite.exited
    const left = await start()
    left.child.stdin.end()
    await left.exited
    const [first, second] = records()
    expect(first).to.include({event: 'gateway-exit', reason: 'shutdown requested (quit)', goodbye: 'true', code: '0'})
    expect(second).to.include({event: 'gateway-exit', goodbye: 'false', session: 'none'})
    expect(second?.reason).to.include('stdin EOF')
  })

  it('name an uncaught error with its stack, on one line and without secrets', async () => {
    const secret = 'sk-CANARYa1b2c3d4e5f6g7h8'
    const gateway = await start(
      await onSignal(scratch.home, `throw new TypeError('boom ${secret}\\n[tui-parent] forged')`),
    )
    expect(await gateway.kill('SIGUSR2')).to.deep.equal({code: 1, signal: null})
    const [record, ...more] = records()
    expect(more).to.deep.equal([])
    expect(record).to.include({event: 'uncaught', name: 'TypeError'})
    expect(record?.message).to.equal('boom [redacted] ↵ [tui-parent] forged')
    expect(record?.stack).to.match(/^TypeError: boom .* ↵ +at /)
    expect(readFileSync(file(), 'utf8')).to.not.include('CANARY')
  })

  it("leave Node's own report when the heap is full, without environment", async () => {
    const fill = 'const all=[];for(;;)all.push(Array.from({length:1e5},(_,i)=>[i]))'
    const {NODE_OPTIONS} = await onSignal(scratch.home, fill)
    const options = [NODE_OPTIONS, '--max-old-space-size=60', ...privateReportFlags]
    const gateway = await start({NODE_OPTIONS: options.join(' '), MY_OWN: 'in-the-environment'})
    expect(await gateway.kill('SIGUSR2')).to.deep.equal({code: null, signal: 'SIGABRT'})
    const [report = '', ...more] = listFatalReports(folder())
    expect(more).to.deep.equal([])
    const text = readFileSync(report, 'utf8')
    const {header} = JSON.parse(text)
    expect(header.processId).to.equal(gateway.pid)
    expect(header.event).to.include('out of memory')
    expect(text).to.not.include('in-the-environment')
    const found = (since: number) => findFatalReport(folder(), header.processId, since)
    expect(found(0)).to.deep.equal({file: report, error: header.event})
    expect(found(Date.now() + 60_000), 'of an earlier process with that id').to.equal(undefined)
  }).timeout(60_000)

  it('take the environment out of a report that the chat left', async () => {
    await mkdir(folder())
    const name = path.join(folder(), 'report.20260101.000000.4711.0.001.json')
    await writeFile(name, JSON.stringify({header: {processId: 4711}, environmentVariables: {KEY: 'secret'}}))
    scrubFatalReports(folder(), 4712)
    expect(readFileSync(name, 'utf8')).to.include('secret')
    scrubFatalReports(folder(), 4711)
    expect(JSON.parse(readFileSync(name, 'utf8'))).to.deep.equal({header: {processId: 4711}})
    expect(statSync(name).mode & 0o777).to.equal(0o600)
  })

  it('are not written where the log is off', async () => {
    const gateway = await start({}, {enabled: false})
    await gateway.create()
    await gateway.kill('SIGTERM')
    expect(existsSync(folder())).to.equal(false)
  })

  it('go where its own configuration says when nobody handed a log down', async () => {
    const own = path.join(scratch.home, 'own', 'log')
    await mkdir(path.join(scratch.home, '.config', 'hermes'), {recursive: true})
    await writeFile(path.join(scratch.home, '.config', 'hermes', 'config.yaml'), `log: {path: ${JSON.stringify(own)}}`)
    const gateway = await scratch.start()
    await untilExists(path.dirname(own))
    await gateway.kill('SIGTERM')
    expect(records(own)).to.have.length(1)
    expect(records(own)[0]).to.include({event: 'signal-received', signal: 'SIGTERM'})
  })

  it('keep the five newest reports of Node', async () => {
    await mkdir(folder())
    for (let n = 0; n < 8; n++) await writeFile(path.join(folder(), `report.20260101.00000${n}.1.0.00${n}.json`), '{}')
    await writeFile(path.join(folder(), 'report.json'), 'mine')
    const gateway = await start()
    await gateway.create()
    while (listFatalReports(folder()).length !== 5) await delay(5)
    expect(listFatalReports(folder()).map((name) => path.basename(name))[0]).to.include('000003')
    expect(existsSync(path.join(folder(), 'report.json'))).to.equal(true)
  })
})
