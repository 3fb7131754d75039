import {execFileSync} from 'node:child_process'
import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {formatRecord} from '../../../src/crash-log/record.js'
import {readCrashLog} from '../../../src/doctor/log/read-log.js'
import {lastOfTraceback} from '../../../src/doctor/log/reference.js'
import {isWindows} from '../../../src/platform.js'
import {runs} from '../../helpers/sample.js'
import {readText} from './collect.js'

const at = (second: number) => Date.UTC(2026, 10, 23, 18, 42, second, 123)
const record = (event: string, fields: Record<string, string | number | null> = {}, second = 0) =>
  formatRecord(
    'tui-parent',
    {time: at(second), event, fields: [['instance', '0a1b2c3d'], ['gen', 2], ...Object.entries(fields)]},
    (text) => text,
  )

const signalEntry = `
=== SIGTERM received · 2026-11-23 18:42:00 ===
main-thread stack at signal delivery:
  File "/opt/tui_gateway/entry.py", line 288, in main
    for raw in sys.stdin:

--- thread turn-1 (id=140) ---
  File "/usr/lib/python3.11/threading.py", line 1002, in _bootstrap
`

describe('the reading of the crash log', () => {
  it('reads our records, with their origin and their fields', () => {
    const {entries, statistics} = readText(record('exit', {pid: 17, cause: 'uncaught: "x" = \\', code: null}))
    expect(statistics).to.include({lines: 1, records: 1, torn: 0, foreign: 0, lost: 0})
    const [entry] = entries
    expect(entry).to.include({
      writer: 'tui-parent',
      dialect: 'hermes',
      event: 'exit',
      time: at(0),
      exact: true,
      line: 1,
    })
    expect(entry).to.include({instance: '0a1b2c3d', generation: 2, pid: 17})
    expect(entry?.get?.('pid')).to.equal('17')
    expect(Object.fromEntries(entry?.fields ?? [])).to.deep.equal({
      instance: '0a1b2c3d',
      gen: '2',
      pid: '17',
      cause: 'uncaught: "x" = \\',
      code: 'null',
    })
  })

  it("reads the reference's terminal program: every text that it has", () => {
    const child = 'pid=17 killed=false exitCode=null signal=null'
    const texts = [
      `[lifecycle] spawned gateway child ${child} python=/usr/bin/python 3 cwd=/home/me/a b`,
      `[lifecycle] child exit pid=17 killed=false exitCode=null signal=SIGKILL code=null signal=SIGKILL`,
      '[lifecycle] transport exit code=1 reason=none',
      '[lifecycle] child error pid=none message=spawn python3 ENOENT code=0 signal=SIGHUP',
      `[lifecycle] replacing live gateway child ${child}`,
      `[lifecycle] GatewayClient.kill reason=app.dieWithCode:3 ${child} killResult=true`,
      '[startup] timed out waiting for gateway.ready (python=python3, cwd=/)',
      'graceful-exit received signal=SIGHUP → killing gateway',
      'uncaughtException: TypeError: x is not a function',
      'memory-critical process.exit(137) heap=3.2GB rss=4.1GB dump=failed',
      'memory-warning fast heap growth heap=700MB rss=1.1GB',
    ]
    const {entries, statistics} = readText(
      texts.map((text) => `[tui-parent] 2026-11-23T18:42:00.123Z ${text}\n`).join(''),
    )
    expect(statistics).to.include({records: 11, torn: 0, foreign: 0})
    expect(entries.map(({event, fields}) => [event, Object.fromEntries(fields)])).to.deep.equal([
      ['spawn', {command: '/usr/bin/python 3', cwd: '/home/me/a b', pid: '17'}],
      ['exit', {code: 'null', signal: 'SIGKILL', pid: '17'}],
      ['transport-exit', {code: '1', reason: 'none'}],
      ['spawn-failed', {message: 'spawn python3 ENOENT code=0 signal=SIGHUP', pid: 'none'}],
      ['replace', {pid: '17'}],
      ['kill', {reason: 'app.dieWithCode:3', pid: '17'}],
      ['startup-timeout', {command: 'python3', cwd: '/'}],
      ['signal', {signal: 'SIGHUP'}],
      ['parent-error', {kind: 'uncaughtException', message: 'TypeError: x is not a function'}],
      ['memory-critical', {heap: '3.2GB', rss: '4.1GB'}],
      ['memory-warning', {heap: '700MB', rss: '1.1GB'}],
    ])
  })

  it("reads the reference gateway: local time without a zone, stacks of many lines, another's record in between", () => {
    const [stack = '', ...more] = signalEntry.split('\n--- ')
    const log = `${stack}\n${record('kill')}--- ${more.join('\n--- ')}
=== gateway exit · 2026-11-23 18:42:01 · reason=stdin EOF (TUI closed the command pipe) ===

=== unhandled exception · 2026-11-23 18:42:02 ===
Traceback (most recent call last):
  File "entry.py", line 1, in main
json.decoder.JSONDecodeError: Expecting value: line 1
`
    const {entries, statistics} = readText(log)
    expect(statistics).to.include({records: 4, torn: 0, foreign: 0})
    expect(entries.map(({event}) => event)).to.deep.equal(['signal-received', 'kill', 'gateway-exit', 'uncaught'])
    const [signal, , exit, uncaught] = entries
    expect(signal).to.include({exact: false, time: new Date(2026, 10, 23, 18, 42, 0).getTime()})
    expect(signal?.fields.get('signal')).to.equal('SIGTERM')
    expect(signal?.body).to.have.length(5)
    expect(signal?.body[3]).to.match(/^--- thread turn-1/)
    expect(exit?.fields.get('reason')).to.equal('stdin EOF (TUI closed the command pipe)')
    expect(lastOfTraceback(uncaught?.body ?? [])).to.deep.equal({
      name: 'JSONDecodeError',
      text: 'json.decoder.JSONDecodeError: Expecting value: line 1',
    })
  })

  it('counts what was lost, and tells torn records from lines of others', () => {
    const torn = record('exit', {cause: 'a b', pid: 1}).slice(0, 77)
    const {statistics, entries} = readText(
      `${torn}\n${record('spawn', {lost: 3})}hello\n[tui-pa\n${record('ready').slice(0, -1)}`,
    )
    expect(statistics).to.include({records: 2, torn: 2, foreign: 1, lost: 3})
    expect(entries.map(({event}) => event)).to.deep.equal(['spawn', 'ready'])
  })

  it('finds the record behind a torn one, and not one that stands in a text', () => {
    const next = '[tui-parent] 2026-11-23T18:42:01.000Z graceful-exit received signal=SIGHUP → killing gateway'
    const {entries} = readText(`[tui-parent] 2026-11-23T18:42:00.000Z exit code${next}\n`)
    expect(entries.map(({event}) => event)).to.deep.equal(['signal'])
    const forged = readText(`[tui-parent] 2026-11-23T18:42:00.000Z exit stderrTail="said ${next}\n`)
    expect(forged.entries).to.deep.equal([])
    expect(forged.statistics.torn).to.equal(1)
  })

  it('reads rotated files first, oldest first', () => {
    const {entries, statistics} = readText(record('third'), {
      '20261123T184200000Z-9-1': record('second'),
      '20261122T184200000Z-10-1': record('first'),
      bak: record('foreign'),
    })
    expect(entries.map(({event, line}) => [event, line])).to.deep.equal([
      ['first', 1],
      ['second', 1],
      ['third', 1],
    ])
    expect(statistics.files).to.have.length(3)
  })

  it('does without a file, follows no link and waits for no FIFO', function () {
    if (isWindows) this.skip()
    const directory = mkdtempSync(path.join(tmpdir(), 'hermes-log-'))
    try {
      expect(readCrashLog(path.join(directory, 'none'), () => {})).to.deep.include({files: [], unreadable: []})
      writeFileSync(path.join(directory, 'target'), record('spawn'))
      symlinkSync('target', path.join(directory, 'link'))
      execFileSync('mkfifo', [path.join(directory, 'fifo')])
      for (const name of ['link', 'fifo']) {
        const {unreadable, records} = readCrashLog(path.join(directory, name), () => {})
        expect(unreadable).to.have.length(1)
        expect(records).to.equal(0)
      }
    } finally {
      rmSync(directory, {recursive: true})
    }
  })

  it('takes any bytes, and every whole record among them', () => {
    const noise = fc.oneof(
      fc.uint8Array({maxLength: 60}).map((bytes) =>
        Buffer.from(bytes)
          .toString('latin1')
          .replaceAll(/[[=\n]/g, '~'),
      ),
      fc.constantFrom('=== gateway exit ·', '\u0000\u001b[2J', '{"ev":1}', '=== SIGTERM received · 2026-99-99 ===', ''),
    )
    fc.assert(
      fc.property(fc.array(noise, {maxLength: 20}), fc.string({unit: 'binary', maxLength: 40}), (lines, value) => {
        const whole = lines.map((line) => `${line}\n${record('exit', {cause: value})}`).join('')
        const {entries, statistics} = readText(Buffer.from(whole))
        expect(entries).to.have.length(lines.length)
        expect(statistics.torn).to.equal(0)
      }),
      {numRuns: runs(60, 15)},
    )
  })

  it('takes a torn record for one wherever it was torn, and reads the one after it', () => {
    const whole = record('exit', {
      cause: 'external-sigkill',
      stderrTail: 'Error: a=b "q" \\ x\ny',
      uptimeMs: 1.5,
    }).trimEnd()
    fc.assert(
      fc.property(fc.integer({min: 1, max: whole.length - 1}), (length) => {
        const {entries, statistics} = readText(`${whole.slice(0, length)}\n${record('spawn')}`)
        expect(entries.at(-1)?.event).to.equal('spawn')
        // Cut behind a value it is a shorter record; nothing tells.
        expect(statistics.torn + entries.length).to.equal(2)
        if (entries.length === 2) expect(whole.slice(length)).to.match(/^(?:[ "]|\S)/)
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('keeps a line of any length from filling the memory', () => {
    const {entries, statistics} = readText(`${'x'.repeat(3_000_000)}\n${record('spawn')}${'y'.repeat(600_000)}`)
    expect(entries.map(({event}) => event)).to.deep.equal(['spawn'])
    expect(statistics).to.include({foreign: 2, records: 1})
  })
})
