import {bundledGateway, type Measure, repeat, sourceGateway, withHome} from './helpers/measure.js'
import {RawGateway} from './helpers/raw-gateway.js'
import {median, percentile, type Row} from './helpers/table.js'

const SAMPLES = 15

/** From spawn to `gateway.ready`: the bundle, and what it is made of. */
export const gatewayReady: Measure = {
  name: 'gateway-ready',
  run: () =>
    withHome(async (home): Promise<Row[]> => {
      const sample = async (args: readonly string[]) => {
        const gateway = new RawGateway(args, {env: home.env(), cwd: home.cwd})
        const ready = await gateway.ready
        await gateway.end()
        return ready
      }
      const bundled = await repeat(SAMPLES, () => sample([bundledGateway]))
      const source = await repeat(5, () => sample(['--import', import.meta.resolve('tsx'), sourceGateway]))
      return [
        {what: 'gateway ready, bundled, p50', measured: median(bundled), unit: 'ms', n: SAMPLES, target: 60},
        {what: 'gateway ready, bundled, p95', measured: percentile(bundled, 0.95), unit: 'ms', n: SAMPLES},
        {what: 'gateway ready, from source, p50', measured: median(source), unit: 'ms', n: 5},
      ]
    }),
}
