import {type Dirent, lstatSync} from 'node:fs'
import {readdir} from 'node:fs/promises'
import path from 'node:path'
import {setImmediate} from 'node:timers/promises'
import type {Workspace} from '../workspace.js'

/** A file or a folder that is there, with every link resolved. */
export interface Place {
  path: string
  kind: 'file' | 'folder'
}

/** What a command in the sandbox can see and change. Everything else that there is can be read. */
export interface SandboxView {
  /** What is not there, though the workspace may lie in it: secrets of the home and the system, and the person's other work. */
  concealed: readonly Place[]
  /** Folders that it may write in. */
  writable: readonly string[]
  /** Repositories: their `.git` cannot be moved away, so that no other takes its place. */
  repositories: readonly string[]
  /** Inside them what is read alone: what git runs by, and what programs obey. A folder that is missing is empty. */
  guarded: readonly (Place | {path: string; kind: 'missing folder'})[]
  /** Secrets of the workspace: a file cannot be read, a folder is empty. */
  hidden: readonly Place[]
}

/** Files and folders of the workspace that are looked at. 20 000 take 0.2 s, in slices. */
const MAX_ENTRIES = 20_000

/** Each is a mount, which takes 30 µs. */
const MAX_PLACES = 500

/** So many are looked at before others have their turn. */
const SLICE = 500

/** Of others: nothing in them is the person's own. */
const skipped = new Set(['node_modules', '.git'])

/** In `.git`: with them git runs what it is told, or takes its settings from elsewhere. */
const ofGit = ['config', 'config.worktree', 'commondir', 'modules']

/** Beside the secrets of the workspace; root could read them. `/run` is another one in the sandbox. */
const ofTheSystem = [
  ...['/etc/shadow', '/etc/gshadow', '/etc/shadow-', '/etc/gshadow-', '/etc/sudoers', '/etc/sudoers.d'],
  ...['/etc/ssl/private', '/etc/krb5.keytab', '/etc/wireguard', '/etc/NetworkManager/system-connections'],
]

/**
 * Looks at the workspace for what has to be guarded and hidden in it.
 *
 * @returns The view, or in words why there is none.
 */
export async function sandboxView(
  workspace: Workspace,
  cwd: string,
  searchPath = '',
): Promise<SandboxView | {why: string}> {
  const {roots, privatePlaces} = workspace
  if (roots.length === 0 || !workspace.contains(workspace.realPathOf(cwd))) {
    return {why: `${cwd} is no workspace of its own`}
  }
  const secret = [...privatePlaces, ...ofTheSystem].flatMap(placeOf)
  const within = secret.find(({path: place}) => roots.some((root) => isBelow(root, place)))
  if (within) return {why: `the workspace lies in ${within.path}, which is hidden`}
  const concealed = [...secret, ...(await otherWork(workspace, searchPath))]
  const hidden: Place[] = []
  const guarded: SandboxView['guarded'][number][] = []
  const repositories: string[] = []
  let left = MAX_ENTRIES
  const look = async (folder: string): Promise<boolean> => {
    for (const entry of await entriesOf(folder)) {
      left -= 1
      if (left < 0) return false
      if (left % SLICE === 0) await setImmediate()
      const file = path.join(folder, entry.name)
      const kind = kindOf(entry)
      if (entry.name === '.git') {
        if (kind === 'folder') repositories.push(folder)
        if (kind) guarded.push(...(kind === 'folder' ? guardsOfGit(file) : [{path: file, kind}]))
        continue
      }
      // Where a link leads to has a name of its own, and a socket or a pipe holds nothing.
      if (kind === undefined || skipped.has(entry.name)) continue
      if (workspace.isSecret(file)) hidden.push({path: file, kind})
      else if (workspace.isStartUp(file)) guarded.push({path: file, kind})
      else if (kind === 'folder' && !(await look(file))) return false
    }
    return true
  }
  for (const root of roots) {
    if (!(await look(root)))
      return {why: `the workspace holds more than ${MAX_ENTRIES} files: no secret in it may be missed`}
  }
  if (hidden.length + guarded.length > MAX_PLACES) {
    return {why: `the workspace holds more than ${MAX_PLACES} secrets and files that programs obey`}
  }
  return {concealed, writable: roots, repositories, guarded, hidden}
}

/** In the home what is neither hidden, as programs keep theirs, nor holds programs that are found by PATH. */
async function otherWork({home, roots}: Workspace, searchPath: string): Promise<Place[]> {
  const programs = searchPath.split(path.delimiter)
  return (await entriesOf(home)).flatMap((entry) => {
    const place = path.join(home, entry.name)
    const kind = kindOf(entry)
    if (
      !kind ||
      roots.includes(place) ||
      entry.name.startsWith('.') ||
      programs.some((folder) => isBelow(folder, place))
    )
      return []
    return [{path: place, kind}]
  })
}

function guardsOfGit(folder: string): SandboxView['guarded'][number][] {
  const hooks = path.join(folder, 'hooks')
  const [there] = placeOf(hooks)
  return [...ofGit.flatMap((name) => placeOf(path.join(folder, name))), there ?? {path: hooks, kind: 'missing folder'}]
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, {withFileTypes: true})
  } catch {
    // What may not be read here may not be read there.
    return []
  }
}

function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Place['kind'] | undefined {
  return entry.isDirectory() ? 'folder' : entry.isFile() ? 'file' : undefined
}

function placeOf(file: string): Place[] {
  try {
    const stats = lstatSync(file, {throwIfNoEntry: false})
    const kind = stats && kindOf(stats)
    return kind ? [{path: file, kind}] : []
  } catch {
    return []
  }
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(`${folder}/`)
}
