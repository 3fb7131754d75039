import type {Socket} from 'node:net'
import type {EventFrame} from '../../protocol/frames.js'
import type {Method} from '../../protocol/methods.js'
import type {Gateway, Watcher} from '../gateway.js'
import {Dispatcher} from './dispatcher.js'
import {FrameWriter} from './frame-writer.js'
import {readRequests} from './read-requests.js'

/** What changes nothing. */
const reads: ReadonlySet<Method> = new Set<Method>([
  'gateway.ping',
  'session.resume',
  'session.history',
  'session.tool',
  'session.status',
  'session.usage',
  'session.cost',
  'session.list',
  'session.search',
  'session.active_list',
  'session.most_recent',
  'permissions.list',
  'commands.catalog',
  'complete.slash',
  'config.get',
  'setup.status',
  'model.options',
])

/** Who does not read for so long is let go, in bytes: nobody waits for him. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024

/** Serves somebody who watches: all that is told, and answers that change nothing. He may come and go as he likes. */
export function serveWatcher(gateway: Gateway, socket: Socket, ready: EventFrame): void {
  const leave = () => {
    gateway.watchers.delete(watcher)
    socket.destroy()
  }
  const writer = new FrameWriter(socket, {onClosed: leave})
  const watcher: Watcher = {
    unopened: new Set(gateway.sessions.keys()),
    send(frame) {
      writer.send(frame)
      if (writer.unread > MAX_UNREAD_BYTES) leave()
    },
  }
  // The same gateway, but for who is answered, and what he has opened.
  const seen: Gateway = Object.create(gateway, {
    writer: {value: writer},
    unopened: {value: watcher.unopened},
    watched: {value: true},
  })
  const dispatcher = new Dispatcher(seen, reads)
  writer.send(ready)
  gateway.watchers.add(watcher)
  readRequests(socket, writer, {line: (line) => dispatcher.take(line), end: leave})
  socket.resume()
}
