import {lstatSync, statSync} from 'node:fs'
import path from 'node:path'
import {errnoOf} from '../../errors.js'
import {homeDirectory, resolvePath, userConfigDirectory} from '../paths.js'
import {loadFile, projectPlaces, type RawFile, searchDirectory, textOf, unreadable, userPlaces} from './read.js'

export type FileRank = 'user' | 'project'

/** A place where a configuration may be; the first of a folder that holds one is used. */
export interface Place {
  path: string
  /** The folder that was searched; the path is in or below it. */
  directory: string
  rank: FileRank
  exists: boolean
}

export interface Discovered {
  /** Files with a configuration, weakest first. */
  files: (RawFile & {rank: FileRank})[]
  /** Everywhere that was looked, strongest first. */
  places: Place[]
  /** Projects' files that were not read, because somebody else owns them. */
  foreign: {path: string; owner: number}[]
}

/**
 * Finds the configuration files for a working directory. A place is asked by one `stat` first, so
 * that nothing is loaded where there is nothing.
 */
export async function discover(cwd: string, env: NodeJS.ProcessEnv): Promise<Discovered> {
  const files: Discovered['files'] = []
  const places: Place[] = []
  const foreign: Discovered['foreign'] = []

  // Strongest first; each rank stops at its first file.
  let project: RawFile | undefined
  for (const directory of projectDirectories(cwd, homeDirectory(env))) {
    const here = placesIn(directory, projectPlaces, 'project')
    places.push(...here)
    if (project !== undefined) continue
    const readable = readableOf(here)
    const others = readable.flatMap(({path: file}) => foreignTo(file, directory === path.resolve(cwd), env))
    foreign.push(...others)
    project = await search(
      directory,
      readable.filter((place) => !others.some((other) => other.path === place.path)),
    )
  }
  if (project) files.unshift({...project, rank: 'project'})

  const explicit = env.HERMES_CONFIG?.trim()
  if (explicit) {
    const file = resolvePath(explicit, cwd, env)
    places.push({path: file, directory: path.dirname(file), rank: 'user', exists: exists(file)})
    files.unshift({...(await loadFile(file)), rank: 'user'})
  }

  const directory = userConfigDirectory(env)
  const own = placesIn(directory, userPlaces, 'user')
  places.push(...own)
  const file = await search(directory, readableOf(own))
  if (file) files.unshift({...file, rank: 'user'})
  return {files, places, foreign}
}

/**
 * From the working directory upward. Below the home directory the search ends before it: what lies
 * in the home is the person's and not a project's (`~/.config/hermes` would otherwise be both).
 */
export function projectDirectories(cwd: string, home: string): string[] {
  const directories: string[] = []
  for (let current = path.resolve(cwd); current !== path.resolve(home); ) {
    directories.push(current)
    const parent = path.dirname(current)
    if (parent === current) break
    current = parent
  }
  return directories
}

function placesIn(directory: string, names: readonly string[], rank: FileRank): Place[] {
  return names.map((name) => {
    const file = path.join(directory, name)
    return {path: file, directory, rank, exists: exists(file)}
  })
}

/** Places with a file that may be ours. One that may not be read is an error: cosmiconfig would skip it without a word. */
function readableOf(places: readonly Place[]): Place[] {
  return places
    .filter((place) => place.exists)
    .filter(({path: file}) => {
      const text = textOf(file)
      // Most projects have one that says nothing of us; to find that out by cosmiconfig takes 8 ms.
      return path.basename(file) !== 'package.json' || text.includes('"hermes"')
    })
}

async function search(directory: string, readable: readonly Place[]): Promise<RawFile | undefined> {
  if (readable.length === 0) return undefined
  return searchDirectory(
    directory,
    readable.map((place) => path.relative(directory, place.path)),
  )
}

/**
 * Who else owns a file, or the link that leads to it. Everybody may put one into a folder above, as into the one for
 * temporary files. Root's counts, as for git; in the working directory itself also that of whom the folder belongs to.
 */
function foreignTo(file: string, isHere: boolean, env: NodeJS.ProcessEnv): Discovered['foreign'] {
  const user = process.geteuid?.()
  if (user === undefined) return []
  const accepted = new Set([0, user])
  if (user === 0 && env.SUDO_UID) accepted.add(Number(env.SUDO_UID))
  if (isHere) accepted.add(statSync(path.dirname(file)).uid)
  const owner = [lstatSync(file).uid, statSync(file).uid].find((uid) => !accepted.has(uid))
  return owner === undefined ? [] : [{path: file, owner}]
}

function exists(file: string): boolean {
  try {
    return statSync(file, {throwIfNoEntry: false})?.isFile() ?? false
  } catch (error) {
    // A folder that may not be entered is nothing found, as for git and the like; a link to itself leads to nothing.
    if (['EACCES', 'ENOTDIR', 'EPERM', 'ELOOP'].includes(errnoOf(error) ?? '')) return false
    throw unreadable(file, error)
  }
}
