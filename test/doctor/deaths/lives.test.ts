import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {createCrashLog} from '../../../src/crash-log/index.js'
import {findDeaths} from '../../../src/doctor/deaths/find-deaths.js'
import type {LifecycleBase, LifecycleEvent, LifecycleEventType} from '../../../src/lifecycle/events.js'
import {recordOf} from '../../../src/plugins/crash-log/record-of.js'

const instance = '0a1b2c3d'
const memory = {limit: 'heap', limitBytes: 100, usedBytes: 93, rssBytes: 120, heapBytes: 93} as const

/** One of every type. A new one does not compile before it stands here, and what follows then holds for it. */
const samples = {
  spawn: {command: ['gw'], cwd: '/', standby: false},
  'spawn-failed': {errno: 'ENOENT', message: 'no such file'},
  ready: {startupMs: 40, version: '1'},
  exit: {
    code: null,
    signal: 'SIGKILL',
    expected: false,
    cause: 'external-sigkill',
    confidence: 'likely',
    uptimeMs: 9,
    inFlight: undefined,
    stderrTail: [],
  },
  kill: {reason: 'hang', signal: 'SIGKILL'},
  replace: {reason: 'a new model'},
  'startup-timeout': {timeoutMs: 100},
  hang: {silentMs: 3000, stack: undefined},
  recover: {outcome: 'attempt', attempt: 1, limit: 3, windowMs: 60_000, downtimeMs: 0, reason: undefined},
  signal: {signal: 'SIGTERM'},
  'protocol-error': {detail: 'not JSON'},
  'transport-end': {},
  'memory-warning': memory,
  'memory-critical': memory,
  uncaught: {origin: 'exception', name: 'TypeError', message: 'x is not a function', stack: undefined},
  vanished: {
    run: instance,
    runPid: 1,
    startedAt: 0,
    lastSeen: 1,
    rebooted: false,
    rssBytes: 1,
    heapBytes: 1,
    oomKills: 0,
    report: undefined,
    fatalError: undefined,
  },
  attach: {awayMs: 5},
  detach: {},
  end: {deadlineMs: 1000},
  waiting: {question: 'approval', attended: false},
  'plugin-error': {plugin: 'p', hook: 'gateway:exit', kind: 'threw', message: 'no', disabled: false},
} satisfies {[T in LifecycleEventType]: Own<LifecycleEvent, T>}

/** What the event of that type alone knows; two types may share one. */
type Own<E, T> = E extends {type: infer U} ? (T extends U ? Omit<E, keyof LifecycleBase | 'type'> : never) : never

type Told = [type: LifecycleEventType, changes?: object]

describe('the timeline of a death', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'hermes-lives-'))
  })
  afterEach(() => rmSync(directory, {recursive: true}))

  /** Writes the events as the chat does, a second apart, and reads the timelines of all deaths. */
  function timelines(...story: readonly Told[]): string[][] {
    const file = path.join(directory, 'crash.log')
    const log = createCrashLog({path: file, env: {}})
    for (const [index, [type, changes]] of story.entries()) {
      const base = {time: Date.UTC(2026, 10, 23) + index * 1000, monotonic: index * 1000, instance}
      const gateway = {generation: 1, pid: 4711, sessionKey: '20261123_000000_ab12cd'}
      log.write(recordOf({...base, ...gateway, ...samples[type], ...changes, type} as LifecycleEvent))
    }
    log.close()
    return findDeaths(file, {isAlive: () => true}).deaths.map(({timeline}) => timeline.map(({event}) => event))
  }

  const back: Told = ['recover', {generation: 2, outcome: 'resumed'}]
  // `end` is told to plugins alone.
  const own = ['spawn', 'spawn-failed', 'exit', 'recover', 'vanished', 'end']
  const others = (Object.keys(samples) as LifecycleEventType[]).filter((type) => !own.includes(type))

  it('begins and ends with what happened to the gateway itself', () => {
    expect(timelines(['spawn'], ['exit'], ['recover'], back)).to.deep.equal([['spawn', 'exit', 'recover', 'recover']])
  })

  it('is there of a gateway that could not be started', () => {
    expect(timelines(['spawn-failed'], ['recover'])).to.deep.equal([['spawn-failed', 'recover']])
  })

  it('ends with what the next run found', () => {
    expect(timelines(['spawn'], ['vanished', {instance: 'ffffffff'}])).to.deep.equal([['spawn', 'vanished']])
  })

  for (const type of others) {
    it(`tells of ${type} in its life`, () => {
      expect(timelines(['spawn'], [type], ['exit'])).to.deep.equal([['spawn', type, 'exit']])
    })
    it(`tells of ${type} while nothing lives`, () => {
      const [timeline] = timelines(['spawn'], ['exit'], [type], back)
      expect(timeline).to.deep.equal(['spawn', 'exit', type, 'recover'])
    })
    it(`tells of ${type} that comes late`, () => {
      const next: Told = ['spawn', {generation: 2, pid: 4712}]
      expect(timelines(['spawn'], ['exit'], next, back, [type])).to.deep.equal([['spawn', 'exit', 'recover', type]])
    })
  }

  it('is there of hermes itself where an error ends it and no gateway lives', () => {
    expect(timelines(['spawn'], ['exit'], ['uncaught'])).to.deep.equal([['spawn', 'exit', 'uncaught'], ['uncaught']])
  })

  it('is there of hermes itself where an error ends it before there was a gateway', () => {
    expect(timelines(['uncaught'])).to.deep.equal([['uncaught']])
  })

  it('has nothing of the gateway that came next', () => {
    const next = {generation: 2, pid: 4712}
    expect(timelines(['spawn'], ['exit'], ['spawn', next], back, ['ready', next], ['hang', next])).to.deep.equal([
      ['spawn', 'exit', 'recover'],
    ])
  })
})
