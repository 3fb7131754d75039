import type {GatewayHookEvents} from 'hermes-chat'

/** What the webhook is sent. */
export interface News {
  event: 'died' | 'recovered' | 'gave-up' | 'waiting' | 'test'
  /** One line for people. */
  text: string
  /** `hermes chat --resume KEY` opens the session. */
  session: string | undefined
  /** UTC, ISO 8601. */
  time: string
  cause?: string
  /** From the death to now, milliseconds. */
  downtimeMs?: number
}

/** Undefined for an end that somebody asked for. */
export function newsOfExit(event: GatewayHookEvents['gateway:exit']): News | undefined {
  if (event.expected) return undefined
  const {cause, sessionKey, time} = event
  return {
    event: 'died',
    text: `hermes: the gateway died (${cause})`,
    session: sessionKey,
    time: new Date(time).toISOString(),
    cause,
  }
}

/** Undefined for a step on the way. */
export function newsOfRecovery(event: GatewayHookEvents['gateway:recover']): News | undefined {
  const {outcome, downtimeMs, sessionKey: session, attempt} = event
  const time = new Date(event.time).toISOString()
  if (outcome === 'resumed') {
    const text = `hermes: the session is back after ${Math.round(downtimeMs)} ms`
    return {event: 'recovered', text, session, time, downtimeMs}
  }
  if (outcome === 'exhausted') {
    const text = `hermes: the session is down, ${attempt} attempts failed`
    return {event: 'gave-up', text, session, time, downtimeMs}
  }
  return undefined
}

export function newsOfWaiting(event: GatewayHookEvents['session:waiting']): News {
  const {question, attended, sessionKey: session} = event
  const what = question === 'approval' ? 'your approval' : 'your answer'
  const where = attended ? '' : `, without a terminal: hermes attach ${session}`
  return {
    event: 'waiting',
    text: `hermes: the session waits for ${what}${where}`,
    session,
    time: new Date(event.time).toISOString(),
  }
}
