import type {Evidence} from './evidence.js'
import type {Life} from './types.js'

const builtIn = /\bgateway[\\/]main\.(?:js|ts)$/

/**
 * Exactly what the death took with it; empty: nothing. The built-in gateway journals every delta
 * and every tool result before it is shown; the reference stores a turn when it is complete.
 */
export function lostOf(life: Life, evidence: Evidence): string[] {
  const exit = life.end
  // Nothing was there to be lost.
  if (exit?.event === 'spawn-failed') return []
  if (exit?.event !== 'exit' || exit.dialect === 'reference') {
    return evidence.dialect === 'reference' ? ['a reply that was being written, if there was one'] : []
  }
  const chars = Number(exit.fields.get('inFlight.replyChars') ?? 0) || 0
  const tools = Number(exit.fields.get('inFlight.openTools') ?? 0) || 0
  const lost: string[] = []
  if (chars > 0 && !builtIn.test(evidence.command.join(' '))) {
    lost.push(`${chars} characters of the reply, unless this gateway stores them as they come`)
  }
  if (tools > 0) lost.push(`the outcome of ${tools === 1 ? 'a tool call' : `${tools} tool calls`} that had begun`)
  return lost
}

export function adviceOf(life: Life, remedy: string | undefined): string[] {
  const advice = remedy === undefined ? [] : [remedy]
  const {outcome} = life.back
  if (life.who === 'gateway' && (outcome === 'exhausted' || outcome === 'failed')) {
    advice.push('The session is stored: `hermes chat --continue` goes on with it.')
  }
  return advice
}
