import {argumentCheck, jsonSchemaOf} from './argument-schema.js'
import type {ArgumentSpecs, ArgumentsOf} from './argument-specs.js'
import {coerced} from './coerce.js'
import type {Tool, ToolContext} from './types.js'

export interface ToolDefinition<S extends ArgumentSpecs> {
  name: string
  toolset: string
  description: string
  idempotent: boolean
  /** Default false. */
  readsOnly?: boolean
  /** Default false. */
  beside?: boolean
  graceMs?: number
  asksLeave?: boolean
  arguments: S
  /** Preview of the arguments, cut to 80 characters by the caller. */
  context(args: Partial<Record<keyof S, unknown>>): string
  run(args: ArgumentsOf<S>, context: ToolContext): Promise<Record<string, unknown>>
}

/** Makes a tool that checks its arguments and turns whatever goes wrong into a result that the model can act on. */
export function defineTool<const S extends ArgumentSpecs>(definition: ToolDefinition<S>): Tool {
  const {name, toolset, description, idempotent, readsOnly = false, beside, graceMs, asksLeave = false} = definition
  let check: ReturnType<typeof argumentCheck<S>> | undefined
  return {
    name,
    toolset,
    description,
    idempotent,
    readsOnly,
    ...(beside === undefined ? {} : {beside}),
    ...(graceMs === undefined ? {} : {graceMs}),
    asksLeave,
    parameters: jsonSchemaOf(definition.arguments),
    context: (args) => preview(definition.context(args as Partial<Record<keyof S, unknown>>)),
    async run(args, context) {
      check ??= argumentCheck(definition.arguments)
      const checked = check(coerced(args, definition.arguments))
      if ('problem' in checked) return {error: `${name}: ${checked.problem}`}
      if (context.signal.aborted) return {error: `${name}: interrupted before it ran`, interrupted: true}
      try {
        return await definition.run(checked.value, context)
      } catch (error) {
        return {error: `${name}: ${explain(error)}`}
      }
    },
  }
}

const systemErrors: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
  ENOSPC: 'the disk is full',
  EROFS: 'the file system is read-only',
  ELOOP: 'too many symbolic links',
  ENAMETOOLONG: 'the name is too long',
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {code, path} = error as NodeJS.ErrnoException
  const known = code === undefined ? undefined : systemErrors[code]
  return known ? `${path ? `${path}: ` : ''}${known} (${code})` : error.message
}

/** One line of at most 80 characters. */
export function preview(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: arguments come from a model and are shown in a terminal
  const line = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  const points = [...line]
  return points.length > 80 ? `${points.slice(0, 79).join('')}…` : line
}
