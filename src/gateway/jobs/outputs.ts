import type {MessageRow} from '../store/types.js'
import {storedOutput} from '../tools/command/output-folder.js'

/** Names, of commands whose end nobody saw, the file that has what they put out until then, as `output_file`. */
export function withOutputs(rows: readonly MessageRow[], folder: string): MessageRow[] {
  return rows.map((row) => {
    const {tool, turnId} = row
    if (tool?.name !== 'terminal' || tool.state !== 'unknown' || turnId === null) return row
    const file = storedOutput(folder, turnId, tool.id)
    return file === undefined ? row : {...row, tool: {...tool, result: {output_file: file}}}
  })
}
