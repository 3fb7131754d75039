import path from 'node:path'
import {promisify} from 'node:util'
import {isObject} from '../../protocol/shapes/shape.js'
import {each, inSlices} from '../slices.js'
import {markOf} from './current.js'
import {type GitIndex, isClean, readGitIndex} from './git-index.js'
import {type FileState, none} from './state.js'
import {type Ref, type StoreOptions, storeFiles} from './store-files.js'
import {type Entry, entryAt, lookAround, looksSame} from './walk.js'

export interface Held extends Entry {
  /** Of a file. */
  ref?: Ref
}

/** A workspace as it was seen, with all that is needed to bring it back. */
export interface Look {
  /** By absolute path. */
  entries: ReadonlyMap<string, Held>
  /** There are more than were looked at. */
  truncated: boolean
}

export interface LookOptions extends StoreOptions {
  /** Real paths. */
  roots: readonly string[]
  /** Left out with all that is in it: what hermes keeps itself. */
  home: string
  /** The program, where there is one: what it has stored need not be stored again. */
  git: string | undefined
  /** Files, links and folders in all. */
  maxFiles: number
}

/** Looks at the workspace, and stores what nobody else has: files that are neither as they were seen last nor in git. */
export async function takeLook(options: LookOptions, previous: Look | undefined): Promise<Look> {
  const {trees, truncated} = await lookAtRoots(options, previous)
  const entries = new Map<string, Held>()
  const toStore: [string, Entry][] = []
  for (const {root, tree, index: read} of trees) {
    const changed: [string, Entry][] = []
    const look = ([file, entry]: [string, Entry]) => {
      const before = previous?.entries.get(file)
      const known = before?.ref && !('why' in before.ref) && looksSame(before, entry) ? before.ref : undefined
      entries.set(file, known ? {...entry, ref: known} : entry)
      if (!known && entry.kind === 'file') changed.push([file, entry])
    }
    await inSlices(each(tree, look))
    if (changed.length === 0) continue
    const index = read ?? (options.git === undefined ? undefined : await readGitIndex(root))
    const find = ([file, entry]: [string, Entry]) => {
      const indexed = index?.files.get(relativeOf(root, file))
      const clean = index && indexed && !entry.young && isClean(indexed, entry)
      if (clean) hold(entries, file, {blob: indexed.blob, gitDir: index.gitDir})
      else toStore.push([file, entry])
    }
    await inSlices(each(changed, find))
  }
  await storeFiles(toStore, options, (file, ref) => hold(entries, file, ref))
  return {entries, truncated}
}

/** What a command left otherwise than it was, and the look that follows it. */
export async function compareLook(
  options: LookOptions,
  look: Look,
): Promise<{look: Look; changes: {path: string; before: FileState; after: FileState}[]}> {
  const {trees, truncated} = await lookAtRoots(options, look)
  const now = new Map<string, Held>()
  const differing: string[] = []
  for (const {tree} of trees) {
    const compare = ([file, entry]: [string, Entry]) => {
      const before = look.entries.get(file)
      if (before && looksSame(before, entry)) now.set(file, {...entry, ...(before.ref ? {ref: before.ref} : {})})
      // Of a look that did not see all, what is new may have been there.
      else if (before || !look.truncated) {
        now.set(file, entry)
        differing.push(file)
      }
    }
    await inSlices(each(tree, compare))
  }
  for (const file of look.entries.keys()) {
    if (now.has(file)) continue
    if (truncated && entryAt(file)) continue
    differing.push(file)
  }
  await storeFiles(
    differing.flatMap((file): [string, Entry][] => {
      const entry = now.get(file)
      return entry?.kind === 'file' ? [[file, entry]] : []
    }),
    options,
    (file, ref) => hold(now, file, ref),
  )
  const before = await statesOf(differing, look, options)
  const changes = differing.map((file, at) => ({path: file, before: before[at] ?? none, after: stateOf(now.get(file))}))
  return {look: {entries: now, truncated: truncated || look.truncated}, changes}
}

/** `known`: what was looked at before is no more ignored than it was; git's index, of 30 ms, need not be asked then. */
async function lookAtRoots({roots, home, maxFiles, gap, git}: LookOptions, known: Look | undefined) {
  const {gitIgnore} = await import('../tools/files/find/gitignore.js')
  const trees: {root: string; tree: Map<string, Entry>; index: GitIndex | undefined}[] = []
  let left = maxFiles
  let truncated = false
  for (const root of roots) {
    const index = known || git === undefined ? undefined : await readGitIndex(root)
    const ignores = await gitIgnore(root)
    const tree = await inSlices(
      lookAround(root, {
        limit: left,
        isIgnored: (relative, file, kind) => {
          if (file === home) return true
          if (known?.entries.has(file)) return false
          // What git tracks it does not ignore.
          if (kind === 'folder' ? index?.folders.has(relative) : index?.files.has(relative)) return false
          return ignores(file, kind)
        },
      }),
    )
    left -= tree.entries.size
    truncated ||= tree.truncated
    if (tree.unnamed > 0) gap(`${tree.unnamed} names that are not UTF-8, below ${root}`)
    trees.push({root, tree: tree.entries, index})
  }
  if (truncated) gap(`more than ${maxFiles} files (checkpoints.maxFiles), below ${roots.join(', ')}`)
  return {trees, truncated}
}

function hold(entries: Map<string, Held>, file: string, ref: Ref): void {
  const entry = entries.get(file)
  if (entry) entries.set(file, {...entry, ref})
}

function stateOf(held: Held | undefined): FileState {
  if (!held) return none
  const {kind, mode, size, target, ref} = held
  if (kind === 'folder') return {kind, mode}
  if (kind === 'link') {
    if (target !== undefined && !target.includes('\ufffd')) return {kind, target}
    return {kind: 'uncovered', why: 'it leads to a name that is not UTF-8', mark: markOf(held)}
  }
  if (ref && 'stored' in ref) return {kind: 'file', mode, hash: ref.stored, size}
  return {kind: 'uncovered', why: ref && 'why' in ref ? ref.why : 'it was not read', mark: markOf(held)}
}

/** States as they were seen; what git has is stored by us from now on. */
async function statesOf(files: readonly string[], look: Look, {contents, git}: LookOptions): Promise<FileState[]> {
  const helds = files.map((file) => look.entries.get(file))
  const wanted = new Map<string, Set<string>>()
  for (const held of helds) {
    if (!held?.ref || !('blob' in held.ref)) continue
    const {gitDir, blob} = held.ref
    wanted.set(gitDir, (wanted.get(gitDir) ?? new Set()).add(blob))
  }
  const stored = new Map<string, {hash: string; size: number}>()
  if (git !== undefined && wanted.size > 0) {
    const {readBlobs} = await import('./git-blobs.js')
    for (const [gitDir, blobs] of wanted) {
      for await (const [blob, bytes] of readBlobs(git, gitDir, [...blobs])) {
        const hash = await contents.put(bytes, {durable: false}).catch(() => undefined)
        if (hash !== undefined) stored.set(blob, {hash, size: bytes.length})
      }
    }
  }
  return helds.map((held): FileState => {
    if (!held?.ref || !('blob' in held.ref)) return stateOf(held)
    const found = stored.get(held.ref.blob)
    // Of another size: git keeps it in another form.
    if (!found || found.size !== held.size)
      return {kind: 'uncovered', why: 'git does not have it any more', mark: markOf(held)}
    return {kind: 'file', mode: held.mode, hash: found.hash, size: found.size}
  })
}

function relativeOf(root: string, file: string): string {
  const relative = file.slice(root.length + (root.endsWith(path.sep) ? 0 : 1))
  return path.sep === '/' ? relative : relative.replaceAll(path.sep, '/')
}

/** Names of the contents that a look needs. */
export function contentsOf({entries}: Look): string[] {
  return [...entries.values()].flatMap(({ref}) => (ref && 'stored' in ref ? [ref.stored] : []))
}

/** Entries of one line of a file: so many are written or read at once. */
const LINE = 1000

/** As a file, in slices. */
export async function packLook({entries, truncated}: Look): Promise<Buffer> {
  const all = [...entries]
  const lines = await inSlices(
    (function* () {
      const lines = [JSON.stringify({truncated})]
      for (let at = 0; at < all.length; at += LINE) {
        lines.push(JSON.stringify(all.slice(at, at + LINE)))
        yield
      }
      return lines
    })(),
  )
  const {deflate} = await import('node:zlib')
  return promisify(deflate)(lines.join('\n'), {level: 1})
}

/** What {@link packLook} wrote; undefined where it is none. */
export async function unpackLook(bytes: Buffer): Promise<Look | undefined> {
  try {
    const {inflate} = await import('node:zlib')
    const [head, ...lines] = (await promisify(inflate)(bytes)).toString('utf8').split('\n')
    const {truncated} = JSON.parse(head ?? '')
    const entries = new Map<string, Held>()
    for (const line of lines) {
      for (const [file, held] of JSON.parse(line)) if (isObject(held)) entries.set(file, held as unknown as Held)
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
    return {entries, truncated: truncated === true}
  } catch {
    return undefined
  }
}
