import {lstatSync, readlinkSync} from 'node:fs'
import path from 'node:path'
import {homeDirectory, trustFile, userConfigDirectory} from '../config/paths.js'
import {errnoOf} from '../errors.js'
import {hermesHome, isWindows} from '../platform.js'
import {linkedPlaces, secretsByOtherNames} from './linked-places.js'
import {
  fold,
  isBelow,
  isSealedFile,
  isSecretFile,
  isStartUpFile,
  type PrivatePlaces,
  secretPlaces,
} from './secret-files.js'

/** The folders in which a session works. Paths that are given to it have every link resolved, see `realPathOf`. */
export interface Workspace {
  /** What rules belong to: the top folder of the repository, else the working directory. */
  root: string
  /** Folders whose files may be read unasked; none where `root` is the home, or above it. */
  roots: readonly string[]
  home: string
  /** Whether the file or folder lies in one of `roots`. */
  contains(realPath: string): boolean
  /** Below `skills` in the home of hermes: the model is told to read there. */
  isOwnSkill(realPath: string): boolean
  /** What commands of the session put out: the model is told to read on there. */
  isOwnOutput(realPath: string): boolean
  /** Whether a command may run there by a rule: in `root` or an added folder. */
  holds(realPath: string): boolean
  isSecret(realPath: string): boolean
  /** Read by a program that runs or obeys what it says. */
  isStartUp(realPath: string): boolean
  /** Never written by a rule: `.git`, and what hermes itself keeps. */
  isSealed(realPath: string): boolean
  /** Folders and files outside of `roots` that are secret with all that is in them; they need not be there. */
  privatePlaces: readonly string[]
  /** Absolute, with the links of every folder and of the last part resolved, also where it does not exist yet. */
  realPathOf(file: string): string
}

export interface WorkspaceOptions {
  /** Absolute. */
  cwd: string
  /** Further folders, by `permissions.addDirs` or a flag; absolute. They need not be there. */
  addDirs?: readonly string[]
  /** Folder with what commands of the session put out; default none. */
  outputs?: string | undefined
  /** A worktree of ours in which the session works, below the home of hermes: what is in it is the session's own. Default none. */
  worktree?: string | undefined
  /** Default `process.env`: where home, `HERMES_HOME` and the configuration are. */
  env?: NodeJS.ProcessEnv
}

/**
 * The workspace of a working directory: from there upward the first folder with a `.git`. A home that is kept in a
 * repository, and `/`, hold the files of everything else a person does: the search ends below them, and a
 * working directory that is one of them makes rules possible but leaves nothing to be read unasked.
 */
export function openWorkspace({cwd, addDirs = [], outputs, worktree, env = process.env}: WorkspaceOptions): Workspace {
  const home = realPathOf(homeDirectory(env))
  const here = realPathOf(cwd)
  const root = repositoryOf(here, home) ?? here
  const added = addDirs.map(realPathOf)
  // Whoever adds the home says so.
  const roots = [...(isBelow(fold(home), fold(root)) ? [] : [root]), ...added]
  let linked: ReturnType<typeof linkedPlaces> | undefined
  const places: PrivatePlaces = {
    home,
    ours: [hermesHome(env), userConfigDirectory(env), trustFile(env)].map(realPathOf),
    linked: () => {
      linked ??= linkedPlaces(places, roots, realPathOf)
      return linked
    },
  }
  const skills = realPathOf(path.join(hermesHome(env), 'skills'))
  // Of a link to the home or above it everything would be a skill.
  const isOwnSkill = (file: string) => !isBelow(fold(home), fold(skills)) && isBelow(same(file), same(skills))
  const ownOutputs = outputs === undefined ? undefined : realPathOf(outputs)
  const isOwnOutput = (file: string) =>
    ownOutputs !== undefined &&
    !isBelow(fold(home), fold(ownOutputs)) &&
    file !== ownOutputs &&
    isBelow(same(file), same(ownOutputs))
  const ownWorktree = worktree === undefined ? undefined : realPathOf(worktree)
  const isInWorktree = (file: string) => ownWorktree !== undefined && isBelow(same(file), same(ownWorktree))
  const ofOthers: PrivatePlaces = {...places, ours: []}
  const isAnotherName = secretsByOtherNames({home, ours: places.ours}, roots)
  let privatePlaces: readonly string[] | undefined
  const isIn = (file: string, folders: readonly string[]) => folders.some((folder) => isBelow(same(file), same(folder)))
  return {
    root,
    roots,
    home,
    contains: (file) => isIn(file, roots),
    holds: (file) => isIn(file, [root, ...added]),
    isOwnSkill,
    isOwnOutput,
    // A sandbox asks for it: 500 links that are looked for, which opening a session need not wait for.
    get privatePlaces() {
      privatePlaces ??= [...places.ours, ...secretPlaces.map((place) => realPathOf(path.join(home, place)))]
      return privatePlaces
    },
    isSecret: (file) =>
      isSecretFile(file, isOwnSkill(file) || isOwnOutput(file) || isInWorktree(file) ? ofOthers : places) ||
      isAnotherName(file),
    isStartUp: (file) => isStartUpFile(file, places),
    isSealed: (file) => isSealedFile(file, isInWorktree(file) ? ofOthers : places),
    realPathOf,
  }
}

/** macOS and Windows take `A` for `a`. */
export const foldsCase = process.platform === 'darwin' || process.platform === 'win32'

/** In the form in which two paths of one file are the same text. */
export function same(file: string): string {
  return foldsCase ? fold(file) : file
}

function repositoryOf(folder: string, home: string): string | undefined {
  for (let at = folder; !isBelow(fold(home), fold(at)); at = path.dirname(at)) {
    if (exists(path.join(at, '.git'))) return at
    if (path.dirname(at) === at) return undefined
  }
  return undefined
}

/** A folder that may not be entered is none. */
function exists(file: string): boolean {
  try {
    return lstatSync(file, {throwIfNoEntry: false}) !== undefined
  } catch {
    return false
  }
}

/** As Linux. */
const MAX_LINKS = 40

/** No system opens a longer one (Linux 4096, macOS 1024); 90 000 characters took 60 s. */
const MAX_PATH_LENGTH = 4096

/** Segment by segment as the system goes: `link/..` is the folder above where the link leads. */
export function realPathOf(file: string): string {
  const absolute = path.isAbsolute(file) ? file : `${process.cwd()}${path.sep}${file}`
  if (file.length > MAX_PATH_LENGTH && !isWindows) return path.resolve(absolute)
  let resolved = path.parse(absolute).root
  const rest = segmentsOf(absolute).reverse()
  /** So many of the last segments are known not to be there. */
  let missing = 0
  for (let links = 0; rest.length > 0; ) {
    const segment = rest.pop() ?? ''
    if (segment === '..') {
      resolved = path.dirname(resolved)
      missing = Math.max(0, missing - 1)
      continue
    }
    const next = below(resolved, segment)
    const target = links < MAX_LINKS && missing === 0 ? linkTarget(next) : ''
    if (target === undefined || target === '') {
      resolved = next
      if (target === undefined || missing > 0) missing += 1
      continue
    }
    links += 1
    if (path.isAbsolute(target)) resolved = path.parse(target).root
    rest.push(...segmentsOf(target).reverse())
  }
  return resolved
}

/** A segment is one name: nothing of it is to be resolved, but on Windows, where it may hold the other separator. */
function below(folder: string, segment: string): string {
  if (isWindows) return path.join(folder, segment)
  return folder.endsWith('/') ? folder + segment : `${folder}/${segment}`
}

function segmentsOf(file: string): string[] {
  return file
    .slice(path.parse(file).root.length)
    .split(path.sep)
    .filter((segment) => segment !== '' && segment !== '.')
}

/** The empty string for what is no link or may not be looked at, undefined for what is not there. */
function linkTarget(file: string): string | undefined {
  try {
    return readlinkSync(file)
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? undefined : ''
  }
}
