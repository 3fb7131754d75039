import {spawnSync} from 'node:child_process'
import {cpSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {classifyDeath, type DeathFacts} from '../../../src/supervisor/death/cause.js'
import {ensureBuilt, root} from '../../helpers/build.js'

const facts = (change: Partial<DeathFacts>): DeathFacts => ({
  command: ['python3', '-m', 'tui_gateway.entry'],
  cwd: '/work',
  spawnError: undefined,
  code: null,
  signal: null,
  intent: undefined,
  ready: true,
  stderrTail: [],
  oomKills: undefined,
  ...change,
})

const node = ['/usr/bin/node', '/opt/hermes/dist/gateway/main.js']
const spawnError = (errno: string, cwdMissing = false) => ({errno, message: `spawn ${errno}`, cwdMissing})

describe('cause', () => {
  const cases: [string, Partial<DeathFacts>, string, boolean][] = [
    ['a command that is missing', {spawnError: spawnError('ENOENT')}, 'spawn-failed:ENOENT', false],
    ['a directory that is missing', {spawnError: spawnError('ENOENT', true)}, 'spawn-failed:ENOENT', false],
    ['a file that is no program', {spawnError: spawnError('EACCES')}, 'spawn-failed:EACCES', false],
    ['A4: no descriptors left', {spawnError: spawnError('EMFILE')}, 'spawn-failed:EMFILE', true],
    ['A5: no processes left', {spawnError: spawnError('EAGAIN')}, 'spawn-failed:EAGAIN', true],
    ['our own quit', {signal: 'SIGTERM', intent: {reason: 'quit'}}, 'intentional:quit', true],
    ['our own quit of one that crashed then', {signal: 'SIGSEGV', intent: {reason: 'quit'}}, 'intentional:quit', true],
    [
      'our own end by a signal of ours',
      {code: 0, intent: {reason: 'parent-signal'}},
      'intentional:parent-signal',
      true,
    ],
    [
      'a connection that broke',
      {command: ['ssh', '-T', 'host'], code: 255, stderrTail: ['Connection to host closed by remote host.']},
      'connection-lost',
      true,
    ],
    [
      'a host that lets nobody in',
      {
        command: ['/usr/bin/ssh', 'host'],
        code: 255,
        ready: false,
        stderrTail: ['me@host: Permission denied (publickey).'],
      },
      'connection-refused',
      false,
    ],
    ['255 of another program', {code: 255}, 'exit-code:255', true],
    [
      'a Python module that is not there',
      {
        code: 1,
        ready: false,
        stderrTail: [
          "/usr/bin/python3: Error while finding module specification for 'tui_gateway.entry' (ModuleNotFoundError: No module named 'tui_gateway')",
        ],
      },
      'python-import:tui_gateway',
      false,
    ],
    [
      'a module that one needs, of another interpreter',
      {
        code: 1,
        ready: false,
        stderrTail: ['Traceback (most recent call last):', "ModuleNotFoundError: No module named 'dotenv'"],
      },
      'python-import:dotenv',
      false,
    ],
    [
      'a program that is too new for its interpreter',
      {code: 1, ready: false, stderrTail: ['    match x:', 'SyntaxError: invalid syntax']},
      'python-import:SyntaxError',
      false,
    ],
    [
      'a module that was looked for later',
      {code: 1, stderrTail: ["[gateway-crash] ModuleNotFoundError: No module named 'dotenv'"]},
      'uncaught:ModuleNotFoundError',
      true,
    ],
    ['a hang', {signal: 'SIGKILL', intent: {reason: 'hang', evidence: 'stopped'}}, 'hang:stopped', true],
    ['a start that took too long', {signal: 'SIGTERM', intent: {reason: 'startup-timeout'}}, 'start-timeout', true],
    [
      'F49: a heap that is full',
      {signal: 'SIGABRT', stderrTail: ['FATAL ERROR: Reached heap limit - JavaScript heap out of memory']},
      'js-heap-oom',
      true,
    ],
    ['an abort without it', {signal: 'SIGABRT'}, 'native-crash:SIGABRT', true],
    ['F50: a kill that the kernel counted', {signal: 'SIGKILL', oomKills: 1}, 'kernel-oom', true],
    ['F51: a kill that it did not', {signal: 'SIGKILL', oomKills: 0}, 'external-sigkill', true],
    ['a kill where nobody counts', {signal: 'SIGKILL'}, 'external-sigkill', true],
    ['SIGHUP from outside', {signal: 'SIGHUP'}, 'external-SIGHUP', true],
    [
      'SIGTERM that the Python gateway tells of',
      {code: 0, stderrTail: ['[gateway-signal] SIGTERM']},
      'external-SIGTERM',
      true,
    ],
    ['F52: memory that was nearly full', {command: node, code: 90}, 'memory-critical', true],
    ['a watchdog of its own', {command: node, code: 91}, 'self-watchdog', true],
    ['a database that is of no use', {command: node, code: 94}, 'store-error', false],
    ['a bad flag', {command: node, code: 9}, 'bad-launch', false],
    ['wrong arguments', {command: node, code: 64}, 'usage-error', false],
    ['another code of sysexits', {command: node, code: 70}, 'exit-code:70', false],
    ['a configuration error', {command: node, code: 78}, 'config-error', false],
    ['137 by code', {code: 137}, 'exit-code:137', true],
    ['0 that nobody asked for', {code: 0}, 'silent-exit-0', true],
    ['1', {code: 1}, 'exit-code:1', true],
    [
      'a Python exception',
      {code: 1, stderrTail: ['[gateway-crash] KeyError: x', 'Traceback', 'KeyError: x']},
      'uncaught:KeyError',
      true,
    ],
    [
      'a Node exception with a code',
      {code: 1, stderrTail: ['TypeError [ERR_X]: y', '    at a.js:1']},
      'uncaught:TypeError',
      true,
    ],
    ['127 of its own', {code: 127}, 'exit-code:127', true],
  ]
  for (const [name, change, cause, retriable] of cases) {
    it(`${name} is ${cause}`, () => {
      expect(classifyDeath(facts(change))).to.include({cause, retriable})
    })
  }

  it('says how sure it is', () => {
    const sure = (change: Partial<DeathFacts>) => classifyDeath(facts(change)).confidence
    const told = {stderrTail: ['[gateway-signal] SIGTERM received']}
    expect(sure({intent: {reason: 'hang', evidence: 'stopped'}, signal: 'SIGKILL'})).to.equal('certain')
    expect(sure({spawnError: spawnError('ENOENT')})).to.equal('certain')
    expect(sure({signal: 'SIGKILL'})).to.equal('likely')
    expect(sure({signal: 'SIGKILL', oomKills: 1})).to.equal('likely')
    expect(sure({signal: 'SIGTERM'})).to.equal('likely')
    expect(sure({signal: 'SIGTERM', ...told})).to.equal('certain')
    expect(sure({code: 0, ...told})).to.equal('certain')
    expect(sure({signal: 'SIGSEGV'})).to.equal('likely')
    expect(sure({code: 1, stderrTail: ['Error: boom']})).to.equal('certain')
    expect(sure({code: 3, stderrTail: ['no luck']})).to.equal('likely')
    expect(sure({code: 3})).to.equal('unknown')
    expect(sure({code: 0})).to.equal('unknown')
  })

  it('says a remedy wherever a retry is of no use and one is known', () => {
    for (const [, change, , retriable] of cases) {
      const verdict = classifyDeath(facts(change))
      if (!retriable && verdict.cause !== 'exit-code:70') expect(verdict.remedy, verdict.cause).to.be.a('string')
    }
  })

  it('names HERMES_PYTHON_SRC_ROOT for any gateway module that Python does not find, and retries none', () => {
    const word = fc.stringMatching(/^[a-z_][a-z0-9_]{0,20}$/)
    const said = (python: string, name: string) => [
      [`${python}: No module named ${name}`],
      [
        `${python}: Error while finding module specification for '${name}.x' (ModuleNotFoundError: No module named '${name}')`,
      ],
      ['Traceback (most recent call last):', `ModuleNotFoundError: No module named '${name}'`, ''],
    ]
    fc.assert(
      fc.property(
        word,
        word,
        fc.constantFrom('python3', '/opt/v/bin/python3.12', 'python'),
        fc.nat(2),
        (name, part, python, how) => {
          const command = [python, '-u', '-m', `${name}.${part}`]
          const death = classifyDeath(
            facts({command, code: 1, ready: false, stderrTail: said(python, name)[how] ?? []}),
          )
          expect(death).to.include({cause: `python-import:${name}`, retriable: false})
          expect(death.remedy).to.include('HERMES_PYTHON_SRC_ROOT')
          expect(death.summary).to.include(name).and.to.include(python)
        },
      ),
    )
  })

  it('puts the last words into the summary, without stack frames', () => {
    const stderrTail = ['Error: boom', '    at x (y.js:1:2)', '', 'Node.js v24.0.0']
    expect(classifyDeath(facts({code: 3, stderrTail})).summary).to.equal('exited with code 3: Error: boom')
  })

  it('names the directory that is missing, not the command', () => {
    const {summary} = classifyDeath(facts({spawnError: spawnError('ENOENT', true)}))
    expect(summary).to.equal('could not be started: its working directory does not exist: /work')
  })

  it('says one line, of bounded length, whatever came on stderr', () => {
    fc.assert(
      fc.property(fc.array(fc.string({maxLength: 500})), fc.nat(255), (lines, code) => {
        const stderrTail = lines.map((line) => line.replace(/[\r\n]/g, ''))
        const {summary, cause} = classifyDeath(facts({code, stderrTail}))
        expect(summary.length).to.be.within(1, 300)
        expect(cause).to.match(/^[a-z-]+[\w:-]*$/i)
      }),
    )
  })
})

describe('the cause by what the gateway itself said', () => {
  const pipe = '[gateway-crash] BrokenPipeError: [Errno 32] Broken pipe'
  const said: [line: string, code: number, cause: string][] = [
    ['[gateway-signal] SIGTERM', 0, 'external-SIGTERM'],
    ['[gateway-signal] SIGHUP', 0, 'external-SIGHUP'],
    ['[gateway-exit] stdin EOF (TUI closed the command pipe)', 0, 'stdin-closed'],
    ["[gateway-exit] response write failed for method='x' (broken stdout pipe)", 0, 'stdout-closed'],
    ['[gateway-crash] ValidationError: 1 validation error for model', 1, 'uncaught:ValidationError'],
    ['[gateway-crash] ExceptionGroup: several (2 sub-exceptions)', 1, 'uncaught:ExceptionGroup'],
    ['[gateway-crash] Gone: Gone', 1, 'uncaught:Gone'],
  ]
  const passing = fc.constantFrom(
    '[gateway-crash] thread worker-x raised RuntimeError: harmless',
    '[gateway-turn] AttributeError: harmless',
    "Could not import tool module tools.browser: No module named 'websockets.asyncio'",
    '',
  )

  it('is the first that it said of its end, whatever it said before and after', () => {
    fc.assert(
      fc.property(
        fc.array(passing),
        fc.constantFrom(...said),
        fc.array(fc.constantFrom(...said.map(([line]) => line), pipe, 'BrokenPipeError: [Errno 32] Broken pipe')),
        (before, [line, code, cause], echoes) => {
          const broken = echoes.some((each) => each.includes('BrokenPipe'))
          const ended = facts({code: broken ? 1 : code, stderrTail: [...before, line, ...echoes]})
          expect(classifyDeath(ended).cause).to.equal(cause)
        },
      ),
    )
  })

  it('is not an error that it outlived, nor a tool that it does without', () => {
    fc.assert(
      fc.property(fc.array(passing), fc.integer({min: 2, max: 255}), (stderrTail, code) => {
        const {summary, confidence} = classifyDeath(facts({code, stderrTail}))
        expect(summary).to.equal(`exited with code ${code}`)
        expect(confidence).to.equal('unknown')
      }),
    )
    expect(
      classifyDeath(facts({signal: 'SIGSEGV', stderrTail: ['Could not import tool module x: y']})).summary,
    ).to.equal('crashed with SIGSEGV')
  })

  it('is the error, where a Python that is out of memory then aborts', () => {
    const stderrTail = ['[gateway-crash] MemoryError: MemoryError', 'MemoryError', 'libgcc_s.so.1 must be installed']
    const death = classifyDeath(facts({signal: 'SIGABRT', stderrTail}))
    expect(death).to.include({
      cause: 'uncaught:MemoryError',
      summary: 'crashed with SIGABRT after an error: MemoryError',
    })
    expect(death.remedy).to.include('memory')
  })

  it('is named with the place where Python says that native code crashed', () => {
    const stderrTail = [
      'Fatal Python error: Segmentation fault',
      'Current thread 0x02 (most recent call first):',
      '  File "/x/core.py", line 41 in decode',
    ]
    expect(classifyDeath(facts({signal: 'SIGSEGV', stderrTail}))).to.include({
      cause: 'native-crash:SIGSEGV',
      confidence: 'certain',
      summary: 'crashed with SIGSEGV in decode (/x/core.py:41)',
    })
  })

  it('is told without a secret that it said', () => {
    for (const line of ['[gateway-crash] X: sk-abcdefghijklmnop1234', 'no luck: sk-abcdefghijklmnop1234']) {
      const {summary} = classifyDeath(facts({code: 1, stderrTail: [line]}))
      expect(summary).to.include('[redacted]')
      expect(summary).not.to.include('sk-abc')
    }
  })
})

describe('the exit code of a gateway', () => {
  const python = fc.constantFrom(
    ['python3', '-m', 'tui_gateway.entry'],
    ['/opt/v/bin/python3.12', '-u', '-m', 'x'],
    ['C:\\v\\Scripts\\python.exe', '-m', 'x'],
    ['env', 'A=b', 'python3', '-m', 'x'],
    ['bash', '-c', 'exec python3 -m x'],
    ['ssh', '-T', 'host', '/srv/v/bin/python3 -m x'],
  )

  it('means of a Python program nothing that it means of Node or of ours', () => {
    fc.assert(
      fc.property(python, fc.integer({min: 2, max: 254}), (command, code) => {
        const death = classifyDeath(facts({command, code}))
        expect(death).to.include({cause: `exit-code:${code}`, retriable: true})
        expect(death.remedy).to.equal(undefined)
      }),
    )
  })

  it('hides a signal only where a program in between may have made it so, and says which', () => {
    const wrapped = fc.constantFrom(['bash', '-c', 'python3 -m x'], ['docker', 'run', 'x'], ['ssh', 'host', 'hermes'])
    fc.assert(
      fc.property(wrapped, (command) => {
        const {cause, summary, confidence} = classifyDeath(facts({command, code: 137}))
        expect({cause, confidence}).to.deep.equal({cause: 'exit-code:137', confidence: 'unknown'})
        expect(summary).to.include(`${command[0]} says that SIGKILL ended what it ran`)
      }),
    )
    expect(classifyDeath(facts({code: 137})).summary).to.equal('exited with code 137')
    expect(classifyDeath(facts({command: ['env', 'python3'], code: 137})).summary).to.equal('exited with code 137')
  })

  it('is told in words where it is a status of Windows, with and without its sign', () => {
    const crash = classifyDeath(facts({code: 0xc0000005}))
    expect(crash).to.include({cause: 'native-crash:ACCESS_VIOLATION', confidence: 'likely'})
    expect(crash.summary).to.include('0xC0000005')
    expect(classifyDeath(facts({code: -1073741510}))).to.include({cause: 'console-closed'})
    fc.assert(
      fc.property(fc.integer({min: 0x80000000, max: 0xffffffff}), (code) => {
        const both = [code, code | 0].map((each) => classifyDeath(facts({code: each})))
        expect(both[0]?.summary).to.equal(both[1]?.summary)
        expect(both[0]?.summary).to.match(/\(?0x[0-9A-F]{8}/)
      }),
    )
  })

  it('is followed by advice for the program that died', () => {
    const remedy = (command: readonly string[]) => classifyDeath(facts({command, signal: 'SIGSEGV'})).remedy
    fc.assert(
      fc.property(python, (command) => void expect(remedy(command)).to.include('Python').and.not.include('Node')),
    )
    expect(remedy(node)).to.include('Node')
    expect(remedy(['/opt/gateway'])).to.equal('A core file tells where it crashed.')
  })
})

describe('the summary of a death', () => {
  const summary = (stderr: string, more: Partial<DeathFacts> = {}) =>
    classifyDeath(facts({code: 1, stderrTail: stderr.split('\n'), ...more})).summary

  const notFound = [
    'node:internal/modules/cjs/loader:1404',
    '  throw err;',
    '  ^',
    '',
    "Error: Cannot find module './gone.js'",
    'Require stack:',
    '- /srv/gateway.js',
    '    at Function._resolveFilename (node:internal/modules/cjs/loader:1401:15)',
    '    at node:internal/main/run_main_module:36:49 {',
    "  code: 'MODULE_NOT_FOUND',",
    "  requireStack: [ '/srv/gateway.js' ]",
    '}',
    '',
    'Node.js v24.11.1',
  ].join('\n')

  it('tells of a hermes that was taken away, by whatever file is missed first', () => {
    ensureBuilt()
    const program = mkdtempSync(path.join(tmpdir(), 'hermes-gone-'))
    try {
      for (const gone of ['', 'gateway', 'chunks']) {
        const dist = path.join(program, 'dist')
        rmSync(dist, {recursive: true, force: true})
        cpSync(path.join(root, 'dist'), dist, {recursive: true})
        rmSync(path.join(dist, gone), {recursive: true})
        const main = path.join(dist, 'gateway', 'main.js')
        const {status, stderr} = spawnSync(process.execPath, [main], {input: '', encoding: 'utf8'})
        const stderrTail = stderr.split('\n')
        const death = classifyDeath(facts({code: status, stderrTail, command: [process.execPath, main]}))
        expect(death.summary, stderr).to.include(`hermes itself is no longer installed: there is no ${dist}`)
        // It may be an update: the next file comes in a moment.
        expect(death).to.include({cause: 'program-missing', retriable: true})
      }
    } finally {
      rmSync(program, {recursive: true, force: true})
    }
    expect(summary("Error: Cannot find module '/srv/gateway/main.js'")).to.match(/^exited with code 1/)
  })

  it('is the error that Node printed, not the brace behind its members', () => {
    expect(summary(notFound)).to.equal("exited with code 1: Error: Cannot find module './gone.js'")
    expect(
      summary('CustomFault: no luck\n    at a.js:1:1 {\n  code: 7,\n  cause: {\n    a: 1\n  }\n}\n\nNode.js v24'),
    ).to.equal('exited with code 1: CustomFault: no luck')
    expect(summary("[Fault: no stack] {\n  code: 'X'\n}", {code: 9, command: node})).to.equal(
      'refused its own command line: [Fault: no stack]',
    )
  })

  it('is the last line that was said where nothing was thrown', () => {
    expect(summary('warming up\nno licence', {code: 3})).to.equal('exited with code 3: no licence')
    expect(summary('}', {code: 3})).to.equal('exited with code 3: }')
    expect(summary('listening {\n  port: 1\n}\nport is taken', {code: 3})).to.equal('exited with code 3: port is taken')
    expect(summary('', {code: 3})).to.equal('exited with code 3')
  })
})
