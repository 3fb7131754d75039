import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {exitCodes, HermesError} from '../errors.js'
import {redactValue} from '../redact/index.js'
import {discover} from './files/discover.js'
import {flatten} from './files/flatten.js'
import {loadFile, type RawFile} from './files/read.js'
import {settingOf} from './schema.js'
import {openTrustStore} from './trust.js'

export interface TrustRequest {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Default: the project's file for `cwd`. */
  file: string | undefined
}

/** What a trusted file may set from now on, with secrets cut. */
export interface TrustReport {
  path: string
  grants: {key: string; value: unknown}[]
}

/** Remembers that a project's file, as it is now, may set every key. */
export async function trustProject(request: TrustRequest): Promise<TrustReport> {
  const file = await projectFile(request)
  openTrustStore(request.env).add(file)
  const {found} = flatten(file.data)
  const grants = found.filter(({key}) => settingOf(key).rank === 'user')
  return {path: file.path, grants: grants.map(({key, value}) => ({key, value: redactValue(value, key)}))}
}

/** Takes the trust back, also of a file that is gone. Returns its path, and whether it was trusted. */
export async function revokeTrust(request: TrustRequest): Promise<{path: string; wasTrusted: boolean}> {
  const file = request.file === undefined ? (await projectFile(request)).path : path.resolve(request.cwd, request.file)
  return {path: file, wasTrusted: openTrustStore(request.env).revoke(file)}
}

async function projectFile({cwd, env, file}: TrustRequest): Promise<RawFile> {
  if (file !== undefined) return loadFile(path.resolve(cwd, file))
  const {files} = await discover(cwd, env)
  const found = files.find(({rank}) => rank === 'project')
  if (found) return found
  throw new HermesError(`no project configuration was found from ${visibleText(cwd)} upward`, {
    code: 'config/no-project-file',
    exit: exitCodes.config,
    suggestions: ['name the file: hermes config trust FILE', 'hermes config path'],
  })
}
