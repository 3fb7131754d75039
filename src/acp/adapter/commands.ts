import type {AvailableCommand} from '@agentclientprotocol/sdk'

/** What the chat has a command of its own for; what an agent calls so goes by another name. */
const chatsOwn = new Set(
  (
    'agents allowed background bg bindings branch clear commands compact compress context continue copy cost detach doctor effort exit export ' +
    'fork help history image jobs keys logs mcp mode model new output paste permissions queue quit reasoning recover ' +
    'restart resume retry rewind save search session sessions status steer switch theme themes title undo usage agent-mode transcript'
  ).split(' '),
)

/** A command of an agent, as the chat lists it. */
export interface OfferedCommand {
  /** As it is typed. */
  name: string
  /** As the agent knows it. */
  sent: string
  summary: string
  args: string
}

/** `/help` of gemini is `/gemini-help`: `/help` is the chat's. */
export function offeredCommands(agent: string, commands: readonly AvailableCommand[]): OfferedCommand[] {
  return commands.map(({name, description, input}) => ({
    name: chatsOwn.has(name.toLowerCase()) ? `${agent}-${name}` : name,
    sent: name,
    summary: description,
    args: input?.hint ? `[${input.hint}]` : '',
  }))
}
