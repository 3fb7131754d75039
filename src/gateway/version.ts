import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

/** Version of this package: from the package.json above this module, wherever a bundler has put it. */
export function packageVersion(from: string = import.meta.url): string {
  for (let folder = path.dirname(fileURLToPath(from)); ; folder = path.dirname(folder)) {
    const version = versionIn(folder)
    if (version !== undefined) return version
    if (path.dirname(folder) === folder) return '0.0.0'
  }
}

function versionIn(folder: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const version = (parsed as {version?: unknown} | null)?.version
    return typeof version === 'string' ? version : undefined
  } catch {
    return undefined
  }
}
