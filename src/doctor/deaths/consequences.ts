import {type ChosenAgent, chosenAgent} from '../../acp/agents/known.js'
import type {Evidence} from './evidence.js'
import type {Life} from './types.js'

/** The gateway that speaks to an agent, and dies as that did: behind it the agent's words. */
const forAgent = /[\\/]acp[\\/]adapter[\\/]main\.(?:js|ts)$/

/** The agent that such a gateway was started for; undefined for any other one. */
export function agentOf(command: readonly string[]): ChosenAgent | undefined {
  const at = command.findIndex((word) => forAgent.test(word))
  return at === -1 ? undefined : chosenAgent(command.slice(at + 1), {})
}

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
  const agent = agentOf(evidence.command)
  if (chars > 0 && agent) {
    lost.push(
      `nothing here; ${agent.name} itself may not know the ${chars} characters that it had written of its reply`,
    )
  } else if (chars > 0 && !builtIn.test(evidence.command.join(' '))) {
    lost.push(`${chars} characters of the reply, unless this gateway stores them as they come`)
  }
  if (tools > 0) lost.push(`the outcome of ${tools === 1 ? 'a tool call' : `${tools} tool calls`} that had begun`)
  return lost
}

export function adviceOf(life: Life, remedy: string | undefined, {command}: Pick<Evidence, 'command'>): string[] {
  const advice = remedy === undefined ? [] : [remedy]
  const agent = agentOf(command)
  if (agent) advice.push(`It died because ${agent.name} did: what that wrote on standard error is in the timeline.`)
  for (const {text, report} of agent?.faults ?? []) advice.push(`Known of ${agent?.name}: it ${text} (${report}).`)
  const {outcome} = life.back
  if (life.who === 'gateway' && (outcome === 'exhausted' || outcome === 'failed')) {
    advice.push('The session is stored: `hermes chat --continue` goes on with it.')
  }
  return advice
}
