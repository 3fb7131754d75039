import {existsSync} from 'node:fs'
import path from 'node:path'
import {hermesHome, homeFiles} from '../platform.js'
import type {Candidate, ValueKind, Values} from './types.js'

const SESSIONS = 200
/** Each is a file that is read. */
const OF_EACH_AGENT = 50
const DEATHS = 50

/** Reads what is on this machine; nobody is asked, and nothing is written. What can't be read offers nothing. */
export function valuesOf({
  env,
  cwd,
  plugins,
}: {
  env: NodeJS.ProcessEnv
  cwd: string
  plugins: readonly string[]
}): Values {
  const read: Record<ValueKind, (begun: string) => Promise<readonly Candidate[]>> = {
    plugins: async () => plugins.map((value) => ({value, description: ''})),
    settings: async () => {
      const {configKeys, settingOf} = await import('../config/schema.js')
      return configKeys.map((value) => ({value, description: settingOf(value).doc}))
    },
    sessions: async (begun) => {
      const all = [...(await sessions(env).catch(() => [])), ...(await heldWithAgents(env))]
      return all.sort((a, b) => b.lastActiveAt - a.lastActiveAt).map((session) => sessionCandidate(session, begun))
    },
    models: () => models(env, cwd),
    deaths: async () => {
      const {examineDeaths} = await import('../doctor/examine.js')
      const {deaths} = await examineDeaths(env, cwd, {limit: DEATHS})
      const known = deaths
        .toReversed()
        .map(({id, cause, time}) => ({value: id, description: `${cause}, ${new Date(time).toISOString()}`}))
      return [{value: 'last', description: 'The latest.'}, ...known]
    },
  }
  return async (kind, begun) => {
    try {
      return await read[kind](begun)
    } catch {
      return []
    }
  }
}

async function sessions(env: NodeJS.ProcessEnv) {
  const {database} = homeFiles(hermesHome(env))
  if (!existsSync(database)) return []
  const {openStoreForReading} = await import('../gateway/store/index.js')
  const store = openStoreForReading(database)
  try {
    return store.listSessions(SESSIONS)
  } finally {
    store.close()
  }
}

async function heldWithAgents(env: NodeJS.ProcessEnv) {
  const home = hermesHome(env)
  if (!existsSync(path.join(home, 'agents'))) return []
  const [{allAgentSessions}, {previewOf}] = await Promise.all([
    import('../acp/journal/journal.js'),
    import('../acp/journal/search.js'),
  ])
  return allAgentSessions(home, OF_EACH_AGENT).map((stored) => {
    const {key, title, lastActive: lastActiveAt} = stored
    return {key, title: title || null, preview: previewOf(stored), lastActiveAt}
  })
}

/** In a title of these nothing is lost or hidden when it is typed. */
const typable = /^[^\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]{1,80}$/u

/** By its title, which says what it is; who begins to type a key gets that. */
function sessionCandidate(
  {key, title, preview}: {key: string; title: string | null; preview: string},
  begun: string,
): Candidate {
  const byKey = title === null || !typable.test(title) || (begun !== '' && key.startsWith(begun))
  return byKey ? {value: key, description: title ?? preview} : {value: title, description: key}
}

async function models(env: NodeJS.ProcessEnv, cwd: string): Promise<Candidate[]> {
  const [{loadConfig}, {builtInProviders, defaultModels}, {offlineNames}] = await Promise.all([
    import('../config/index.js'),
    import('../gateway/models/catalog.js'),
    import('../gateway/models/offline/index.js'),
  ])
  const {values} = await loadConfig({cwd, env})
  const used = await sessions(env).catch(() => [])
  const found = new Map<string, string>()
  const add = (value: string | undefined | null, description: string) => {
    if (value && typable.test(value) && !found.has(value)) found.set(value, description)
  }
  add(values.model, 'configured')
  for (const [name, {models: named = []}] of Object.entries(values.providers)) {
    for (const model of named) add(`${name}/${model}`, 'configured')
  }
  for (const {model} of used) add(model, 'used before')
  for (const {name, keyVariables} of builtInProviders) {
    const model = defaultModels[name]
    if (model && keyVariables.some((key) => env[key])) add(`${name}/${model}`, 'its key is set')
  }
  add('offline', 'built in')
  for (const name of offlineNames) add(`offline/${name}`, 'built in')
  return [...found].map(([value, description]) => ({value, description}))
}
