/** Names a content: the first 16 hexadecimal digits of its SHA-256. */
export async function versionOf(content: Buffer): Promise<string> {
  // Loaded late: the tools are listed at every resume, and Node's crypto takes 6 ms.
  const {createHash} = await import('node:crypto')
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

/** The tools whose results say which version of a file the model knows. */
const telling = new Set(['read_file', 'edit_file', 'write_file'])

/**
 * Which version of which file the model knows, from the stored results of a session in their order: what
 * `ToolContext.reads` held before the process ended. Results are taken as they come; what is none of
 * ours is passed over.
 */
export function versionsFrom(results: Iterable<{name: string; result: unknown}>): Map<string, string> {
  const versions = new Map<string, string>()
  for (const {name, result} of results) {
    if (!telling.has(name) || typeof result !== 'object' || result === null) continue
    const {file, version} = result as {file?: unknown; version?: unknown}
    if (typeof file === 'string' && typeof version === 'string') versions.set(file, version)
  }
  return versions
}
