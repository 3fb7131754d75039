import {existsSync, readFileSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {hermesHome, homeFiles} from '../../../platform.js'
import {type CloudKind, clouds} from './clouds.js'

/** A library of a cloud that is not there, or does not fit; message and remedy are for the person. */
export class LibraryMissing extends Error {
  readonly remedy: readonly string[]

  constructor(message: string, remedy: readonly string[]) {
    super(message)
    this.name = 'LibraryMissing'
    this.remedy = remedy
  }
}

/**
 * Where a library is looked for, in this order: in a folder of the home that is for nothing else, and beside hermes itself,
 * as `npm install -g` puts it. Never from the working directory: what lies there is somebody else's.
 */
export function libraryFolders(env: NodeJS.ProcessEnv): string[] {
  return [homeFiles(hermesHome(env)).libraries, path.dirname(fileURLToPath(import.meta.url))]
}

/** The line that installs it, wherever hermes itself was installed. */
export function installLine(kind: CloudKind, env: NodeJS.ProcessEnv): string {
  const {library, major} = clouds[kind]
  const {libraries} = homeFiles(hermesHome(env))
  return `npm install --prefix ${/^[\w@%+=:,./-]+$/.test(libraries) ? libraries : JSON.stringify(libraries)} ${library}@${major}`
}

interface FoundLibrary {
  version: string
  /** File of an entry of it, by name: `` or `/anthropic`. */
  fileOf(entry: string): string
}

interface Versioned {
  version?: unknown
}

/** The first that is found; what it is made of is not run. */
export function findLibrary(kind: CloudKind, folders: readonly string[]): FoundLibrary | undefined {
  const {library} = clouds[kind]
  for (const folder of folders) {
    const require = createRequire(path.join(folder, 'from.js'))
    try {
      // Read and not required: that one stays as it was first seen.
      const {version} = JSON.parse(readFileSync(require.resolve(`${library}/package.json`), 'utf8')) as Versioned
      return {version: String(version), fileOf: (entry) => require.resolve(`${library}${entry}`)}
    } catch {
      // The next folder may have it.
    }
  }
  return undefined
}

/**
 * Loads the library of a cloud. `entry`: behind its name, `/anthropic`.
 *
 * @throws LibraryMissing
 */
export async function loadLibrary(kind: CloudKind, entry: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const {title, library, major} = clouds[kind]
  const folders = libraryFolders(env)
  const found = findLibrary(kind, folders)
  const remedy = [`Install it: ${installLine(kind, env)}`]
  if (!found) {
    const [own = ''] = folders
    const place = existsSync(own) ? `not in ${own}, nor beside hermes` : 'and it is not installed'
    throw new LibraryMissing(`${title} needs the library ${library}, ${place}`, remedy)
  }
  if (Number.parseInt(found.version, 10) !== major) {
    throw new LibraryMissing(`${title} needs version ${major} of ${library}, and ${found.version} is installed`, remedy)
  }
  try {
    return await import(pathToFileURL(found.fileOf(entry)).href)
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
    throw new LibraryMissing(`the library ${library} ${found.version} cannot be loaded: ${why}`, remedy)
  }
}
