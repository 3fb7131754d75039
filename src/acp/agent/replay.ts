import type {SessionUpdate} from '@agentclientprotocol/sdk'
import type {InterruptedTurn, WireMessage} from '../../protocol/methods.js'
import {toolReplayed} from './tool-updates.js'

/** A stored transcript as an editor is told it at `session/load`, in order. `cwd`: of the session, for paths. */
export function replayOf(messages: readonly WireMessage[], cwd: string): SessionUpdate[] {
  return messages.flatMap((message, index): SessionUpdate[] => {
    const {role, text = '', reasoning = '', status} = message
    if (role === 'tool') return [toolReplayed(message, `stored-${index}`, cwd)]
    if (role === 'user') return text === '' ? [] : [chunk('user_message_chunk', text)]
    const cut =
      role === 'assistant' && status === 'interrupted' ? [chunk('agent_message_chunk', '\n\n[interrupted]')] : []
    return [
      ...(reasoning === '' ? [] : [chunk('agent_thought_chunk', reasoning)]),
      ...(text === '' ? [] : [chunk('agent_message_chunk', text)]),
      ...cut,
    ]
  })
}

/** What the editor is told below it, where the last reply broke off. */
export function brokenOff({deaths}: Pick<InterruptedTurn, 'deaths'>): string {
  const why = deaths > 0 ? ', because the gateway died' : ''
  return `The last reply was cut off${why}. What was shown of it is kept; \`/continue\` goes on with it.`
}

export function chunk(
  sessionUpdate: 'user_message_chunk' | 'agent_message_chunk' | 'agent_thought_chunk',
  text: string,
): SessionUpdate {
  return {sessionUpdate, content: {type: 'text', text}}
}
