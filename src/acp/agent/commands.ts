import type {AvailableCommand} from '@agentclientprotocol/sdk'

/** An editor shows a transcript of its own: what takes messages back would not be seen there, and some are for a screen. */
const notForEditors = new Set(['undo', 'retry', 'queue', 'takeover', 'model', 'version'])

/** Commands that this side carries out itself. */
export const ownCommands: readonly AvailableCommand[] = [
  {name: 'continue', description: 'Go on with a reply that was cut off'},
  {name: 'compact', description: 'Put a summary in place of older messages', input: {hint: 'what to keep in mind'}},
]

/** `catalog`: answer of `commands.catalog`. */
export function commandsOf(catalog: Record<string, unknown> | undefined): AvailableCommand[] {
  const pairs = Array.isArray(catalog?.pairs) ? catalog.pairs : []
  const told = pairs.flatMap((pair: unknown): AvailableCommand[] => {
    const [slashed, about] = Array.isArray(pair) ? pair : []
    if (typeof slashed !== 'string' || !slashed.startsWith('/')) return []
    const name = slashed.slice(1)
    if (name === '' || notForEditors.has(name) || ownCommands.some((own) => own.name === name)) return []
    const text = typeof about === 'string' ? about : ''
    const [, usage] = /\(usage: \/\S+ ([^)]+)\)\s*$/.exec(text) ?? []
    const description = text.replace(/\s*\(usage: [^)]*\)\s*$/, '')
    return [{name, description: description || name, ...(usage === undefined ? {} : {input: {hint: usage}})}]
  })
  return [...ownCommands, ...told]
}

/** `/name the rest`, where that is what a prompt is. */
export function commandIn(text: string): {name: string; argument: string} | undefined {
  const [, name, argument = ''] = /^\/([a-z][\w:-]*)(?:\s+([\s\S]*))?$/i.exec(text.trim()) ?? []
  return name === undefined ? undefined : {name, argument: argument.trim()}
}
