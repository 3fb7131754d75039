// Real deaths of many kinds, recorded by the real supervisor and crash log and read back by the
// doctor: how often it names the cause that it was.
import {mkdtempSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {parseArgs} from 'node:util'
import {findDeaths} from '../../src/doctor/deaths/find-deaths.js'
import type {Death} from '../../src/doctor/deaths/types.js'
import {inSmallCgroup} from '../../src/doctor/drill/small-cgroup.js'
import {isAliveSince} from '../../src/doctor/processes.js'
import {type Kind, kernelKind, killedBeside, kindsOf, programKinds} from './causes.js'
import {pythonKinds} from './python.js'
import {copyProgram, dieTimes, programDies} from './run.js'

interface Row {
  name: string
  cause: string
  found: Death[]
  expected: number
}

/** Records of so many kinds mix in the log. */
const AT_ONCE = 3
const LIMIT_BYTES = 400 * 1024 * 1024

const {values} = parseArgs({
  options: {each: {type: 'string', default: '50'}, only: {type: 'string'}, json: {type: 'boolean', default: false}},
})
const each = Number(values.each)
const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-confusion-')))
const place = {directory, log: path.join(directory, 'crash.log')}
const {gateway, program} = copyProgram(directory)
const wanted = (name: string) => values.only === undefined || name.includes(values.only)
const say = (text: string) => process.stderr.write(`  ${text}\n`)

try {
  const rows = await measure()
  print(rows)
} finally {
  rmSync(directory, {recursive: true, force: true, maxRetries: 5, retryDelay: 50})
}

async function measure(): Promise<Row[]> {
  const truth = new Map<string, Kind>()
  const run = async (kind: Kind) => {
    truth.set(await dieTimes(kind, each, place), kind)
    say(`${kind.name}: ${each}`)
  }
  const waiting = [...kindsOf(gateway, directory), ...pythonKinds(directory)].filter(({name}) => wanted(name))
  await Promise.all(
    Array.from({length: AT_ONCE}, async () => {
      for (let kind = waiting.shift(); kind; kind = waiting.shift()) await run(kind)
    }),
  )
  if (wanted(kernelKind.name)) {
    // Alone: the kernel counts for the cgroup, not for one process.
    const done = await inSmallCgroup(LIMIT_BYTES, async () => {
      await run(kernelKind)
      await run(killedBeside(gateway))
      return true
    })
    if (!done) say(`${kernelKind.name}: left out, no small memory cgroup may be made here`)
  }
  const {deaths, statistics} = findDeaths(place.log, {isAlive: isAliveSince})
  say(`${statistics.records} records, ${statistics.torn} torn, ${statistics.foreign} foreign`)
  const rows: Row[] = [...truth].map(([instance, {name, cause}]) => {
    const mine = deaths.filter((death) => death.instance === instance).toSorted((a, b) => a.generation - b.generation)
    return {name, cause, expected: each, found: mine.slice(0, each)}
  })
  for (const {name, cause, signal} of programKinds.filter((kind) => wanted(kind.name))) {
    const log = await programDies(program, signal, each, directory)
    say(`${name}: ${each}`)
    rows.push({name, cause, expected: each, found: findDeaths(log, {isAlive: isAliveSince}).deaths})
  }
  return rows
}

function print(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({name}) => name.length))
  let right = 0
  let total = 0
  let falseOom = 0
  const lines = rows.map(({name, cause, found, expected}) => {
    const verdicts = new Map<string, number>()
    const sure = {certain: 0, likely: 0, unknown: 0}
    for (const death of found) {
      verdicts.set(death.cause, (verdicts.get(death.cause) ?? 0) + 1)
      sure[death.confidence] += 1
      if (death.cause === 'kernel-oom' && cause !== 'kernel-oom') falseOom += 1
    }
    if (found.length < expected) verdicts.set('not found', expected - found.length)
    const hits = verdicts.get(cause) ?? 0
    right += hits
    total += Math.max(expected, found.length)
    const others = [...verdicts].filter(([verdict]) => verdict !== cause).map(([verdict, n]) => `${verdict} ×${n}`)
    return [
      name.padEnd(width),
      cause.padEnd(22),
      `${hits}/${expected}`.padStart(7),
      `${sure.certain}/${sure.likely}/${sure.unknown}`.padStart(9),
      others.join(', '),
    ].join('  ')
  })
  const share = (100 * right) / total
  if (values.json) {
    const plain = rows.map(({name, cause, found}) => ({name, cause, found: found.map((death) => death.cause)}))
    console.log(JSON.stringify({each, right, total, share, falseOom, rows: plain}))
  } else {
    console.log(['how it died'.padEnd(width), 'cause'.padEnd(22), '  right', 'sure/l/u', ' instead'].join('  '))
    console.log(lines.join('\n'))
    console.log(
      `\n${right} of ${total} right (${share.toFixed(1)} %), ${falseOom} falsely called an out-of-memory kill by the kernel`,
    )
  }
  if (share < 99 || falseOom > 0) process.exitCode = 1
}
