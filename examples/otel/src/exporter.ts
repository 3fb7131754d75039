import path from 'node:path'
import type {LifecycleEvent} from 'hermes-chat'
import type {Environment} from './environment.js'
import {Meter} from './meter.js'
import {type Attributes, type LogRecord, logsRequest, metricsRequest} from './otlp.js'
import {Queue, type Taken} from './queue.js'
import {crashRecord, type Death, deathOf, recoveryRecord, sessionRecord} from './records.js'
import {backOff, post} from './send.js'
import {Told} from './tombstone.js'

export interface ExporterOptions {
  /** `$HERMES_HOME`; what waits is kept in `otel` below it. */
  home: string
  /** The crash log. */
  log: string
  /** Of hermes. */
  version: string
  environment: Environment
  /** Shown to the person. */
  warn: (text: string) => void
  now?: () => number
}

/**
 * Writes what is to be told to disk, at once, and sends it beside that: what could not be sent when the program ended is
 * sent by the next one.
 */
export class Exporter {
  readonly #options: ExporterOptions
  readonly #queue: Queue
  readonly #told: Told
  readonly #now: () => number
  readonly #warned = new Set<string>()
  #instance: string | undefined
  #meter: Meter | undefined
  #session: string | undefined
  #readyAt: number | undefined
  /** Its gateway works on without us: the session is not over. */
  #detached = false
  #sending: Promise<void> | undefined
  #wake: (() => void) | undefined
  #notBefore = 0
  #attempt = 0
  #ending = false

  constructor(options: ExporterOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    const folder = path.join(options.home, 'otel')
    this.#queue = new Queue(path.join(folder, 'queue'))
    this.#told = new Told(folder, this.#now())
    for (const problem of options.environment.problems) options.warn(problem)
  }

  handle(event: LifecycleEvent): void {
    this.#instance ??= event.instance
    const first = this.#meter === undefined
    this.#meter ??= new Meter(event.time)
    if (first) for (const death of this.#told.left(this.#options.log, this.#now())) this.#died(death)
    if (event.type !== 'vanished' && event.type !== 'end' && event.sessionKey)
      this.#opened(event.sessionKey, event.time)
    if (event.type === 'ready') this.#readyAt ??= event.time
    const death = deathOf(event)
    if (death) this.#died(death)
    switch (event.type) {
      case 'exit':
        this.#meter.lived(event.uptimeMs)
        this.#measure()
        break
      case 'recover': {
        const record = recoveryRecord(event, this.#now())
        if (record) this.#log(record)
        if (event.outcome === 'resumed') {
          this.#meter.recovered(event.downtimeMs)
          this.#measure()
        }
        break
      }
      case 'attach':
        this.#detached = false
        break
      case 'detach':
        this.#detached = true
    }
    this.#send()
  }

  /** The first event that names the session may be the end of its first turn. */
  turnEnded({instance, sessionKey, time}: {instance: string; sessionKey: string | undefined; time: number}): void {
    this.#instance ??= instance
    if (sessionKey) this.#opened(sessionKey, time)
    this.#send()
  }

  /** The last of it, and as much of what waits as can be sent in that time. */
  async end(time: number, deadlineMs: number): Promise<void> {
    if (this.#session && !this.#detached) this.#log(sessionRecord('session.end', {key: this.#session, time}))
    this.#session = undefined
    if (this.#meter) this.#measure()
    this.#ending = true
    this.#wake?.()
    this.#send()
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs)
    })
    await Promise.race([this.#sending, late])
    clearTimeout(timer)
  }

  #opened(key: string, time: number): void {
    const previous = this.#session
    if (key === previous) return
    if (previous) this.#log(sessionRecord('session.end', {key: previous, time}))
    this.#log(sessionRecord('session.start', {key, previous, time: previous ? time : (this.#readyAt ?? time)}))
    this.#session = key
  }

  #died(death: Death): void {
    if (!this.#told.first(death)) return
    this.#log(crashRecord(death, this.#now()))
    if (death.process === 'gateway' && death.instance === this.#instance) this.#meter?.died(death.cause)
  }

  #log(record: LogRecord): void {
    if (this.#options.environment.logs)
      this.#keep(() => this.#queue.add('logs', text(logsRequest(this.#resource(), [record]))))
  }

  /** The sums of this run replace those of it that wait. */
  #measure(): void {
    if (!this.#options.environment.metrics || !this.#meter) return
    const request = metricsRequest(this.#resource(), this.#meter.metrics(this.#now()))
    this.#keep(() => this.#queue.add('metrics', text(request), `run-${this.#instance}`))
  }

  #keep(write: () => void): void {
    try {
      write()
    } catch (error) {
      this.#warnOnce(`can't keep what is to be sent: ${error instanceof Error ? error.message : String(error)}`)
    }
    const lost = this.#queue.takeLost()
    if (lost > 0) this.#warnOnce('too much waits to be sent: the oldest is left out')
  }

  #resource(): Attributes {
    const {serviceName, resource} = this.#options.environment
    return {
      'service.version': this.#options.version,
      'service.instance.id': this.#instance,
      'os.type': process.platform === 'win32' ? 'windows' : process.platform,
      ...resource,
      'service.name': serviceName,
    }
  }

  #send(): void {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined
    })
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const wait = this.#notBefore - this.#now()
      if (wait > 0) {
        // The next program sends what waits then.
        if (this.#ending) return
        await this.#sleep(wait)
        continue
      }
      const next = this.#queue.take(this.#now())
      if (!next) return
      if (!(await this.#sendOne(next))) continue
      this.#attempt = 0
    }
  }

  /** False: it is to be tried again. */
  async #sendOne(next: Taken): Promise<boolean> {
    const to = this.#options.environment[next.signal]
    const sent = to ? await post(next.text, to, this.#now) : {kind: 'taken' as const}
    if (sent.kind === 'later') {
      next.putBack()
      this.#notBefore = this.#now() + (sent.afterMs ?? backOff(this.#attempt))
      this.#attempt += 1
      this.#warnOnce(`${next.signal} could not be sent yet and are kept: ${sent.why}`)
      return false
    }
    next.drop()
    if (sent.kind === 'refused') this.#warnOnce(`${next.signal} were refused and are lost: ${sent.why}`)
    else if (sent.said) this.#warnOnce(`${next.signal}: ${sent.said}`)
    return true
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      // It does not hold up the end of hermes.
      timer.unref()
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  #warnOnce(text: string): void {
    if (this.#warned.has(text)) return
    this.#warned.add(text)
    this.#options.warn(text)
  }
}

const text = (request: object) => JSON.stringify(request)
