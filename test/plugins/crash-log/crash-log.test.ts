import {readFileSync, writeFileSync} from 'node:fs'
import {mkdtemp, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {parseRecord} from '../../../src/crash-log/index.js'
import type {HookContext, HookSettings, LifecycleEvent} from '../../../src/index.js'
import {onLifecycle} from '../../../src/plugins/crash-log/index.js'

const base = {
  time: Date.UTC(2026, 10, 23, 18, 42, 0, 123),
  monotonic: 5123.456,
  schemaVersion: 1,
  instance: '0a1b2c3d',
  generation: 2,
  pid: 4711,
  sessionKey: '20261123_184100_ab12cd',
}
const events: LifecycleEvent[] = [
  {...base, type: 'spawn', command: ['node', '/opt/gateway main.js'], cwd: '/home/me', standby: false},
  {...base, type: 'kill', reason: 'quit', signal: 'SIGTERM'},
  {
    ...base,
    type: 'exit',
    code: null,
    signal: 'SIGKILL',
    expected: false,
    cause: 'external-sigkill',
    confidence: 'likely',
    uptimeMs: 812.25,
    inFlight: {promptId: 'p1', replyChars: 120, openTools: 1},
    stderrTail: ['Error: boom', '[tui-parent] forged', '\x1b[31mred'],
  },
  {...base, type: 'hang', silentMs: 3100, stack: 'at spin (a.js:1)\nat run (a.js:2)'},
]

describe('crash-log plugin', () => {
  let directory: string
  let settings: HookSettings
  const warnings: string[] = []
  const config = {
    name: 'hermes-chat',
    version: '1.0.0',
    bin: 'hermes',
    root: '/',
    dataDir: '/',
    configDir: '/',
    cacheDir: '/',
  }
  const fail = (): never => {
    throw new Error('not to be called')
  }
  const context: HookContext = {
    config,
    plugin: {name: 'hermes-chat', version: '1.0.0', root: '/'},
    log: fail,
    debug: fail,
    error: fail,
    exit: fail,
    warn: (message) => warnings.push(String(message)),
  }
  const tell = (event: LifecycleEvent) => onLifecycle.call(context, {...event, settings, config, context})
  const lines = () => readFileSync(settings.log.path, 'utf8').trimEnd().split('\n')

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'crash-log-plugin-'))
    settings = {
      home: directory,
      log: {enabled: true, path: path.join(directory, 'logs', 'tui_gateway_crash.log'), maxBytes: 1_048_576, files: 5},
    }
    warnings.length = 0
  })
  afterEach(() => rm(directory, {recursive: true, force: true}))

  it('has each event on disk as one line when it returns', () => {
    events.forEach((event, index) => {
      expect(tell(event)).to.equal(undefined)
      expect(lines()).to.have.length(index + 1)
    })
    const common = 'instance=0a1b2c3d gen=2 pid=4711 session=20261123_184100_ab12cd mono=5123.456'
    expect(lines()).to.deep.equal([
      `[tui-parent] 2026-11-23T18:42:00.123Z spawn ${common} command="node /opt/gateway main.js" cwd=/home/me standby=false`,
      `[tui-parent] 2026-11-23T18:42:00.123Z kill ${common} reason=quit signal=SIGTERM`,
      `[tui-parent] 2026-11-23T18:42:00.123Z exit ${common} code=null signal=SIGKILL expected=false cause=external-sigkill confidence=likely ` +
        'uptimeMs=812.25 inFlight.promptId=p1 inFlight.replyChars=120 inFlight.openTools=1 ' +
        'stderrTail="Error: boom ↵ [tui-parent] forged ↵ \\x1b[31mred"',
      `[tui-parent] 2026-11-23T18:42:00.123Z hang ${common} silentMs=3100 stack="at spin (a.js:1) ↵ at run (a.js:2)"`,
    ])
    expect(warnings).to.deep.equal([])
  })

  it('says none where nothing is known', () => {
    tell({
      ...base,
      pid: undefined,
      sessionKey: undefined,
      generation: 0,
      type: 'spawn-failed',
      errno: undefined,
      message: 'x',
    })
    const fields = parseRecord(lines()[0] ?? '')?.fields
    expect(fields?.get('pid')).to.equal('none')
    expect(fields?.get('session')).to.equal('none')
    expect(fields?.has('errno')).to.equal(false)
  })

  it('writes no secret, whichever field holds it', () => {
    const canary = 'sk-CANARYa1b2c3d4e5f6g7h8'
    tell({
      ...base,
      type: 'spawn',
      command: ['gw', '--token', canary, `KEY=${canary}`],
      cwd: `/x/${canary}`,
      standby: false,
    })
    tell({...base, type: 'spawn-failed', errno: 'ENOENT', message: `https://me:${canary}@host failed`})
    tell({
      ...base,
      type: 'exit',
      code: 1,
      signal: null,
      expected: false,
      cause: `uncaught:${canary}`,
      confidence: 'certain',
      uptimeMs: 1,
      inFlight: undefined,
      stderrTail: [`OPENAI_API_KEY=${canary}`, `Authorization: Bearer ${canary}`],
    })
    tell({...base, type: 'hang', silentMs: 1, stack: `at ${canary}`})
    tell({...base, type: 'protocol-error', detail: `{"api_key":"${canary}"}`})
    expect(readFileSync(settings.log.path, 'utf8')).not.to.contain('CANARY')
  })

  it('is off where the configuration says so', () => {
    settings = {...settings, log: {...settings.log, enabled: false}}
    for (const event of events) tell(event)
    expect(() => lines()).to.throw('ENOENT')
  })

  it('warns once when the log cannot be written, and never throws', () => {
    writeFileSync(path.dirname(settings.log.path), '')
    for (const event of events) tell(event)
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.contain(settings.log.path)
  })
})
