import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {formatRecord} from '../../../src/crash-log/record.js'
import {type DeathsOptions, findDeaths} from '../../../src/doctor/deaths/find-deaths.js'
import type {FoundDeaths} from '../../../src/doctor/deaths/types.js'
import type {LifecycleDetails} from '../../../src/lifecycle/events.js'
import {recordOf} from '../../../src/plugins/crash-log/record-of.js'

const start = Date.UTC(2026, 10, 23, 18, 42, 0)
const base = {generation: 1, pid: 4711, sessionKey: '20261123_184100_ab12cd'}
const command = ['node', '/opt/hermes/dist/gateway/main.js']

/** Writes a log as the plugin does, one second between records. */
class Log {
  text = ''
  #seconds = 0

  add(details: LifecycleDetails, instance = '0a1b2c3d'): this {
    const time = start + 1000 * this.#seconds++
    const record = recordOf({...details, schemaVersion: 1, time, monotonic: time - start, instance})
    this.text += formatRecord('tui-parent', record, (text) => text)
    return this
  }

  spawned(generation = 1): this {
    const pid = 4710 + generation
    return this.add({...base, generation, pid, type: 'spawn', command, cwd: '/home/me', standby: false}).add({
      ...base,
      generation,
      pid,
      type: 'ready',
      startupMs: 50,
      version: '1',
    })
  }

  died(details: Partial<Extract<LifecycleDetails, {type: 'exit'}>>): this {
    return this.add({
      ...base,
      type: 'exit',
      code: null,
      signal: null,
      expected: false,
      cause: '',
      confidence: 'likely',
      uptimeMs: 1,
      inFlight: undefined,
      stderrTail: [],
      ...details,
    })
  }

  recover(outcome: 'attempt' | 'resumed' | 'failed' | 'exhausted', generation = 2): this {
    const details = {attempt: 1, limit: 3, windowMs: 60_000, downtimeMs: 87, reason: undefined}
    return this.add({...base, generation, pid: undefined, type: 'recover', outcome, ...details})
  }

  raw(text: string): this {
    this.text += text
    return this
  }
}

function deathsIn(text: string, options: Partial<DeathsOptions> = {}): FoundDeaths {
  const directory = mkdtempSync(path.join(tmpdir(), 'hermes-deaths-'))
  try {
    const file = path.join(directory, 'crash.log')
    writeFileSync(file, text)
    return findDeaths(file, {isAlive: () => false, ...options})
  } finally {
    rmSync(directory, {recursive: true, force: true})
  }
}

const only = (text: string, options?: Partial<DeathsOptions>) => {
  const {deaths} = deathsIn(text, options)
  expect(deaths).to.have.length(1)
  const [death] = deaths
  if (!death) throw new Error('no death')
  return death
}

describe('the deaths in a log of ours', () => {
  it('says what killed it, what was lost and how it came back', () => {
    const log = new Log()
      .spawned()
      .died({signal: 'SIGKILL', cause: 'external-sigkill', inFlight: {promptId: 'p', replyChars: 120, openTools: 1}})
      .recover('attempt')
      .spawned(2)
      .recover('resumed')
    const death = only(log.text, {isAlive: () => true})
    expect(death).to.include({
      id: '0a1b2c3d-1',
      who: 'gateway',
      cause: 'external-sigkill',
      confidence: 'likely',
      pid: 4711,
      sessionKey: base.sessionKey,
      time: start + 2000,
    })
    expect(death.back).to.deep.equal({outcome: 'resumed', attempts: 1, downtimeMs: 87})
    expect(death.lost).to.deep.equal(['the outcome of a tool call that had begun'])
    expect(death.timeline.map(({event}) => event)).to.deep.equal(['spawn', 'ready', 'exit', 'recover', 'recover'])
    expect(death.witnesses.map(({entry}) => entry?.line)).to.deep.equal([3])
  })

  it('takes an end that was meant for no death', () => {
    const log = new Log().spawned()
    log.add({...base, type: 'kill', reason: 'quit', signal: null})
    log.died({code: 0, expected: true, cause: 'intentional:quit'})
    expect(deathsIn(log.text).total).to.equal(0)
  })

  it('names a hang by the record that was written before the kill', () => {
    const log = new Log().spawned()
    log.add({...base, type: 'hang', silentMs: 3100, stack: 'at spin (tool.js:3:5)\nat run (tool.js:9:1)'})
    log.add({...base, type: 'kill', reason: 'hang', signal: 'SIGKILL'})
    log.died({signal: 'SIGKILL', expected: true, cause: 'hang:stopped', confidence: 'certain'})
    expect(only(log.text)).to.include({
      cause: 'hang:stopped',
      confidence: 'certain',
      summary: 'was stopped and did not answer',
    })
    const {witnesses} = only(log.text)
    expect(witnesses.map(({entry}) => entry?.event)).to.deep.equal(['hang', 'kill'])
    expect(witnesses[0]?.says).to.equal('no sign of life for 3100 ms, at spin (tool.js:3:5)')
  })

  it('does not call a SIGKILL an out-of-memory kill, nor exit 137 either of them', () => {
    expect(only(new Log().spawned().died({signal: 'SIGKILL', cause: 'external-sigkill'}).text).cause).to.equal(
      'external-sigkill',
    )
    expect(only(new Log().spawned().died({code: 137, cause: 'exit-code:137', confidence: 'unknown'}).text)).to.include({
      cause: 'exit-code:137',
      confidence: 'unknown',
    })
    expect(only(new Log().spawned().died({signal: 'SIGKILL', cause: 'kernel-oom'}).text).cause).to.equal('kernel-oom')
  })

  it("believes the kernel's log where it names the very process, in time", () => {
    const {text} = new Log().spawned().died({signal: 'SIGKILL', cause: 'external-sigkill'})
    const line = 'Memory cgroup out of memory: Killed process 4711 (node) total-vm:1kB'
    const kernel = (pid: number, time: number) => ({kernelKills: () => [{pid, time, line}]})
    const limited = {kernelKills: () => [{pid: 4711, time: start + 2500, line, limitBytes: 400 * 1024 * 1024}]}
    expect(only(text, limited).advice[0]).to.contain('may use 400 MB')
    const named = only(text, kernel(4711, start + 2500))
    expect(named.advice[0]).to.contain('Give it more memory')
    expect(named).to.include({cause: 'kernel-oom', confidence: 'certain'})
    expect(named.witnesses.map(({says}) => says).join()).to.contain(line)
    expect(only(text, kernel(4712, start)).cause).to.equal('external-sigkill')
    expect(only(text, kernel(4711, start + 3_600_000)).cause).to.equal('external-sigkill')
  })

  it('says how it broke the protocol', () => {
    const tell = (what: {type: 'transport-end'} | {type: 'protocol-error'; detail: string}) => {
      const log = new Log().spawned().add({...base, ...what})
      log.add({...base, type: 'kill', reason: 'protocol', signal: 'SIGTERM'})
      log.died({signal: 'SIGTERM', expected: true, cause: 'protocol-violation'})
      return only(log.text).witnesses.map(({says}) => says)
    }
    const ended = 'hermes ended it itself (protocol)'
    expect(tell({type: 'transport-end'})).to.deep.equal(['it had closed its output and lived on', ended])
    expect(tell({type: 'protocol-error', detail: 'a line of 64 MB'})).to.deep.equal(['a line of 64 MB', ended])
  })

  it('takes a hang-up of the terminal for the death of the program', () => {
    const log = new Log().spawned()
    log.add({...base, type: 'signal', signal: 'SIGHUP'})
    log.add({...base, type: 'kill', reason: 'parent-signal', signal: null})
    log.died({code: 0, expected: true, cause: 'intentional:parent-signal'})
    expect(only(log.text)).to.include({who: 'program', cause: 'terminal-hangup', confidence: 'certain'})
    expect(only(log.text.replaceAll('SIGHUP', 'SIGTERM'))).to.include({cause: 'supervisor-term'})
    expect(deathsIn(log.text.replaceAll('SIGHUP', 'SIGINT')).total).to.equal(0)
  })

  it('finds a program that vanished, and not one that lives', () => {
    const {text} = new Log().spawned()
    expect(only(text)).to.include({who: 'program', cause: 'parent-vanished', confidence: 'unknown'})
    expect(deathsIn(text, {isAlive: (pid, at) => pid === 4711 && at === start}).total).to.equal(0)
  })

  it('takes what the next run says of one that vanished for the end of that one, once', () => {
    const vanished = {
      ...base,
      type: 'vanished' as const,
      run: '0a1b2c3d',
      runPid: 4000,
      startedAt: start,
      lastSeen: start + 500_000,
      rebooted: false,
      rssBytes: 100 * 1024 * 1024,
      heapBytes: 1,
      oomKills: 0,
      report: undefined,
      fatalError: undefined,
    }
    const said = `[gateway] ${new Date(start + 600_000).toISOString()} gateway-exit instance=0a1b2c3d pid=4711 reason="stdin EOF"\n`
    const tell = (change: Partial<typeof vanished> | {report: string; fatalError?: string} | {oomKills: undefined}) =>
      only(
        new Log()
          .spawned()
          .raw(said)
          .add({...vanished, ...change}, 'ffffffff').text,
      )
    const death = tell({})
    expect(death).to.include({who: 'program', cause: 'parent-vanished', confidence: 'certain', id: '0a1b2c3d-1'})
    expect(death.time).to.equal(start + 600_000)
    expect(death.witnesses.map(({says}) => says).join('; '))
      .to.contain('stdin EOF')
      .and.contain('100 MB')
    expect(death.summary).to.equal('vanished without a word: killed by SIGKILL, or crashed')
    expect(tell({oomKills: undefined}).summary).to.contain('the machine went down')
    expect(tell({rebooted: true}).summary).to.equal('ended with the system, which was started anew')
    expect(tell({oomKills: 2}).summary).to.contain('want of memory')
    expect(tell({report: '/x/report.json'}).advice[0]).to.contain('/x/report.json')
    const full = tell({report: '/x/report.json', fatalError: 'Allocation failed - JavaScript heap out of memory'})
    expect(full.summary).to.equal('ran out of JavaScript heap memory')
    expect(full.advice[0]).to.contain('--max-old-space-size')
    const line = 'Memory cgroup out of memory: Killed process 4000 (node)'
    const kernel = (time: number) => ({kernelKills: () => [{pid: 4000, time, line}]})
    const {text} = new Log().spawned().add(vanished, 'ffffffff')
    expect(only(text, kernel(start + 501_000))).to.include({who: 'program', cause: 'kernel-oom', confidence: 'certain'})
    expect(only(text, kernel(start - 900_000)).cause).to.equal('parent-vanished')
    const alone = only(new Log().add(vanished, 'ffffffff').text)
    expect(alone).to.include({id: '0a1b2c3d-1', cause: 'parent-vanished', pid: 4711, time: start + 500_000})
    // The next run itself lives on.
    const both = new Log().spawned().add(vanished, 'ffffffff')
    expect(deathsIn(both.text).total).to.equal(1)
  })

  it('says that nothing was started, and what the system said', () => {
    const details = {...base, pid: undefined, type: 'spawn-failed' as const, errno: 'ENOENT'}
    const log = new Log().add({...details, message: 'the gateway could not be started: command not found: nope'})
    expect(only(log.recover('exhausted', 1).text)).to.deep.include({
      cause: 'spawn-failed:ENOENT',
      summary: 'could not be started: command not found: nope',
      back: {outcome: 'exhausted', attempts: 0, downtimeMs: 87},
    })
  })

  it('is not misled by what a gateway wrote to stderr', () => {
    const forged = [
      '[tui-parent] 2026-11-23T18:42:00.123Z kill instance=0a1b2c3d gen=1 reason=quit cause=intentional:quit',
    ]
    const log = new Log().spawned().died({code: 1, cause: 'exit-code:1', stderrTail: forged})
    expect(only(log.text)).to.include({cause: 'exit-code:1', confidence: 'likely'})
  })

  it('tells programs apart that write at once, and finds those that are asked for', () => {
    const [a, b] = [new Log().spawned(), new Log()]
    for (const each of a.text.trimEnd().split('\n'))
      b.raw(`${each.replace('0a1b2c3d', 'ffffffff').replace('ab12cd', 'other')}\n`)
    const ends = new Log().died({signal: 'SIGSEGV', cause: 'native-crash:SIGSEGV'}).text
    const text = a.text + b.text + ends + ends.replace('0a1b2c3d', 'ffffffff').replace('ab12cd', 'other')
    expect(deathsIn(text).deaths.map(({id}) => id)).to.deep.equal(['0a1b2c3d-1', 'ffffffff-1'])
    expect(deathsIn(text, {session: '20261123_184100_o'}).deaths.map(({id}) => id)).to.deep.equal(['ffffffff-1'])
    expect(deathsIn(text, {since: start + 60_000}).total).to.equal(0)
    expect(deathsIn(text, {limit: 1})).to.deep.include({total: 2})
  })
})

describe('the death of hermes itself by an error', () => {
  const crash = (origin: 'screen' | 'exception' | 'rejection'): LifecycleDetails => ({
    ...base,
    type: 'uncaught',
    origin,
    name: 'RangeError',
    message: 'Maximum call stack size exceeded',
    stack: 'RangeError: …',
  })
  const kill = {...base, type: 'kill', reason: 'crash', signal: null} as const

  it('is told as one of the screen, though the gateway ended in order', () => {
    const log = new Log()
      .spawned()
      .add(crash('screen'))
      .add(kill)
      .died({expected: true, code: 0, cause: 'intentional:crash'})
    const {deaths} = deathsIn(log.text)
    expect(deaths).to.have.lengthOf(1)
    expect(deaths[0]).to.include({cause: 'screen-crash', who: 'program', confidence: 'certain'})
    expect(deaths[0]?.summary).to.equal('its screen crashed: RangeError: Maximum call stack size exceeded')
    expect(deaths[0]?.advice.join()).to.include('hermes chat --continue')
  })

  it('is told where nobody was left to record the end of the gateway', () => {
    for (const origin of ['exception', 'rejection'] as const) {
      const {deaths} = deathsIn(new Log().spawned().add(crash(origin)).text)
      expect(deaths.map(({cause, who}) => [cause, who])).to.deep.equal([['program-crash', 'program']])
    }
  })

  it('is not taken for one of the gateway, nor the other way round', () => {
    const last = `[gateway] 2026-11-23T18:42:10.000Z uncaught pid=4711 name=TypeError message=x stack=y\n`
    const log = new Log().spawned().raw(last).died({code: 1, cause: 'exit-code:1'})
    expect(deathsIn(log.text).deaths[0]).to.include({cause: 'uncaught:TypeError', who: 'gateway'})
  })
})

describe("the deaths in the reference's log", () => {
  const child = 'pid=17 killed=false exitCode=null signal=null'
  const parent = (text: string, second = 0) => `[tui-parent] ${new Date(start + 1000 * second).toISOString()} ${text}\n`
  const local = (second: number, zoneHours = 0) => {
    const time = new Date(start + 1000 * second + zoneHours * 3_600_000)
    const two = (n: number) => String(n).padStart(2, '0')
    return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  }
  const spawn = (second = 0) => parent(`[lifecycle] spawned gateway child ${child} python=python3 cwd=/home/me`, second)
  const exit = (code: string, signal: string, second = 10) =>
    parent(
      `[lifecycle] child exit pid=17 killed=false exitCode=${code} signal=${signal} code=${code} signal=${signal}`,
      second,
    )
  const received = (signal: string, second = 10, zone = 0) =>
    `\n=== ${signal} received · ${local(second, zone)} ===\nmain-thread stack at signal delivery:\n  File "a.py", line 1\n`

  it('sees SIGTERM from outside, though the exit code is 0', () => {
    const death = only(spawn() + received('SIGTERM') + exit('0', 'null'))
    expect(death).to.include({cause: 'external-SIGTERM', confidence: 'certain', pid: 17})
    expect(death.witnesses[0]?.entry?.line).to.equal(3)
  })

  it('brings the time of a log from another zone into line', () => {
    const death = only(spawn() + received('SIGTERM', 10, 5.5) + exit('0', 'null'))
    expect(death.timeline.find(({event}) => event === 'signal-received')?.time).to.equal(start + 10_000)
  })

  it('takes a kill that it announced for one that was meant', () => {
    const quit = parent(`[lifecycle] GatewayClient.kill reason=app.die ${child} killResult=true`, 9)
    expect(deathsIn(spawn() + quit + received('SIGTERM')).total).to.equal(0)
    expect(deathsIn(spawn() + quit + received('SIGTERM') + exit('0', 'null')).total).to.equal(0)
  })

  it('does not believe "replacing live gateway child" after a death by a signal', () => {
    const replacing = parent(
      '[lifecycle] replacing live gateway child pid=17 killed=false exitCode=null signal=SIGKILL',
      11,
    )
    const death = only(spawn() + exit('null', 'SIGKILL') + replacing + spawn(11), {isAlive: () => true})
    expect(death).to.include({cause: 'external-sigkill', confidence: 'unknown'})
    expect(death.back).to.deep.equal({outcome: 'unknown', attempts: 1, downtimeMs: 1000})
    expect(death.lost).to.have.length(1)
  })

  it('names the exception that ended it', () => {
    const crash = `\n=== unhandled exception · ${local(10)} ===\nTraceback (most recent call last):\nUnicodeEncodeError: 'utf-8'\n`
    expect(only(spawn() + crash + exit('1', 'null'))).to.include({
      cause: 'uncaught:UnicodeEncodeError',
      confidence: 'certain',
    })
  })

  it('tells a closed terminal from a program that vanished', () => {
    const hangup = parent('graceful-exit received signal=SIGHUP → killing gateway', 10)
    expect(only(spawn() + hangup + received('SIGHUP') + exit('0', 'null'))).to.include({
      cause: 'terminal-hangup',
      who: 'program',
    })
    const eof = `\n=== gateway exit · ${local(10)} · reason=stdin EOF (TUI closed the command pipe) ===\n`
    expect(only(spawn() + eof)).to.include({cause: 'parent-vanished', confidence: 'likely', who: 'program'})
    const memory = parent('memory-critical process.exit(137) heap=3GB rss=4GB dump=failed', 9)
    expect(only(spawn() + memory + eof)).to.include({cause: 'program-memory', who: 'program'})
  })

  it('says by which signal it ended though its exit code is 0', () => {
    const death = only(spawn() + received('SIGTERM') + exit('0', 'null'))
    expect(death.summary).to.equal('ended by SIGTERM from outside')
    expect(death.advice.join()).to.contain('SIGTERM')
  })

  it('takes a hang-up for one where the program was gone before its gateway', () => {
    const hangup = parent('graceful-exit received signal=SIGHUP → killing gateway', 10)
    expect(only(spawn() + hangup)).to.include({cause: 'terminal-hangup', who: 'program'})
  })

  it('does not give the last words of one gateway to another that was never started', () => {
    const failed = parent('[lifecycle] child error pid=none message=spawn python9 ENOENT', 100)
    const hangup = parent('graceful-exit received signal=SIGHUP → killing gateway', 10)
    const kill = parent(`[lifecycle] GatewayClient.kill reason=graceful-exit-cleanup ${child} killResult=true`, 10)
    const {deaths} = deathsIn(spawn() + hangup + kill + received('SIGTERM') + failed)
    expect(deaths.map(({cause, who}) => [cause, who])).to.deep.equal([
      ['terminal-hangup', 'program'],
      ['spawn-failed:ENOENT', 'gateway'],
    ])
    const [, never] = deaths
    expect(never?.timeline.map(({event}) => event)).to.deep.equal(['spawn-failed'])
    expect(never?.summary).to.equal('could not be started: spawn python9 ENOENT')
    expect(never?.lost).to.deep.equal([])
  })

  it('lets a gateway that was left alive by a killed program not hide what is said of the next one', () => {
    const other = spawn(100).replaceAll('pid=17', 'pid=18')
    const memory = parent('memory-critical process.exit(137) heap=3GB rss=4GB dump=failed', 109)
    const eof = `\n=== gateway exit · ${local(110)} · reason=stdin EOF (TUI closed the command pipe) ===\n`
    const {deaths} = deathsIn(spawn() + other + memory + eof)
    expect(deaths.map(({cause, pid}) => [cause, pid])).to.deep.equal([
      ['parent-vanished', 17],
      ['program-memory', 18],
    ])
  })

  it('is less sure where two gateways lived', () => {
    const other = spawn().replaceAll('pid=17', 'pid=18')
    const death = only(spawn() + other + received('SIGTERM') + exit('0', 'null'), {isAlive: () => true})
    expect(death).to.include({cause: 'external-SIGTERM', confidence: 'unknown'})
  })
})
