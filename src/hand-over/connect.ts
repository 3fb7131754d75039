import type {Socket} from 'node:net'
import {PROTOCOL_RANGE} from '../protocol/capabilities.js'
import {errorCodes, MAX_FRAME_BYTES} from '../protocol/frames.js'
import {LineSplitter} from '../protocol/line-splitter.js'
import type {Hello, HelloRefusal} from '../protocol/methods.js'
import {isObject} from '../protocol/shapes/shape.js'
import {MISSING, unfitSocket} from './run-folder.js'
import type {RunningGateway} from './running.js'
import {skewOf} from './skew.js'

/** A gateway whose loop turns answers within milliseconds; as long as three missed heartbeats. */
export const ANSWER_MS = 3000

/**
 * Why a gateway could not be spoken to: `gone`, its socket is not there or nobody listens; `unsafe`, its folder is open
 * to others; `mute`, it does not answer; `refused`, it said no.
 */
export class NotConnected extends Error {
  override readonly name = 'NotConnected'
  readonly why: 'gone' | 'unsafe' | 'mute' | 'refused'
  /** Where it was refused. */
  readonly reason: HelloRefusal | undefined

  constructor(why: NotConnected['why'], message: string, reason?: HelloRefusal) {
    super(message)
    this.why = why
    this.reason = reason
  }
}

export interface Connected {
  /** Paused; what came after the answer is still to be read. */
  socket: Socket
  /** How long nobody was there, milliseconds. */
  awayMs: number
  /** `fingerprints` of what it was started with; undefined where it does not tell. */
  environment: Readonly<Record<string, unknown>> | undefined
}

/** Says hello to a gateway, and waits `answerMs` (default {@link ANSWER_MS}). Rejects with {@link NotConnected}. */
export async function connectTo(
  running: RunningGateway,
  hello: Pick<Hello, 'build' | 'instance' | 'purpose' | 'pid'>,
  answerMs = ANSWER_MS,
): Promise<Connected> {
  const skew = skewOf(running)
  if (skew !== undefined) throw new NotConnected('refused', skew, 'protocol')
  const unfit = unfitSocket(running.socket)
  if (unfit === MISSING) throw new NotConnected('gone', `its socket ${running.socket} is missing`)
  if (unfit !== undefined) throw new NotConnected('unsafe', `${running.socket}: ${unfit}`)
  const {connect} = await import('node:net')
  const socket = connect(running.socket)
  const {token, generation} = running
  const params: Hello = {
    protocol: [...PROTOCOL_RANGE],
    token,
    pid: process.pid,
    ...hello,
    ...(generation !== undefined && {generation}),
  }
  const greet = async () => {
    await opened(socket)
    socket.write(`${JSON.stringify({jsonrpc: '2.0', id: 'hello', method: 'gateway.hello', params})}\n`)
    return firstLine(socket)
  }
  try {
    // One that is stopped is connected to all the same, by the kernel.
    return {socket, ...told(await within(answerMs, greet()))}
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function opened(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (error) => reject(new NotConnected('gone', error.message)))
  })
}

/** The rest stays in the socket. */
function firstLine(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const splitter = new LineSplitter(MAX_FRAME_BYTES)
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(10)
      const [line] = splitter.push(end === -1 ? chunk : chunk.subarray(0, end + 1))
      if (!line) return
      socket.off('data', onData)
      socket.pause()
      const rest = chunk.subarray(end + 1)
      if (rest.length > 0) socket.unshift(rest)
      if (line.kind === 'line') resolve(line.bytes)
      else reject(new NotConnected('refused', 'its answer is too long'))
    }
    socket.on('data', onData)
    socket.once('close', () => reject(new NotConnected('gone', 'it hung up')))
  })
}

function told(line: Buffer): Pick<Connected, 'awayMs' | 'environment'> {
  const {result, error} = answerIn(line)
  if (error?.code === errorCodes.helloRefused) {
    const reason = error.data?.reason
    throw new NotConnected(reason === 'ending' ? 'gone' : 'refused', String(error.message), reason)
  }
  if (!isObject(result)) throw new NotConnected('refused', 'it answered something else')
  const {detached_ms: awayMs, environment} = result
  return {
    awayMs: typeof awayMs === 'number' ? Math.max(0, awayMs) : 0,
    environment: isObject(environment) ? environment : undefined,
  }
}

interface Answer {
  result?: unknown
  error?: {code?: unknown; message?: unknown; data?: {reason?: HelloRefusal}}
}

function answerIn(line: Buffer): Answer {
  try {
    const read: unknown = JSON.parse(line.toString('utf8'))
    return isObject(read) ? read : {}
  } catch {
    return {}
  }
}

/** Time in which we did not run ourselves (a suspended laptop, a starved machine) is not counted. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const give = () => reject(new NotConnected('mute', `it did not answer within ${ms} ms`))
    const wait = () => {
      const due = performance.now() + ms
      timer = setTimeout(() => {
        if (performance.now() - due > ms / 2) wait()
        // Timers run before input is read: its answer may be there already.
        else setImmediate(() => setImmediate(give))
      }, ms)
    }
    wait()
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
