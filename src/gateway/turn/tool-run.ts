import {messageOf} from '../../errors.js'
import type {ToolCall} from '../models/types.js'
import type {Tool, ToolContext} from '../tools/types.js'

export interface ToolRun {
  /** Preview of the arguments, at most 80 characters. */
  context: string
  /** Never rejects: what goes wrong is a result that the model learns from. */
  start: () => Promise<Record<string, unknown>>
}

/** Finds the tool for a model's call and prepares its run; an unknown name or bad arguments give an error result. */
export function runTool(call: ToolCall, tools: readonly Tool[], context: ToolContext): ToolRun {
  const tool = tools.find(({name}) => name === call.name)
  if (!tool) {
    const known = tools.map(({name}) => name).join(', ') || 'none'
    return refused(`unknown tool "${call.name}"; there are: ${known}`)
  }
  const {args} = call
  if (!isRecord(args)) {
    // What the model wrote, or why that was left out.
    const written = typeof args === 'string' ? `: ${args.slice(0, 200).toWellFormed()}` : ''
    return refused(`the arguments are not a JSON object${written}`)
  }
  return {
    context: previewOf(tool, args),
    async start() {
      try {
        return await tool.run(args, context)
      } catch (error) {
        return {error: messageOf(error)}
      }
    },
  }
}

function refused(error: string): ToolRun {
  return {context: '', start: () => Promise.resolve({error})}
}

function previewOf(tool: Tool, args: Record<string, unknown>): string {
  try {
    return tool.context(args).slice(0, 80).toWellFormed()
  } catch {
    // Arguments of an unexpected shape; the run itself tells the model.
    return ''
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
