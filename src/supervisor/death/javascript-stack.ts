/** A loop of JavaScript is stopped within 2 ms; what is not by then is in native code. */
const OPEN_MS = 500

/** Then a stack is there: 180 ms, most of it to load the client. More on a starved machine. */
const PAUSE_MS = 1500

const FRAMES = 30

/** Where Node is after it has opened its inspector: it tells the workers of a cluster, called from no JavaScript. */
const isOpening = ({functionName, url}: Frame) => functionName === 'emit' && url === 'node:events'

/** What Node writes on stderr when its inspector opens, and is used. */
const openedLine = /^Debugger listening on (ws:\/\/127\.0\.0\.1:\d+\/\S+)$/
const otherLines =
  /^(?:For help, see: https:\/\/nodejs\.org|Debugger attached\.|Debugger ending on|Waiting for the debugger)/

interface Frame {
  functionName: string
  url: string | undefined
  /** From 1, as in a stack. */
  line: number
  column: number
}

/** The parts that are used of the inspector's protocol. */
interface InspectorMessage {
  method?: string
  params?: {
    scriptId?: string
    url?: string
    callFrames?: {functionName: string; location: {scriptId: string; lineNumber: number; columnNumber?: number}}[]
  }
}

/**
 * Asks a Node process that does not answer what it is doing: of a wedged process nothing else could tell. It costs
 * nothing before it is needed; a thread that watched the loop from within took 15 MB, and made a killed process die
 * 4 ms later. The process must be inspectable (`protocol/inspector.ts`): SIGUSR1 ends any other.
 */
export class JavaScriptStack {
  readonly #opened = Promise.withResolvers<string>()
  /** The inspector says its address once: it may have been opened before. */
  #address: string | undefined
  #asked = false

  /** Takes a line of the process's stderr, from its start on. True: it is said because of `read`. */
  take(line: string): boolean {
    const address = openedLine.exec(line)?.[1]
    if (address !== undefined) {
      this.#address = address
      this.#opened.resolve(address)
    }
    return this.#asked && (address !== undefined || otherLines.test(line))
  }

  /** As lines `at function (file:line:column)`, innermost first, or why there is none. Never rejects. */
  async read(pid: number): Promise<string> {
    let socket: WebSocket | undefined
    try {
      this.#asked = true
      if (this.#address === undefined) process.kill(pid, 'SIGUSR1')
      const address = this.#address ?? (await within(OPEN_MS, this.#opened.promise))
      if (address === undefined) return noneIn(OPEN_MS)
      socket = new WebSocket(address)
      return (await within(PAUSE_MS, pause(socket))) ?? noneIn(PAUSE_MS)
    } catch (error) {
      return `no JavaScript stack: ${String(error)}`
    } finally {
      socket?.close()
    }
  }
}

const noneIn = (ms: number) => `no JavaScript stack in ${ms} ms: it may be in native code`

async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const {promise: late, resolve} = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), ms)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Resolves with the stack when the process has stopped at its next instruction; it goes on afterwards. */
function pause(socket: WebSocket): Promise<string> {
  const urls = new Map<string, string>()
  return new Promise((resolve, reject) => {
    const send = (id: number, method: string) => socket.send(JSON.stringify({id, method}))
    socket.onopen = () => {
      send(1, 'Debugger.enable')
      send(2, 'Debugger.pause')
    }
    socket.onerror = () => reject(new Error('the inspector does not answer'))
    socket.onclose = () => reject(new Error('the process ended'))
    socket.onmessage = ({data}) => {
      const {method, params = {}}: InspectorMessage = JSON.parse(String(data))
      if (method === 'Debugger.scriptParsed' && params.scriptId) urls.set(params.scriptId, params.url ?? '')
      if (method !== 'Debugger.paused') return
      send(3, 'Debugger.resume')
      const stack = (params.callFrames ?? []).map(({functionName, location}): Frame => {
        const {scriptId, lineNumber, columnNumber = 0} = location
        return {functionName, url: urls.get(scriptId), line: lineNumber + 1, column: columnNumber + 1}
      })
      // On a busy machine 1 pause in 60 met the opening itself, above what the process is stuck in: that may emit as well.
      const begin = stack.findIndex((frame) => !isOpening(frame))
      if (begin === -1) send(4, 'Debugger.pause')
      else
        resolve(
          stack
            .slice(begin, begin + FRAMES)
            .map(frameText)
            .join('\n'),
        )
    }
  })
}

function frameText({functionName, url, line, column}: Frame): string {
  return `at ${functionName || '<anonymous>'} (${url || 'unknown'}:${line}:${column})`
}
