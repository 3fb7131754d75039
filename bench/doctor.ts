import {execFileSync} from 'node:child_process'
import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {formatRecord} from '../src/crash-log/index.js'
import {findDeaths} from '../src/doctor/deaths/find-deaths.js'
import type {TestHome} from '../test/helpers/pty/chat.js'
import {type Measure, program, withHome} from './helpers/measure.js'
import {median, type Row} from './helpers/table.js'

const SAMPLES = 5
const MB = 1024 * 1024
const start = Date.UTC(2026, 0, 1)

/** What one gateway leaves that is killed and comes back, as it stands in a real log: 1.5 KB. */
function life(n: number): string {
  const command = '/usr/local/bin/node --report-exclude-env --report-exclude-network /opt/hermes/dist/gateway/main.js'
  const common = (pid: number | string) => ({
    instance: (n >> 4).toString(16).padStart(8, '0'),
    gen: (n % 16) + 1,
    pid,
    session: `20260101_000000_${(n >> 4).toString(16).padStart(6, '0')}`,
  })
  const pid = 1000 + n
  const outage = {attempt: 1, limit: 3, windowMs: 60_000}
  const records: [at: number, event: string, fields: Record<string, string | number | boolean | null>][] = [
    [0, 'spawn', {...common(pid), mono: 1.5, command, cwd: '/home/me/project', standby: false}],
    [60, 'ready', {...common(pid), mono: 61.5, startupMs: 60, version: '0.1.0'}],
    [90, 'recover', {...common(pid), mono: 91.5, outcome: 'resumed', ...outage, downtimeMs: 98}],
    [
      9000,
      'exit',
      {
        ...common(pid),
        mono: 9001.5,
        code: null,
        signal: 'SIGKILL',
        expected: false,
        cause: 'external-sigkill',
        uptimeMs: 9000,
        'inFlight.promptId': '6f1c0d0e-5a55-4d8e-9d39-000000000000',
        'inFlight.replyChars': 812,
        stderrTail: 'a line that it said last\nand "another" one',
      },
    ],
    [
      9001,
      'recover',
      {...common('none'), mono: 9002.5, outcome: 'attempt', ...outage, downtimeMs: 1, reason: 'external-sigkill'},
    ],
  ]
  return records
    .map(([at, event, fields]) =>
      formatRecord(
        'tui-parent',
        {time: start + n * 10_000 + at, event, fields: Object.entries(fields)},
        (text) => text,
      ),
    )
    .join('')
}

function writeLog(home: TestHome, bytes: number): string {
  const file = path.join(home.hermes, 'logs', 'tui_gateway_crash.log')
  mkdirSync(path.dirname(file), {recursive: true, mode: 0o700})
  const parts: string[] = []
  for (let n = 0, length = 0; length < bytes; n++) {
    const text = life(n)
    parts.push(text)
    length += text.length
  }
  writeFileSync(file, parts.join(''), {mode: 0o600})
  return file
}

function timed(samples: number, act: () => void): number {
  const times: number[] = []
  for (let i = 0; i < samples; i++) {
    const begun = performance.now()
    act()
    times.push(performance.now() - begun)
  }
  return median(times)
}

/** Exit code 1 says that there are findings, which is no failure here. */
function hermes(home: TestHome, args: readonly string[]): void {
  try {
    execFileSync(process.execPath, [program, ...args], {cwd: home.cwd, env: home.env(), stdio: 'ignore'})
  } catch (error) {
    if ((error as {status?: number}).status !== 1) throw error
  }
}

/** How long the reading of a large log takes, and all checks of a small home. */
export const doctor: Measure = {
  name: 'doctor',
  run: ({progress}) =>
    withHome(async (home): Promise<Row[]> => {
      const rows: Row[] = []
      hermes(home, ['doctor'])
      const checks = timed(SAMPLES, () => hermes(home, ['doctor']))
      rows.push({what: 'hermes doctor, all checks', measured: checks, unit: 'ms', n: SAMPLES, target: 2000})
      for (const [megabytes, target] of [
        [10, 300],
        [50, 1500],
      ] as const) {
        progress(`doctor: a log of ${megabytes} MB`)
        const file = writeLog(home, megabytes * MB)
        let deaths = 0
        const read = timed(SAMPLES, () => {
          deaths = findDeaths(file, {limit: 100, isAlive: () => false}).total
        })
        const what = `log of ${megabytes} MB read and explained`
        rows.push({what, measured: read, unit: 'ms', n: SAMPLES, target, note: `${deaths} deaths`})
        const whole = timed(3, () => hermes(home, ['doctor', 'crashes', '--limit', '20']))
        rows.push({what: `hermes doctor crashes with ${megabytes} MB`, measured: whole, unit: 'ms', n: 3})
      }
      return rows
    }),
}
