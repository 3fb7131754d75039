import {capabilities} from '../../protocol/capabilities.js'
import {storedTool} from '../../protocol/shapes/answers.js'
import type {Supervisor} from '../../supervisor/types.js'
import type {ShownTool} from '../transcript/items.js'
import {type ToolLine, toolLine} from '../transcript/tool-lines/index.js'

/** So much of a result is paged, characters: 100 000 lines of output. */
const PAGED_CHARACTERS = 8_000_000

/** Some models number the calls of each turn anew: so much of two results tells whether they are the same. */
const COMPARED_CHARACTERS = 1000

/**
 * A call with more of its result than the screen holds, from the gateway's store. Undefined where no gateway can be
 * asked; rejects where it does not have it.
 */
export function wholeTool(supervisor: Supervisor, shown: ShownTool): Promise<ToolLine> | undefined {
  const {session, capabilities: can} = supervisor.view
  if (!session || !can.has(capabilities.tool)) return undefined
  return supervisor.request('session.tool', {session_id: session.liveId, tool_id: shown.id}).then((answer) => {
    const stored = storedTool(answer)
    if (!stored || stored.name !== shown.name || stored.status !== shown.status) throw new Error('another tool call')
    const {tool_id: id, name, context, status, args, result} = stored
    const line = toolLine(
      {id, name, context: context || shown.context, status, args, result, ...diffOf(result)},
      PAGED_CHARACTERS,
    )
    if (!goesOn(shown.line, line)) throw new Error('another result')
    return line
  })
}

/** As the event of its end told it. */
function diffOf(result: unknown): {diff?: string} {
  const diff = (result as {inline_diff?: unknown} | null | undefined)?.inline_diff
  return typeof diff === 'string' ? {diff} : {}
}

/** Whether the one is the beginning of the other. */
function goesOn(held: ToolLine, whole: ToolLine): boolean {
  const start = beginning(held)
  return start === undefined || start === beginning(whole)
}

function beginning({body}: ToolLine): string | undefined {
  return body && 'text' in body ? body.text.slice(0, COMPARED_CHARACTERS) : undefined
}
