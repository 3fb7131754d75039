import {appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {type Death, deathId} from './records.js'

/** Of the crash log the end is read, bytes. */
const READ_BYTES = 1_048_576
/** Deaths that are remembered as told. */
const REMEMBERED = 2000
/** A death that is younger may be on its way by the program that saw it. */
const SETTLED_MS = 10_000

/**
 * Which deaths were told, by their ids, on disk: the program, or this plugin, may be killed before it told of one, and
 * then the crash log is what it left. What was there before the plugin is not told.
 */
export class Told {
  readonly #file: string
  readonly #since: number
  readonly #ids: Set<string>

  constructor(folder: string, now = Date.now()) {
    mkdirSync(folder, {recursive: true, mode: 0o700})
    this.#file = path.join(folder, 'told')
    let lines: string[] = []
    try {
      lines = readFileSync(this.#file, 'utf8').split('\n').filter(Boolean)
    } catch {
      writeFileSync(this.#file, `${now}\n`, {mode: 0o600})
    }
    const [since, ...ids] = lines
    this.#since = Number(since ?? now) || now
    this.#ids = new Set(ids.slice(-REMEMBERED))
    if (ids.length > 2 * REMEMBERED) writeFileSync(this.#file, [this.#since, ...this.#ids, ''].join('\n'))
  }

  /** False: it was told before. Else it counts as told from now on. */
  first({id}: Death): boolean {
    if (this.#ids.has(id)) return false
    this.#ids.add(id)
    appendFileSync(this.#file, `${id}\n`)
    return true
  }

  /** Deaths in the crash log that nobody told of, oldest first. */
  left(log: string, now = Date.now()): Death[] {
    return deathsIn(endOf(log)).filter(
      ({id, time}) => time >= this.#since && time < now - SETTLED_MS && !this.#ids.has(id),
    )
  }
}

/** The deaths that lines of the crash log tell of. */
export function deathsIn(text: string): Death[] {
  return text.split('\n').flatMap((line): Death[] => {
    const match = /^\[tui-parent\] (\S+) (exit|uncaught|vanished) (.*)$/.exec(line)
    if (!match) return []
    const [, at = '', event, rest = ''] = match
    const fields = fieldsOf(rest)
    const time = Date.parse(at)
    const instance = fields.get('instance')
    if (!Number.isFinite(time) || instance === undefined) return []
    const number = (name: string) => {
      const value = Number(fields.get(name))
      return fields.has(name) && Number.isFinite(value) ? value : undefined
    }
    const session = fields.get('session')
    const common = {
      sessionKey: session === 'none' ? undefined : session,
      pid: number('pid'),
      generation: number('gen'),
      confidence: fields.get('confidence'),
      uptimeMs: number('uptimeMs'),
    }
    if (event === 'exit') {
      if (fields.get('expected') !== 'false') return []
      const id = deathId(instance, common.generation ?? 0)
      return [{...common, id, time, process: 'gateway', cause: fields.get('cause') ?? 'unknown', instance}]
    }
    if (event === 'uncaught') {
      const cause = `uncaught:${fields.get('name') ?? 'Error'}`
      return [{...common, id: deathId(instance, 'hermes'), time, process: 'hermes', cause, instance}]
    }
    const run = fields.get('run')
    const lastSeen = number('lastSeen')
    const startedAt = number('startedAt')
    if (run === undefined) return []
    return [
      {
        ...common,
        id: deathId(run, 'hermes'),
        time: lastSeen ?? time,
        process: 'hermes',
        cause: fields.get('rebooted') === 'true' ? 'reboot' : 'vanished',
        instance: run,
        generation: undefined,
        pid: number('runPid'),
        uptimeMs: lastSeen !== undefined && startedAt !== undefined ? lastSeen - startedAt : undefined,
      },
    ]
  })
}

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [, name = '', quoted, plain] of text.matchAll(/([\w.]+)=(?:"((?:[^"\\]|\\.)*)"|(\S*))/g))
    fields.set(name, quoted === undefined ? (plain ?? '') : quoted.replaceAll(/\\(["\\])/g, '$1'))
  return fields
}

function endOf(file: string): string {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch {
    // There is none.
    return ''
  }
  try {
    const {size} = fstatSync(fd)
    const from = Math.max(0, size - READ_BYTES)
    const buffer = Buffer.alloc(size - from)
    const read = readSync(fd, buffer, 0, buffer.length, from)
    return buffer.toString('utf8', 0, read)
  } catch {
    return ''
  } finally {
    closeSync(fd)
  }
}
