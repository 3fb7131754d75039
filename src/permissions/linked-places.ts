import {readdirSync} from 'node:fs'
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
