import type {LifecycleDetails} from '../../lifecycle/events.js'
import type {GatewayEvent} from '../../protocol/events.js'
import type {AskId} from '../../protocol/requests.js'
import type {Supervisor} from '../../supervisor/types.js'

export interface WaitingOptions {
  supervisor: Pick<Supervisor, 'view' | 'on'>
  record: (details: LifecycleDetails) => unknown
}

/**
 * Records that a question waits, once for each. What is asked again to somebody who has just come back, or after a death,
 * was told when it was asked. Returns the end of it.
 */
export function recordWaiting({supervisor, record}: WaitingOptions): () => void {
  /** The next question was asked before we came. */
  let waits = false
  let unnamed = 0
  const known = new Set<string>()
  const unlisten = [
    supervisor.on('session', ({status, open_requests: open = []}) => {
      waits = status === 'waiting' && open.length === 0
      for (const {id} of open) known.add(String(id))
    }),
    supervisor.on('event', (event) => {
      const asked = askedBy(event)
      if (!asked) return
      const id = String(asked.id ?? `unnamed ${unnamed++}`)
      const isKnown = known.has(id) || waits
      waits = false
      known.add(id)
      if (isKnown) return
      const {generation, pid, session} = supervisor.view
      const {question} = asked
      record({type: 'waiting', generation, pid, sessionKey: session?.key, question, attended: true})
    }),
  ]
  return () => {
    for (const off of unlisten) off()
  }
}

function askedBy(event: GatewayEvent): {id: AskId | undefined; question: string} | undefined {
  switch (event.type) {
    case 'approval.request':
    case 'clarify.request':
    case 'sudo.request':
    case 'secret.request':
      return {id: event.payload.request_id, question: event.type.replace('.request', '')}
    case 'gateway.request':
      return {id: event.payload.id, question: event.payload.method}
    default:
      return undefined
  }
}
