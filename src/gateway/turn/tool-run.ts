import {messageOf} from '../../errors.js'
import {isObject} from '../../protocol/shapes/shape.js'
import {closest} from '../../refusal/closest.js'
import {meantText} from '../../refusal/text.js'
import type {ToolCall} from '../models/types.js'
import type {KnownCall} from '../store/types.js'
import type {Tool, ToolContext} from '../tools/types.js'

/** A model's call with what is shown of its arguments, at most 80 characters. */
export function knownCall({id, name, args}: ToolCall, tools: readonly Tool[]): KnownCall {
  const tool = tools.find((each) => each.name === name)
  return {id, name, context: tool && isObject(args) ? previewOf(tool, args) : '', args}
}

/**
 * Runs the tool that a model called. Never rejects: what goes wrong, an unknown name or bad arguments too, is a result
 * that the model learns from.
 */
export async function runTool(
  {name, args}: Pick<ToolCall, 'name' | 'args'>,
  tools: readonly Tool[],
  context: ToolContext,
): Promise<Record<string, unknown>> {
  const tool = tools.find((each) => each.name === name)
  if (!tool) {
    const names = tools.map((each) => each.name)
    const known = names.join(', ') || 'none'
    const meant = meantText(closest(name, names))
    return {error: `unknown tool "${name}"${meant === '' ? '' : `${meant} It was not run`}; there are: ${known}`}
  }
  if (!isObject(args)) {
    // What the model wrote, or why that was left out.
    const written = typeof args === 'string' ? `: ${args.slice(0, 200).toWellFormed()}` : ''
    return {error: `the arguments are not a JSON object${written}`}
  }
  try {
    const refusal = await context.refusal?.(name)
    if (refusal !== undefined) return {error: `${name}: ${refusal}`, denied: true}
    return await tool.run(args, context)
  } catch (error) {
    return {error: messageOf(error)}
  }
}

function previewOf(tool: Tool, args: Record<string, unknown>): string {
  try {
    return tool.context(args).slice(0, 80).toWellFormed()
  } catch {
    // Arguments of an unexpected shape; the run itself tells the model.
    return ''
  }
}
