import {chmodSync, existsSync, rmSync} from 'node:fs'
import {createServer, type Server, type Socket} from 'node:net'
import {LineSplitter} from '../../protocol/line-splitter.js'

/** A client says at once who it is. */
const HELLO_MS = 3000

/** A hello takes 300. */
const MAX_HELLO_BYTES = 16_384

/** A socket at which clients say who they are. One that has not, or says anything else, is nobody. */
export class Listener {
  readonly path: string
  readonly #server: Server
  /** Clients that have not been answered. */
  readonly #waiting = new Set<Socket>()

  /** Listens when it returns. `hello` gets a client's first line, and the client with it. Throws what the system says. */
  constructor(path: string, hello: (line: Buffer, client: Socket) => void) {
    this.path = path
    this.#server = createServer((client) => this.#greet(client, hello))
    // Nobody comes then, and it ends when it has nothing left to do.
    this.#server.on('error', () => {})
    // Bound within the call, and with the modes that the umask leaves: what protects it is its folder.
    this.#server.listen(path)
    chmodSync(path, 0o600)
  }

  /** Somebody has come and was not answered yet. */
  get isAwaited(): boolean {
    return this.#waiting.size > 0
  }

  /** False: whoever removed it, nobody can come any more. */
  get isThere(): boolean {
    return existsSync(this.path)
  }

  /** Nobody finds it any more; who has come is still answered. By its name alone the server would remove it late. */
  unlink(): void {
    rmSync(this.path, {force: true})
  }

  /** After {@link unlink}, where another one takes its place. */
  retire(): void {
    this.#server.close()
  }

  close(): void {
    for (const client of this.#waiting) client.destroy()
    this.#server.close()
  }

  #greet(client: Socket, hello: (line: Buffer, client: Socket) => void): void {
    const splitter = new LineSplitter(MAX_HELLO_BYTES)
    this.#waiting.add(client)
    const timer = setTimeout(() => client.destroy(), HELLO_MS)
    const settled = () => {
      clearTimeout(timer)
      this.#waiting.delete(client)
    }
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(10) + 1 || chunk.length
      const [line] = splitter.push(chunk.subarray(0, end))
      if (!line && splitter.pending <= MAX_HELLO_BYTES) return
      client.off('data', onData)
      settled()
      // Who does not wait for the answer has asked something already.
      if (end < chunk.length) client.unshift(chunk.subarray(end))
      if (line?.kind === 'line') hello(line.bytes, client)
      else client.destroy()
    }
    client.on('data', onData)
    client.on('error', () => {})
    client.once('close', settled)
  }
}
