import {memoryOf} from '../test/helpers/pty/processes.js'
import {bundledGateway, type Measure, withHome} from './helpers/measure.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {storeSession} from './helpers/stored-sessions.js'
import {median, megabytes, type Row} from './helpers/table.js'

const SAMPLES = 7

/** From a gateway that is ready to a session of many messages that can be used. */
export const resume: Measure = {
  name: 'resume',
  run: async ({progress}) => {
    const rows: Row[] = []
    for (const messages of [100, 1000, 10_000]) {
      await withHome(async (home) => {
        progress(`resume: storing ${messages} messages`)
        const key = storeSession(home.database, messages)
        const times: number[] = []
        let rss = 0
        for (let i = 0; i < SAMPLES; i++) {
          const gateway = new RawGateway([bundledGateway], {env: home.env(), cwd: home.cwd})
          await gateway.ready
          const started = performance.now()
          await gateway.request('session.resume', {session_id: key, cols: 100})
          times.push(performance.now() - started)
          rss = memoryOf(gateway.pid).rss
          await gateway.end()
        }
        const what = `resume of ${messages} messages`
        rows.push(
          {what: `${what}, p50`, measured: median(times), unit: 'ms', n: SAMPLES, target: 300},
          {what: `${what}, gateway resident after it`, measured: megabytes(rss), unit: 'MB', n: 1},
        )
      })
    }
    return rows
  },
}
