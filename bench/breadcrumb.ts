import path from 'node:path'
import {createCrashLog} from '../src/crash-log/index.js'
import type {LifecycleEvent} from '../src/lifecycle/events.js'
import {recordOf} from '../src/plugins/crash-log/record-of.js'
import {type Measure, withHome} from './helpers/measure.js'
import {percentile, type Row} from './helpers/table.js'

const SAMPLES = 5000

const event: LifecycleEvent = {
  type: 'spawn',
  command: ['node', '/usr/lib/hermes/dist/gateway/main.js'],
  cwd: '/home/somebody/project',
  standby: false,
  time: 1_900_000_000_000,
  monotonic: 1234.5,
  schemaVersion: 1,
  instance: '0123abcd',
  generation: 1,
  pid: 4242,
  sessionKey: '20300101_120000_c0ffee',
}

/** From an event to its line in the crash log, written but not synced: what each act of the supervisor waits for. */
export const breadcrumb: Measure = {
  name: 'breadcrumb',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const log = createCrashLog({path: path.join(home.hermes, 'logs', 'crash.log'), maxBytes: 1_048_576, files: 5})
      const times: number[] = []
      for (let i = 0; i < SAMPLES; i++) {
        const started = performance.now()
        log.write(recordOf(event))
        times.push((performance.now() - started) * 1000)
      }
      return [
        {what: 'one breadcrumb, p50', measured: percentile(times, 0.5), unit: 'µs', n: SAMPLES, target: 100},
        {what: 'one breadcrumb, p99', measured: percentile(times, 0.99), unit: 'µs', n: SAMPLES},
      ]
    }),
}
