import path from 'node:path'
import {visibleText} from '../control-sequences.js'
import {errnoOf, exitCodes, HermesError} from '../errors.js'
import {hermesHome} from '../platform.js'
import {redactCommand, redactValue} from '../redact/index.js'
import {readRegularFile} from '../regular-file.js'
import {isRecord} from './check.js'
import {discover} from './files/discover.js'
import {flatten} from './files/flatten.js'
import {loadFile, type RawFile} from './files/read.js'
import {MAX_SERVERS_BYTES, PROJECT_SERVERS} from './mcp-servers.js'
import {type PromptFile, projectPromptFiles, projectRoot} from './prompt-files.js'
import {settingOf} from './schema.js'
import {openTrustStore, wholeFile} from './trust.js'

export interface TrustRequest {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Default: the project's file for `cwd`. */
  file: string | undefined
}

/** What a trusted file may set from now on, with secrets cut. */
export interface TrustReport {
  /** Of the configuration file; of a project that has none, its top folder. */
  path: string
  /** Commands and skills that are trusted with it, where there are any. */
  prompts?: string[]
  /** The file of MCP servers that is trusted with it, and what each of them runs, with secrets cut. */
  servers?: {path: string; runs: string[]}
  grants: {key: string; value: unknown}[]
}

/** Remembers that a project's file, as it is now, may set every key. */
export async function trustProject(request: TrustRequest): Promise<TrustReport> {
  const store = openTrustStore(request.env)
  const prompts = request.file === undefined ? promptFilesOf(request) : []
  const servers = request.file === undefined ? serversFileOf(request) : undefined
  const isAlone = prompts.length === 0 && servers === undefined
  const file = isAlone ? await projectFile(request) : await foundFile(request)
  if (file) store.add(file)
  for (const prompt of prompts) store.add(wholeFile(prompt))
  if (servers) store.add(wholeFile(servers))
  const trusted = {
    ...(prompts.length > 0 ? {prompts: prompts.map((prompt) => prompt.path)} : {}),
    ...(servers ? {servers: {path: servers.path, runs: serversRun(servers.text)}} : {}),
  }
  if (!file) return {path: projectRoot(request.cwd, request.env), ...trusted, grants: []}
  const {found} = flatten(file.data)
  const grants = found.filter(({key}) => settingOf(key).rank === 'user')
  return {
    path: file.path,
    ...trusted,
    grants: grants.map(({key, value}) => ({key, value: redactValue(value, key)})),
  }
}

/** Takes the trust back, also of a file that is gone. Returns its path, and whether it was trusted. */
export async function revokeTrust(request: TrustRequest): Promise<{path: string; wasTrusted: boolean}> {
  const store = openTrustStore(request.env)
  if (request.file !== undefined) {
    const file = path.resolve(request.cwd, request.file)
    return {path: file, wasTrusted: store.revoke(file)}
  }
  const servers = serversFileOf(request)
  const others = [...promptFilesOf(request).map((prompt) => prompt.path), ...(servers ? [servers.path] : [])]
  const file = others.length === 0 ? await projectFile(request) : await foundFile(request)
  const paths = [...(file ? [file.path] : []), ...others]
  const revoked = paths.map((one) => store.revoke(one))
  return {path: file?.path ?? projectRoot(request.cwd, request.env), wasTrusted: revoked.includes(true)}
}

/** Not those of the person, where the home of hermes is that of a project. */
function promptFilesOf({cwd, env}: TrustRequest): PromptFile[] {
  const home = `${hermesHome(env)}${path.sep}`
  return projectPromptFiles(projectRoot(cwd, env)).files.filter((file) => !file.path.startsWith(home))
}

/** Undefined where the project has none. */
function serversFileOf({cwd, env}: TrustRequest): {path: string; text: string} | undefined {
  const file = path.join(projectRoot(cwd, env), PROJECT_SERVERS)
  try {
    return {path: file, text: readRegularFile(file, MAX_SERVERS_BYTES)}
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** `files: npx -y server-filesystem .`, a line each, for whoever decides. */
function serversRun(text: string): string[] {
  try {
    const servers: unknown = JSON.parse(text).mcpServers
    return Object.entries(isRecord(servers) ? servers : {}).map(([name, server]) => {
      const {command, args, url} = isRecord(server) ? server : ({} as Record<string, unknown>)
      const words = [command, ...(Array.isArray(args) ? args : [])].map(String)
      return visibleText(`${name}: ${url === undefined ? redactCommand(words).join(' ') : String(url)}`)
    })
  } catch {
    return []
  }
}

async function foundFile({cwd, env}: TrustRequest): Promise<RawFile | undefined> {
  const {files} = await discover(cwd, env)
  return files.find(({rank}) => rank === 'project')
}

async function projectFile(request: TrustRequest): Promise<RawFile> {
  const {cwd, file} = request
  if (file !== undefined) return loadFile(path.resolve(cwd, file))
  const found = await foundFile(request)
  if (found) return found
  throw new HermesError(`no project configuration was found from ${visibleText(cwd)} upward`, {
    code: 'config/no-project-file',
    exit: exitCodes.config,
    suggestions: ['name the file: hermes config trust FILE', 'hermes config path'],
  })
}
