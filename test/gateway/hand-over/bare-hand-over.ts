import type {Gateway} from '../../../src/gateway/gateway.js'
import {HandOver} from '../../../src/gateway/hand-over/hand-over.js'
import {connectTo, NotConnected} from '../../../src/hand-over/connect.js'
import {type RunningGateway, readRunning, runningFile} from '../../../src/hand-over/running.js'
import type {Hello} from '../../../src/protocol/methods.js'
import {AttachedClient, instance} from './attached-client.js'

export interface BareOptions {
  folder: string
  env?: Record<string, string>
  lookMs?: number
  lingerMs?: number
  isTaken?: () => Promise<boolean>
  /** False: nobody can look on. */
  watched?: boolean
}

/** The hand-over alone, in this process: a gateway that has a session open, and nothing to do. */
export class BareHandOver {
  readonly handOver: HandOver
  /** How often somebody was let in. */
  admitted = 0
  ended: string | undefined
  readonly said: string[] = []
  readonly #folder: string

  constructor({folder, env = {}, lookMs, lingerMs = 0, isTaken, watched = true}: BareOptions) {
    this.#folder = folder
    const gateway = {
      env,
      version: 'test',
      sessions: new Map([['a', {key: 'k', title: null, cwd: '/', status: 'idle', turn: undefined}]]),
      unopened: new Set<string>(),
      watchers: new Set(),
      diagnose: (line: string) => this.said.push(line),
      end: (reason: string) => {
        this.ended ??= reason
        // As where a gateway serves.
        queueMicrotask(() => this.handOver.close())
      },
    } as unknown as Gateway
    this.handOver = new HandOver({
      gateway,
      terms: {instance: instance(0), folder},
      policy: {lingerMs, waitMs: 1000, criticalPercent: 101},
      note: () => {},
      release: () => {},
      watch: watched ? () => {} : undefined,
      admit: () => {
        this.admitted++
      },
      ...(lookMs === undefined ? {} : {lookMs}),
      ...(isTaken === undefined ? {} : {isTaken}),
    })
  }

  /** As its file tells it; undefined where it can't be read. */
  get file(): RunningGateway | undefined {
    return readRunning(runningFile(this.#folder, process.pid))
  }
}

/** What became of a hello: who was answered, or why not. */
export async function hello(
  running: RunningGateway,
  purpose: Hello['purpose'],
  number = 1,
): Promise<AttachedClient | string> {
  try {
    const {socket} = await connectTo(running, {build: 'test', instance: instance(number), purpose})
    return new AttachedClient(socket)
  } catch (error) {
    if (!(error instanceof NotConnected)) throw error
    return error.reason ?? error.why
  }
}

export async function turnsOfTheLoop(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}
