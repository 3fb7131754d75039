import {attributesOf, CUMULATIVE, type Metric, nanos} from './otlp.js'

/** Upper bounds of the buckets of recoveries, seconds: most take a tenth of one. */
const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]

/** Sums of one run, from its first event on. */
export class Meter {
  readonly #startedAt: number
  readonly #deaths = new Map<string, number>()
  readonly #buckets = bounds.map(() => 0).concat(0)
  #recoveries = 0
  #recoveryS = 0
  #uptimeS = 0

  /** UTC milliseconds. */
  constructor(startedAt: number) {
    this.#startedAt = startedAt
  }

  died(cause: string): void {
    this.#deaths.set(cause, (this.#deaths.get(cause) ?? 0) + 1)
  }

  /** A gateway has ended, meant or not, after so many milliseconds. */
  lived(uptimeMs: number): void {
    this.#uptimeS += uptimeMs / 1000
  }

  recovered(downtimeMs: number): void {
    const seconds = downtimeMs / 1000
    const at = bounds.findIndex((bound) => seconds <= bound)
    const bucket = at < 0 ? bounds.length : at
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#recoveries += 1
    this.#recoveryS += seconds
  }

  metrics(now: number): Metric[] {
    const times = {startTimeUnixNano: nanos(this.#startedAt), timeUnixNano: nanos(now)}
    const sum = {aggregationTemporality: CUMULATIVE, isMonotonic: true}
    const deaths: Metric = {
      name: 'hermes.gateway.deaths',
      description: 'Gateways that died and were not meant to',
      unit: '{death}',
      sum: {
        ...sum,
        dataPoints: [...this.#deaths].map(([cause, count]) => ({
          ...times,
          attributes: attributesOf({'hermes.cause': cause}),
          asInt: String(count),
        })),
      },
    }
    return [
      // A metric without a point is one that receivers complain of.
      ...(this.#deaths.size > 0 ? [deaths] : []),
      {
        name: 'hermes.gateway.uptime',
        description: 'Time that gateways which have ended had worked',
        unit: 's',
        sum: {...sum, dataPoints: [{...times, attributes: [], asDouble: this.#uptimeS}]},
      },
      {
        name: 'hermes.recovery.duration',
        description: 'From a death until the session was back',
        unit: 's',
        histogram: {
          aggregationTemporality: CUMULATIVE,
          dataPoints: [
            {
              ...times,
              attributes: [],
              count: String(this.#recoveries),
              sum: this.#recoveryS,
              bucketCounts: this.#buckets.map(String),
              explicitBounds: bounds,
            },
          ],
        },
      },
    ]
  }
}
