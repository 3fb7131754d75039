import {monotonicMs} from '../monotonic.js'
import {free, type MethodTable} from './method.js'

export const processMethods: MethodTable<'gateway.ping' | 'gateway.shutdown' | 'gateway.detach'> = {
  /** A sign of life of the event loop: no turn, store or model is asked. */
  'gateway.ping': free((gateway) => ({
    result: {
      pong: true,
      pid: process.pid,
      uptime_ms: Math.round(monotonicMs()),
      running: [...gateway.sessions.values()].filter((session) => session.turn).length,
    },
  })),

  'gateway.shutdown': free((gateway, {reason}) => ({
    result: {status: 'ok'},
    after: () => gateway.end(`shutdown requested${reason ? ` (${reason})` : ''}`),
  })),

  'gateway.detach': free(async ({handOver}) => {
    const stays = (await handOver?.stay()) ?? false
    return {result: {stays}, after: () => stays && handOver?.letGo()}
  }),
}
