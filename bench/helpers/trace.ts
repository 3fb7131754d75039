import type {GatewayEvent} from '../../src/protocol/events.js'
import type {Supervisor} from '../../src/supervisor/types.js'

export interface Trace {
  /** The time of the next event of that name; rejects when it takes longer than a minute. */
  next: (
    event: 'session' | 'death' | GatewayEvent['type'],
    matches?: (event: GatewayEvent) => boolean,
  ) => Promise<number>
}

/** Lets a measurement wait for what a supervisor tells. */
export function openTrace(supervisor: Supervisor): Trace {
  return {
    next: (name, matches = () => true) =>
      new Promise((resolve, reject) => {
        const done = () => {
          clearTimeout(timer)
          off()
          resolve(performance.now())
        }
        const timer = setTimeout(() => {
          off()
          reject(new Error(`no ${name} within a minute; ${JSON.stringify(supervisor.view)}`))
        }, 60_000)
        const off =
          name === 'session' || name === 'death'
            ? supervisor.on(name, done)
            : supervisor.on('event', (event) => {
                if (event.type === name && matches(event)) done()
              })
      }),
  }
}
