import {rmSync} from 'node:fs'
import path from 'node:path'
import {rollup} from 'rollup'

/**
 * Where malloc is given back a larger piece, as the text of a file, it keeps twice as much for itself from then on:
 * 0.7 MB of a screen at rest.
 */
const LARGEST = 250_000

/**
 * Puts what a chat loads at its start into few files. esbuild makes one of all that the same entry points share: of 49 of
 * them a chat loaded 127, half of them smaller than 2 KB, and 447 times Node looked where one is. In 31 files it has its session
 * open after 189 ms in place of 239, and the slowest key of its start takes 28 ms in place of 43.
 * `stages`: the sources of the entry points that a chat loads, in that order. `light`: entry points that are to load no more than
 * they need, by a name for those that need the same. `parts`: files that are entry points for no other reason than to be cut off; they are left out.
 * Returns the files that replace those of `metafile` in `folder`, which are gone then; entry points keep their names.
 */
export async function joinStartChunks({folder, metafile, stages, light, parts}) {
  const files = filesOf(metafile)
  for (const file of parts) {
    removeFile(folder, file)
    delete files[file]
  }
  const groups = groupsOf(files, {stages, light})
  const all = Object.values(files)
  const at = (file) => path.join(folder, file)
  const alone = namesOf(all.map(({file}) => file).filter((file) => isChunk(file) && !groups.has(file)))
  const nameOf = new Map([...groups, ...alone].map(([file, name]) => [at(file), name]))
  const program = await rollup({
    input: Object.fromEntries(
      all.filter(({file}) => !isChunk(file)).map(({file}) => [file.replace(/\.js$/, ''), at(file)]),
    ),
    plugins: [onlyThese(new Set(all.map(({file}) => at(file))))],
    treeshake: false,
    preserveEntrySignatures: 'strict',
    onLog(_level, log) {
      throw new Error(log.message)
    },
  })
  const {output} = await program.generate({
    format: 'es',
    entryFileNames: '[name].js',
    chunkFileNames: ({name}) => `chunks/${name.replace(/^chunk-.*/, 'chunk')}-[hash].js`,
    manualChunks: (id) => nameOf.get(id),
    onlyExplicitManualChunks: true,
    // Each would be one more to look for.
    hoistTransitiveImports: false,
    generatedCode: 'es2015',
  })
  await program.close()
  for (const {file} of all) removeFile(folder, file)
  return output.map(({fileName, code}) => ({file: fileName, text: code}))
}

function removeFile(folder, file) {
  for (const old of [file, `${file}.map`]) rmSync(path.join(folder, old), {force: true})
}

const isChunk = (file) => file.startsWith('chunks/')

/** Node's modules, and files that are no part of this build, stay as they are written. */
const onlyThese = (files) => ({
  name: 'only-these',
  resolveId: (id, importer) =>
    importer === undefined || files.has(path.resolve(path.dirname(importer), id)) ? undefined : {id, external: true},
})

/**
 * Of each file that is in no group, without esbuild's hash: it is of a text that is not written. Two that differ in nothing else
 * keep it, since all of one name become one file.
 */
export function namesOf(files) {
  const short = (file) => path.posix.basename(file, '.js').replace(/^(?!chunk-)(.*)-[A-Z\d]{8}$/, '$1')
  const seen = files.map(short)
  return new Map(
    files.map((file, at) => [
      file,
      seen.indexOf(seen[at]) === seen.lastIndexOf(seen[at]) ? seen[at] : path.posix.basename(file, '.js'),
    ]),
  )
}

/** By its path in the folder: size, source of the entry point, and what it imports at once. */
function filesOf({outputs}) {
  const names = Object.keys(outputs).filter((file) => file.endsWith('.js'))
  const root = path.posix.dirname(names.find((file) => path.posix.basename(file) === 'cli.js'))
  const short = (file) => path.posix.relative(root, file)
  return Object.fromEntries(
    names.map((file) => {
      const {bytes, entryPoint, imports} = outputs[file]
      const needs = imports.filter(({kind, path: to}) => kind === 'import-statement' && outputs[to])
      return [short(file), {file: short(file), bytes, entryPoint, needs: needs.map(({path: to}) => short(to))}]
    }),
  )
}

/**
 * The name of the group of each chunk that is in one. In one group are only chunks that the same of the light ones load, and that
 * others load too, or only a chat does. Groups are taken from an order in which each file comes after all that it needs: no
 * two need each other.
 */
export function groupsOf(files, {stages, light}) {
  const entryOf = new Map(Object.values(files).map((file) => [file.entryPoint, file.file]))
  const filesFor = (entries) =>
    entries.map((entry) => {
      const file = entryOf.get(entry)
      if (file === undefined) throw new Error(`${entry} is no entry point of the build`)
      return file
    })
  const started = filesFor(stages.flatMap(({entries}) => entries))
  const others = Object.values(files).filter(({file}) => !isChunk(file) && !started.includes(file))
  const shared = closure(
    files,
    others.map(({file}) => file),
  )
  const loads = Object.entries(light).map(([name, entries]) => ({name, loaded: closure(files, filesFor(entries))}))
  const kindOf = (file) => {
    const users = loads.flatMap(({name, loaded}) => (loaded.has(file) ? [name] : []))
    return isChunk(file) ? [...users, ...(shared.has(file) ? ['shared'] : [])].join('-') : undefined
  }
  const placed = new Set()
  const groups = new Map()
  for (const {name, entries} of stages) {
    const waiting = closure(files, filesFor(entries))
    for (const file of placed) waiting.delete(file)
    // What most of them load is needed by most else.
    const kinds = [...new Set([...waiting].map(kindOf))].sort((one = '', other = '') => other.length - one.length)
    while (waiting.size > 0) {
      for (const kind of kinds) {
        const taken = takeReady(files, waiting, placed, (file) => kindOf(file) === kind)
        // What is no chunk stays a file of its own.
        if (kind === undefined) continue
        const group = kind ? `${name}-${kind}` : name
        for (const part of partsOf(taken, files)) nameAll(groups, part, group)
      }
    }
  }
  return groups
}

/** All of a kind that need nothing which waits still, moved from `waiting` to `placed`, in order. */
function takeReady(files, waiting, placed, belongs) {
  const taken = []
  for (let more = true; more; ) {
    more = false
    for (const file of [...waiting]) {
      if (!belongs(file) || files[file].needs.some((need) => waiting.has(need))) continue
      waiting.delete(file)
      placed.add(file)
      taken.push(file)
      more = true
    }
  }
  return taken
}

function partsOf(list, files) {
  const parts = []
  let size = LARGEST
  for (const file of list) {
    size += files[file].bytes
    if (size > LARGEST) {
      parts.push([])
      size = files[file].bytes
    }
    parts.at(-1).push(file)
  }
  return parts
}

function nameAll(groups, list, group) {
  const used = new Set(groups.values())
  let number = 1
  while (used.has(`${group}-${number}`)) number += 1
  for (const file of list) groups.set(file, `${group}-${number}`)
}

function closure(files, from) {
  const seen = new Set()
  const add = (file) => {
    if (seen.has(file)) return
    seen.add(file)
    files[file].needs.forEach(add)
  }
  from.forEach(add)
  return seen
}
