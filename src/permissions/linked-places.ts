import {lstatSync, readdirSync} from 'node:fs'
import path from 'node:path'
import {fold, isBelow, isSecretFile, type PrivatePlaces, secretPlaces, startUpPlaces} from './secret-files.js'

/**
 * Where links lead that have the name of a secret or of what runs by itself: below the home, and in the uppermost folders
 * of the workspace, as `.env`. Who reads or writes their target under its own name reads or writes the same file.
 */
export function linkedPlaces(
  {home, ours}: PrivatePlaces,
  roots: readonly string[],
  realPathOf: (file: string) => string,
): {secret: string[]; startUp: string[]} {
  // A link to all of it would make everything a secret.
  const isNarrow = (target: string) => ![home, ...roots].some((whole) => isBelow(fold(whole), target))
  const there = new Set(namesIn(home).map(({name}) => fold(name)))
  const targets = (places: readonly string[]) =>
    places
      .filter((place) => there.has(place.split('/')[0] ?? ''))
      .map((place) => ({name: `${home}/${place}`, real: realPathOf(`${home}/${place}`)}))
      .filter(({name, real}) => fold(name) !== fold(real))
      .map(({real}) => fold(real))
      .filter(isNarrow)
  const linksInRoots = roots.flatMap((root) =>
    namesIn(root)
      .filter((entry) => entry.isSymbolicLink())
      .map(({name}) => path.join(root, name))
      .filter((file) => isSecretFile(file, {home, ours}))
      .map((file) => fold(realPathOf(file)))
      .filter(isNarrow),
  )
  return {secret: [...targets(secretPlaces), ...linksInRoots], startUp: targets(startUpPlaces)}
}

function namesIn(folder: string) {
  try {
    return readdirSync(folder, {withFileTypes: true})
  } catch {
    return []
  }
}

/**
 * Makes a function that says whether a file is, under another name, one that has the name of a secret: a hard link. Looked
 * for in the home, in the uppermost folders of the workspace and beside the file, each folder once: nothing tells
 * where else it has names. A file with one name, as most have, costs one look.
 */
export function secretsByOtherNames(places: PrivatePlaces, roots: readonly string[]): (file: string) => boolean {
  const known = new Map<string, ReadonlySet<string>>()
  const secretsIn = (folder: string) => {
    let found = known.get(folder)
    if (!found) {
      const files = namesIn(folder).map(({name}) => path.join(folder, name))
      found = new Set(files.filter((file) => isSecretFile(file, places)).flatMap((file) => linkOf(file) ?? []))
      known.set(folder, found)
    }
    return found
  }
  const fixed = () => {
    const ofHome = [...new Set(secretPlaces.flatMap((place) => [place, path.dirname(place)]))]
    return [...ofHome.map((place) => path.join(places.home, place)), ...roots]
  }
  return (file) => {
    const link = linkOf(file)
    return link !== undefined && [path.dirname(file), ...fixed()].some((folder) => secretsIn(folder).has(link))
  }
}

/** Device and number of a regular file that has several names. */
function linkOf(file: string): string | undefined {
  const stats = statsOf(file)
  return stats?.isFile() && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : undefined
}

function statsOf(file: string) {
  try {
    return lstatSync(file, {bigint: true, throwIfNoEntry: false})
  } catch {
    return undefined
  }
}
