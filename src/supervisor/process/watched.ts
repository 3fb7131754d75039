import {SocketChild} from './socket-child.js'

/** A gateway that is another one's, of which we see what he sees. Whatever ends here, it ends nothing there. */
export class WatchedChild extends SocketChild {
  endInput(): void {
    this.socket.destroy()
  }

  letGo(): void {
    this.socket.destroy()
  }

  /** It is not ours to be signalled. */
  signal(): void {
    this.socket.destroy()
  }

  protected closed(): void {
    this.listeners.exiting()
    this.listeners.ended({code: null, signal: null, spawnError: undefined, stderrTail: []})
  }
}
