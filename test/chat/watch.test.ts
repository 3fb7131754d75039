import {mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {setTimeout} from 'node:timers/promises'
import {expect} from 'chai'
import {usedSessions} from '../../src/chat/used-sessions.js'
import {openWatch, type Watch} from '../../src/chat/watch.js'
import {defaultConfig} from '../../src/config/index.js'
import {homeFiles} from '../../src/platform.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {SupervisorEvents, SupervisorView} from '../../src/supervisor/types.js'
import {policy} from '../supervisor/helpers/policies.js'

type Listener = (...args: never[]) => void

/** A run whose supervisor has a session open. */
class Run {
  readonly told: string[] = []
  readonly watch: Watch
  readonly #listeners: [string, Listener][] = []
  #view: SupervisorView

  constructor(home: string, instance: string, key: string, capabilities: readonly string[] = []) {
    const {view} = createSupervisor({...policy(), cols: () => 80, record: () => {}})
    this.#view = {...view, capabilities: new Set(capabilities), session: {liveId: instance, key}}
    const run = this
    this.watch = openWatch({
      config: defaultConfig(),
      home,
      instance,
      supervisor: {
        get view() {
          return run.#view
        },
        on<E extends keyof SupervisorEvents>(event: E, listener: SupervisorEvents[E]) {
          run.#listeners.push([event, listener as Listener])
          return () => {}
        },
      },
      record: () => {},
      notify: (text) => this.told.push(text),
    })
  }

  open(key: string): void {
    this.#view = {...this.#view, session: {liveId: 'x', key}}
    this.#hear('view', this.#view)
  }

  turn(): void {
    this.#hear('event', {type: 'message.start', sessionId: 'x', payload: {}})
  }

  #hear(event: string, value: unknown): void {
    for (const [name, listener] of this.#listeners) if (name === event) (listener as (value: unknown) => void)(value)
  }
}

describe('watch', () => {
  let home: string
  const runs: Run[] = []
  const start = (...args: [instance: string, key: string, capabilities?: string[]]) => {
    const run = new Run(home, ...args)
    runs.push(run)
    return run
  }
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'watch-'))
  })
  afterEach(() => {
    for (const run of runs.splice(0)) run.watch.close()
    rmSync(home, {recursive: true, force: true})
  })

  const files = () => readdirSync(homeFiles(home).runs)
  async function onFile(count: number): Promise<void> {
    for (;;) {
      try {
        if (files().length >= count) break
      } catch {
        // Not made yet.
      }
      await setTimeout(5)
    }
    await new Promise(setImmediate)
    await new Promise(setImmediate)
  }

  it('tells both runs of a session that is open twice, each once', async () => {
    const first = start('0000000a', 'K')
    await onFile(1)
    const second = start('0000000b', 'K')
    await onFile(2)
    while (second.told.length === 0) await setTimeout(5)
    expect(second.told.join()).to.include('open in another hermes too').and.to.include(`pid ${process.pid}`)
    expect(first.told).to.deep.equal([])
    for (let turn = 0; turn < 3; turn += 1) for (const run of [first, second]) run.turn()
    expect([first.told.length, second.told.length]).to.deep.equal([1, 1])
  })

  it('tells nothing of other sessions, of a run that went on to another one, and where the gateway looks after it', async () => {
    const first = start('0000000a', 'K')
    const other = start('0000000b', 'L')
    const owned = start('0000000c', 'K', ['standby'])
    const ofAgent = start('0000000d', 'K', ['detach'])
    await onFile(4)
    for (const run of [first, other, owned]) run.open('M')
    await new Promise(setImmediate)
    expect(ofAgent.told).to.deep.equal([])
    expect(owned.told).to.deep.equal([])
    first.open('K2')
    other.open('L2')
    await new Promise(setImmediate)
    const before = [first.told.length, other.told.length]
    for (const run of [first, other, owned]) run.turn()
    await new Promise(setImmediate)
    expect([first.told.length, other.told.length]).to.deep.equal(before)
    expect(owned.told).to.deep.equal([])
  })

  it('leaves no run file at its end, and what it had open for the next', async () => {
    const run = start('0000000a', 'K')
    await onFile(1)
    run.open('K2')
    run.watch.close()
    expect(files()).to.deep.equal([])
    expect(usedSessions(homeFiles(home)).map(({key}) => key)).to.deep.equal(['K2'])
  })
})
