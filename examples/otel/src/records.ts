import {createHash} from 'node:crypto'
import type {LifecycleEvent} from 'hermes-chat'
import {type Attributes, attributesOf, type LogRecord, nanos} from './otlp.js'

type Of<T extends LifecycleEvent['type']> = Extract<LifecycleEvent, {type: T}>

/** A death, whoever saw it: the program while it happened, or the next one by what it left. */
export interface Death {
  /** The same whoever tells of it. */
  id: string
  time: number
  /** `gateway`, or `hermes` itself. */
  process: 'gateway' | 'hermes'
  cause: string
  confidence: string | undefined
  uptimeMs: number | undefined
  instance: string
  generation: number | undefined
  pid: number | undefined
  sessionKey: string | undefined
  stack?: string | undefined
  message?: string | undefined
}

const severities = {INFO: 9, WARN: 13, ERROR: 17, FATAL: 21} as const

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Joins what is told of one session without naming it: the key has the time of its beginning in it. */
export const sessionId = (key: string) => hash(`session ${key}`)

/** Of a gateway: its run and its number in it. */
export const deathId = (instance: string, generation: number | string) => hash(`death ${instance} ${generation}`)

/** The death that an event tells of; undefined for an end that was meant, and for all else. */
export function deathOf(event: LifecycleEvent): Death | undefined {
  const {instance, generation, pid, sessionKey, time} = event
  const base = {instance, generation, pid, sessionKey, time}
  switch (event.type) {
    case 'exit': {
      if (event.expected) return undefined
      const {cause, confidence, uptimeMs} = event
      return {...base, id: deathId(instance, generation), process: 'gateway', cause, confidence, uptimeMs}
    }
    case 'uncaught': {
      const {name, message, stack} = event
      const id = deathId(instance, 'hermes')
      return {
        ...base,
        id,
        process: 'hermes',
        cause: `uncaught:${name}`,
        confidence: 'certain',
        uptimeMs: undefined,
        stack,
        message,
      }
    }
    case 'vanished':
      return deathOfVanished(event)
    default:
      return undefined
  }
}

function deathOfVanished({
  run,
  runPid,
  startedAt,
  lastSeen,
  rebooted,
  oomKills,
  fatalError,
  sessionKey,
}: Of<'vanished'>): Death {
  const cause = rebooted ? 'reboot' : fatalError ? 'fatal-error' : oomKills ? 'out-of-memory' : 'vanished'
  return {
    id: deathId(run, 'hermes'),
    time: lastSeen,
    process: 'hermes',
    cause,
    confidence: rebooted || fatalError ? 'likely' : 'unknown',
    uptimeMs: lastSeen - startedAt,
    instance: run,
    generation: undefined,
    pid: runPid,
    sessionKey,
    message: fatalError,
  }
}

/** `app.crash`. Who crashed is in its attributes too, as another run may tell of it. */
export function crashRecord(death: Death, observed: number): LogRecord {
  const {process, cause, confidence, uptimeMs, instance, generation, pid, sessionKey, message, stack} = death
  return record(
    'app.crash',
    death.time,
    observed,
    process === 'hermes' ? 'FATAL' : 'ERROR',
    `${process} died: ${cause}`,
    {
      'app.crash.id': death.id,
      'exception.type': cause,
      'exception.message': message,
      'exception.stacktrace': stack,
      'session.id': sessionKey && sessionId(sessionKey),
      'service.instance.id': instance,
      'process.pid': pid,
      'hermes.process': process,
      'hermes.cause': cause,
      'hermes.confidence': confidence,
      'hermes.generation': generation,
      'hermes.uptime_ms': uptimeMs === undefined ? undefined : Math.round(uptimeMs),
    },
  )
}

/** A recovery that is over, for good or not; undefined for a step on the way. */
export function recoveryRecord(event: Of<'recover'>, observed: number): LogRecord | undefined {
  const {outcome, attempt, downtimeMs, reason, generation, sessionKey, time} = event
  if (outcome === 'attempt') return undefined
  const severity = outcome === 'exhausted' ? 'ERROR' : outcome === 'failed' ? 'WARN' : 'INFO'
  return record('hermes.recovery', time, observed, severity, `recovery: ${outcome}`, {
    'session.id': sessionKey && sessionId(sessionKey),
    'hermes.recovery.outcome': outcome,
    'hermes.recovery.attempt': attempt,
    'hermes.recovery.downtime_ms': Math.round(downtimeMs),
    'hermes.cause': reason,
    'hermes.generation': generation,
  })
}

/** `session.start` and `session.end` by their names in the semantic conventions. */
export function sessionRecord(
  name: 'session.start' | 'session.end',
  {key, previous, time}: {key: string; previous?: string | undefined; time: number},
): LogRecord {
  return record(name, time, time, 'INFO', name, {
    'session.id': sessionId(key),
    'session.previous_id': previous === undefined ? undefined : sessionId(previous),
  })
}

function record(
  eventName: string,
  time: number,
  observed: number,
  severityText: keyof typeof severities,
  text: string,
  attributes: Attributes,
): LogRecord {
  return {
    timeUnixNano: nanos(time),
    observedTimeUnixNano: nanos(observed),
    severityNumber: severities[severityText],
    severityText,
    eventName,
    body: {stringValue: text},
    attributes: attributesOf(attributes),
  }
}
