import {expect} from 'chai'
import fc from 'fast-check'
import {deathsIn} from './deaths-in.js'
import {anyZone, header, theirLine} from './stories.js'

const start = Date.UTC(2026, 8, 20, 9, 0, 0)
const at = (second: number) => start + 1000 * second
const child = (pid: number) => `pid=${pid} killed=false exitCode=null signal=null`
const spawn = (pid: number, second: number, python = '/opt/x/venv/bin/python') =>
  theirLine(at(second), `[lifecycle] spawned gateway child ${child(pid)} python=${python} cwd=/home/u`)
const exit = (pid: number, second: number, code: string, signal = 'null') =>
  theirLine(at(second), `[lifecycle] child exit ${child(pid)} code=${code} signal=${signal}`)
const kill = (pid: number | 'none', second: number, reason = 'app.die') =>
  theirLine(at(second), `[lifecycle] GatewayClient.kill reason=${reason} pid=${pid} killed=true killResult=true`)
const reason = (text: string, second: number) => header('gateway exit', at(second), 0, ` · reason=${text}`)
const signal = (name: string, second: number) =>
  `${header(`${name} received`, at(second))}main-thread stack:\n  File "e.py", line 1\n`
const trace = (what: string, second: number, error: string, more = '') =>
  `${header(what, at(second), 0, more)}Traceback (most recent call last):\n  File "e.py", line 1, in <module>\n${error}\n`
const pipe = 'BrokenPipeError: [Errno 32] Broken pipe'
const hangUp = (second: number) => theirLine(at(second), 'graceful-exit received signal=SIGHUP → killing gateway')

const told = (log: string) =>
  deathsIn(log).deaths.map(({who, pid, cause, confidence}) => `${who} ${pid ?? '?'} ${cause} ${confidence}`)

describe('logs of the Python pair as people paste them', () => {
  const cases: [what: string, log: string, deaths: string[]][] = [
    [
      'a broken pipe at the goodbye of one that was told to end',
      spawn(17, 0) + kill(17, 60) + signal('SIGTERM', 60) + trace('unhandled exception', 60, pipe),
      [],
    ],
    [
      'a broken pipe at the goodbye of one whose program was gone',
      spawn(17, 0) + reason('stdin EOF (peer closed)', 60) + trace('unhandled exception', 60, pipe),
      ['program 17 parent-vanished likely'],
    ],
    [
      'a reply that nobody read, and the goodbye that nobody read',
      spawn(17, 0) +
        reason('response write failed for method=x (broken stdout pipe)', 5) +
        trace('unhandled exception', 5, pipe) +
        exit(17, 6, '1'),
      ['gateway 17 stdout-closed likely'],
    ],
    [
      'SIGTERM and the goodbye that nobody read',
      spawn(17, 0) + signal('SIGTERM', 5) + trace('unhandled exception', 5, pipe) + exit(17, 6, '1'),
      ['gateway 17 external-SIGTERM certain'],
    ],
    [
      'a hang-up with the SIGTERM of it',
      signal('SIGHUP', 60) + signal('SIGTERM', 60),
      ['program ? terminal-hangup likely'],
    ],
    ['SIGTERM alone, which an old quit may be', signal('SIGTERM', 60), ['program ? supervisor-term unknown']],
    [
      'a terminal that was gone before the SIGHUP',
      spawn(17, 0) +
        theirLine(at(60), 'uncaughtException: Error: write EIO') +
        reason('stdin EOF (peer closed)', 61) +
        trace('unhandled exception', 61, pipe),
      ['program 17 terminal-hangup likely'],
    ],
    [
      'an error of the program, and nothing after it',
      spawn(17, 0) +
        theirLine(at(60), 'uncaughtException: TypeError: x is not a function') +
        reason('stdin EOF (peer closed)', 61),
      ['program 17 program-crash likely'],
    ],
    [
      'an error that the program outlived',
      spawn(17, 0) +
        theirLine(at(60), 'uncaughtException: Error: write EPIPE') +
        reason('stdin EOF (peer closed)', 900),
      ['program 17 parent-vanished likely'],
    ],
    [
      'a write that failed since the terminal was hung up',
      spawn(17, 0) +
        hangUp(60) +
        theirLine(at(60), 'unhandledRejection: Error: EIO: i/o error, write') +
        kill(17, 60, 'graceful-exit-cleanup') +
        signal('SIGTERM', 60),
      ['program 17 terminal-hangup certain'],
    ],
    [
      "an error of the program that its gateway's end brought",
      spawn(17, 0, 'C:\\x\\python.exe') +
        theirLine(at(60), 'uncaughtException: Error: write EPIPE') +
        exit(17, 60, '3221225786'),
      ['gateway 17 console-closed likely'],
    ],
    [
      'a crash of native code on Windows',
      spawn(17, 0) + exit(17, 60, '3221225477'),
      ['gateway 17 native-crash:ACCESS_VIOLATION likely'],
    ],
    [
      'what Python writes of a crash in native code',
      `${spawn(17, 0)}Fatal Python error: Segmentation fault\n\nThread 0x01 (most recent call first):\n  File "t.py", line 3 in wait\n\nCurrent thread 0x02 (most recent call first):\n  File "/x/core.py", line 41 in decode\n\nExtension modules: yaml (total: 1)\n${exit(17, 60, 'null', 'SIGSEGV')}`,
      ['gateway 17 native-crash:SIGSEGV certain'],
    ],
    [
      'an end whose line was cut short',
      `${spawn(17, 0)}${exit(17, 60, 'null').replace(/ signal=null code=.*/, ' signal=SIGSEGV')}`,
      ['gateway 17 native-crash:SIGSEGV likely'],
    ],
    [
      'a start that was late, and its end',
      spawn(17, 0) +
        theirLine(
          at(15),
          '[startup] timed out waiting for gateway.ready (python=/opt/x/venv/bin/python, cwd=/home/u)',
        ) +
        exit(17, 40, '1'),
      ['gateway 17 exit-code:1 unknown'],
    ],
    [
      'a start whose first write failed, and a crash',
      spawn(17, 0) +
        reason('startup write failed (broken stdout pipe before first event)', 2) +
        exit(17, 3, 'null', 'SIGABRT'),
      ['gateway 17 native-crash:SIGABRT likely'],
    ],
    [
      'a harmless error, and an end by a code much later',
      spawn(17, 0) + trace('thread exception', 10, 'RuntimeError: harmless', ' · thread=worker') + exit(17, 900, '3'),
      ['gateway 17 exit-code:3 unknown'],
    ],
    [
      'errors of turns and threads, and a quit',
      spawn(17, 0) +
        trace('turn-dispatcher exception', 9, "AttributeError: 'x'", ' · sid=77') +
        trace('thread exception', 9, "AttributeError: 'x'", ' · thread=t') +
        kill(17, 90),
      [],
    ],
    [
      'a gateway on a socket that was cut off twice',
      [0, 600]
        .map(
          (second) =>
            theirLine(at(second), '[lifecycle] transport exit code=1006 reason=gateway websocket closed (1006)') +
            theirLine(at(second + 0.001), '[lifecycle] scheduling gateway reconnect in 1000ms (attempt 1)'),
        )
        .join('') +
        kill('none', 900) +
        theirLine(at(900), '[lifecycle] transport exit code=1000 reason=gateway websocket closed (1000)'),
      ['gateway ? connection-lost certain', 'gateway ? connection-lost certain'],
    ],
    ['the signal of a code of Node, of Python', spawn(17, 0) + exit(17, 9, '7'), ['gateway 17 exit-code:7 unknown']],
    ['137, which is a number', spawn(17, 0) + exit(17, 9, '137'), ['gateway 17 exit-code:137 unknown']],
  ]
  for (const [what, log, deaths] of cases) {
    it(`tell of ${what}: ${deaths.join(', ') || 'no death'}`, () => {
      expect(told(log)).to.deep.equal(deaths)
      expect(deathsIn(log).statistics).to.include({torn: 0, foreign: 0})
    })
  }

  it('say what speaks for it, and what can be done where it was Python', () => {
    const [fault] = deathsIn(cases.find(([what]) => what.startsWith('what Python writes'))?.[1] ?? '').deaths
    expect(fault?.summary).to.equal('crashed with SIGSEGV in decode (/x/core.py:41)')
    expect(fault?.advice.join()).to.include('PYTHONFAULTHANDLER').and.not.to.include('Node')
    expect(fault?.timeline.map(({event}) => event)).to.deep.equal(['spawn', 'fault', 'exit'])
    const [late] = deathsIn(cases.find(([what]) => what.startsWith('a start that was late'))?.[1] ?? '').deaths
    expect(late?.witnesses.map(({says}) => says)).to.include('it had not been ready in time')
    expect(late?.advice).to.have.length(1)
    const [unread] = deathsIn(cases.find(([what]) => what.startsWith('a start whose first'))?.[1] ?? '').deaths
    expect(unread?.witnesses.map(({says}) => says).join()).to.include('startup write failed')
    const [console] = deathsIn(
      cases.find(([what]) => what.startsWith('an error of the program that its'))?.[1] ?? '',
    ).deaths
    expect(console?.summary).to.include('0xC000013A').and.to.include('window was closed')
  })

  it('tell two programs apart, whichever of them was hung up', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), (first, both) => {
        const [one, other] = first ? [21, 22] : [22, 21]
        const log =
          spawn(21, 0) +
          spawn(22, 5) +
          hangUp(60) +
          (both ? hangUp(60) : '') +
          kill(one, 60, 'graceful-exit-cleanup') +
          (both ? kill(other, 60, 'graceful-exit-cleanup') + signal('SIGTERM', 60) : '') +
          signal('SIGTERM', 60) +
          (both ? '' : kill(other, 300) + signal('SIGTERM', 300))
        const deaths = told(log).toSorted()
        expect(deaths).to.deep.equal((both ? [21, 22] : [one]).map((pid) => `program ${pid} terminal-hangup certain`))
      }),
    )
  })

  it('tell as many deaths as there were ends, where only gateways wrote: each by the first that was said of it', () => {
    const ends = fc.constantFrom(
      ['terminal-hangup', (second: number) => signal('SIGHUP', second) + signal('SIGTERM', second)] as const,
      ['supervisor-term', (second: number) => signal('SIGTERM', second)] as const,
      [
        'parent-vanished',
        (second: number) => reason('stdin EOF', second) + trace('unhandled exception', second, pipe),
      ] as const,
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(ends, fc.integer({min: 60, max: 40_000})), {maxLength: 8}), (all) => {
        const times = all.map((_, index) => all.slice(0, index + 1).reduce((sum, [, pause]) => sum + pause, 0))
        const log = all.map(([[, write]], index) => write(times[index] ?? 0)).join('')
        expect(deathsIn(log).deaths.map(({cause}) => cause)).to.deep.equal(all.map(([[cause]]) => cause))
      }),
    )
  })

  it('take any whole line that a later version writes for what it is: harmless', () => {
    const word = fc.stringMatching(/^[a-z][a-z.'"()[\]:,-]{1,12}$/)
    const text = fc.array(word, {minLength: 3, maxLength: 9}).map((words) => words.join(' '))
    const line = fc.oneof(
      fc.tuple(text, fc.nat(59)).map(([words, second]) => theirLine(at(second), words)),
      fc.tuple(text, fc.nat(59)).map(([words, second]) => theirLine(at(second), `[lifecycle] ${words}`)),
      fc.tuple(text, fc.nat(59)).map(([words, second]) => header(words, at(second))),
    )
    fc.assert(
      fc.property(fc.array(line, {maxLength: 9}), fc.boolean(), (lines, quits) => {
        const log = spawn(17, 0) + lines.join('') + (quits ? kill(17, 90) : exit(17, 90, 'null', 'SIGKILL'))
        expect(told(log)).to.deep.equal(quits ? [] : ['gateway 17 external-sigkill unknown'])
        expect(deathsIn(log).statistics).to.include({torn: 0, foreign: 0})
      }),
    )
  })

  it('are read the same in any zone', () => {
    fc.assert(
      fc.property(anyZone, (zone) => {
        const crash = `${header('unhandled exception', at(59.9), zone)}Traceback (most recent call last):\nKeyError: 'x'\n`
        const [death] = deathsIn(spawn(17, 0) + crash + exit(17, 60, '1')).deaths
        expect(death?.cause).to.equal('uncaught:KeyError')
        expect(death?.timeline.map(({time}) => Math.round((time - start) / 1000))).to.deep.equal([0, 59, 60])
      }),
    )
  })
})
