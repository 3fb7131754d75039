import type {Socket} from 'node:net'
import {PROTOCOL_RANGE} from '../protocol/capabilities.js'
import {errorCodes, MAX_FRAME_BYTES} from '../protocol/frames.js'
import {LineSplitter} from '../protocol/line-splitter.js'
import type {Hello, HelloRefusal} from '../protocol/methods.js'
import {unfitSocket} from './run-folder.js'
import type {RunningGateway} from './running.js'
import {skewOf} from './skew.js'

/** A unix socket is connected to in 0.1 ms, or somebody is in the way. */
const CONNECT_MS = 300

/** A gateway whose loop turns answers within milliseconds; as long as three missed heartbeats. */
const ANSWER_MS = 3000

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
}

/** Says hello to a gateway. Rejects with {@link NotConnected}. */
export async function connectTo(
  running: RunningGateway,
  hello: Pick<Hello, 'build' | 'instance' | 'purpose' | 'pid'>,
): Promise<Connected> {
  const skew = skewOf(running)
  if (skew !== undefined) throw new NotConnected('refused', skew, 'protocol')
  const unfit = unfitSocket(running.socket)
  if (unfit === 'is missing') throw new NotConnected('gone', `its socket ${running.socket} is missing`)
  if (unfit !== undefined) throw new NotConnected('unsafe', `${running.socket}: ${unfit}`)
  const {connect} = await import('node:net')
  const socket = connect(running.socket)
  try {
    await within(CONNECT_MS, opened(socket))
    const {token, generation} = running
    const params: Hello = {
      protocol: [...PROTOCOL_RANGE],
      token,
      ...hello,
      ...(generation !== undefined && {generation}),
    }
    socket.write(`${JSON.stringify({jsonrpc: '2.0', id: 'hello', method: 'gateway.hello', params})}\n`)
    const answer = await within(ANSWER_MS, firstLine(socket))
    return {socket, awayMs: awayOf(answer)}
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

function awayOf(line: Buffer): number {
  const {result, error} = JSON.parse(line.toString('utf8'))
  if (error?.code === errorCodes.helloRefused) throw new NotConnected('refused', error.message, error.data?.reason)
  if (typeof result !== 'object') throw new NotConnected('refused', 'it answered something else')
  return typeof result.detached_ms === 'number' ? result.detached_ms : 0
}

async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NotConnected('mute', `it did not answer within ${ms} ms`)), ms)
  })
  work.catch(() => {})
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
