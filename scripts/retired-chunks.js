import {existsSync, linkSync, readdirSync, readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'

const DAY_MS = 86_400_000
/** So many builds back, whatever their age: one of these is a megabyte or two. */
const MAX_BUILDS = 10

/**
 * Takes the chunks of the build in `from` over into the one in `to`, whose program does not need them: a
 * chat that runs loads its next chunk by the name that its own build gave it. Names hold a hash of the
 * content, so that both go together. What was replaced a day ago is left behind.
 */
export function keepRetiredChunks(from, to, now = Date.now()) {
  const [old, fresh] = [path.join(from, 'chunks'), path.join(to, 'chunks')]
  if (!existsSync(old) || !existsSync(fresh)) return
  const known = retiredIn(old)
  const current = new Set(readdirSync(fresh))
  const replaced = readdirSync(old).flatMap((name) =>
    name.endsWith('.js') && !current.has(name) ? [[name, known[name] ?? now]] : [],
  )
  const builds = [...new Set(replaced.map(([, time]) => time))].sort((a, b) => b - a).slice(0, MAX_BUILDS)
  const kept = replaced.filter(([, time]) => builds.includes(time) && now - time < DAY_MS)
  for (const [name] of kept) linkSync(path.join(old, name), path.join(fresh, name))
  if (kept.length > 0) writeFileSync(path.join(fresh, 'retired.json'), JSON.stringify(Object.fromEntries(kept)))
}

/** When each was replaced, UTC epoch milliseconds. */
function retiredIn(folder) {
  try {
    return JSON.parse(readFileSync(path.join(folder, 'retired.json'), 'utf8'))
  } catch {
    return {}
  }
}
