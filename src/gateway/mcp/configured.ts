import {existsSync, realpathSync} from 'node:fs'
import path from 'node:path'
import {isRecord} from '../../config/check.js'
import {checkMcpServer, MAX_SERVERS_BYTES, PROJECT_SERVERS} from '../../config/mcp-servers.js'
import {projectRoot} from '../../config/prompt-files.js'
import type {McpServerConfig} from '../../config/schema.js'
import {visibleText} from '../../control-sequences.js'
import {errnoOf, messageOf} from '../../errors.js'
import {homeFiles} from '../../platform.js'
import {wrongText} from '../../refusal/text.js'
import {readRegularFile} from '../../regular-file.js'

/** A server that may be used here. */
export interface ConfiguredServer {
  name: string
  config: McpServerConfig
  source: 'configuration' | 'home' | 'project'
  /** The file of servers that it stands in; undefined: the configuration. */
  file: string | undefined
  /** Hash of what is started or asked, and of what is wanted of it. */
  identity: string
}

export interface ConfiguredServers {
  /** By name. */
  servers: ConfiguredServer[]
  /** What is not used, a line each. */
  problems: string[]
  /** The project's file, with as many servers, that is not trusted. */
  untrusted: {file: string; count: number} | undefined
}

const MAX_SERVERS = 100

export function projectFileOf(cwd: string, env: NodeJS.ProcessEnv): string {
  return path.join(projectRoot(cwd, env), PROJECT_SERVERS)
}

/** Whether there may be any: a look at two files. */
export function mayHaveServers(where: {home: string; cwd: string; env: NodeJS.ProcessEnv; own: number}): boolean {
  const {home, cwd, env, own} = where
  return own > 0 || existsSync(homeFiles(home).mcp) || existsSync(projectFileOf(cwd, env))
}

/**
 * The servers of the configuration, before those that `hermes mcp add` noted, before those of a project's `.mcp.json` that
 * is trusted. Never rejects: what can't be used is told.
 */
export async function configuredServers(where: {
  home: string
  cwd: string
  env: NodeJS.ProcessEnv
  own: Readonly<Record<string, McpServerConfig>>
}): Promise<ConfiguredServers> {
  const {home, cwd, env, own} = where
  const problems: string[] = []
  const found = new Map<string, ConfiguredServer>()
  const add = (server: Omit<ConfiguredServer, 'identity'>) => {
    const before = found.get(server.name)
    if (!before) found.set(server.name, {...server, identity: identityOf(server.config)})
    else problems.push(`${server.name} of ${visibleText(server.file ?? '')} is not used: ${placeOf(before)} has it too`)
  }
  for (const [name, config] of Object.entries(own)) add({name, config, source: 'configuration', file: undefined})
  const noted = readServersFile(homeFiles(home).mcp, env)
  problems.push(...(noted?.problems ?? []))
  for (const [name, config] of noted?.servers ?? []) add({name, config, source: 'home', file: homeFiles(home).mcp})
  const file = projectFileOf(cwd, env)
  const theirs = file.startsWith(`${home}${path.sep}`) ? undefined : readServersFile(file, env)
  const trusted = theirs !== undefined && (await isTrusted(file, theirs.text, env, problems))
  if (theirs && trusted) {
    problems.push(...theirs.problems)
    for (const [name, config] of theirs.servers) add({name, config, source: 'project', file})
  }
  const untrusted = theirs && !trusted ? {file, count: theirs.servers.length + theirs.problems.length} : undefined
  const servers = [...found.values()].filter(({config}) => config.enabled !== false)
  return {servers, problems, untrusted: untrusted && untrusted.count > 0 ? untrusted : undefined}
}

export function placeOf({source, file}: Pick<ConfiguredServer, 'source' | 'file'>): string {
  return source === 'configuration' ? 'your configuration' : visibleText(file ?? '')
}

/** Hash of what a name stands for: the same one elsewhere, or started with other words, is another server. */
export function identityOf({command, args = [], cwd, url, tools}: McpServerConfig): string {
  const what = JSON.stringify([command, args, cwd, url, tools ? [...tools].sort() : null])
  // Whoever has no server needs no hash: it takes 5 ms and 2 MB to load, with the first list of commands.
  const {createHash} = process.getBuiltinModule('node:crypto')
  return createHash('sha256').update(what).digest('hex').slice(0, 32)
}

interface ServersFile {
  text: string
  servers: [string, McpServerConfig][]
  problems: string[]
}

/** Of a file `{"mcpServers": {NAME: {…}}}`; undefined where there is none. One server that is wrong takes no other along. */
export function readServersFile(file: string, env: NodeJS.ProcessEnv): ServersFile | undefined {
  const shown = visibleText(file)
  let text = ''
  try {
    text = readRegularFile(file, MAX_SERVERS_BYTES)
    const data: unknown = JSON.parse(text)
    const named = isRecord(data) ? data.mcpServers : undefined
    if (!isRecord(named)) throw new Error('expected {"mcpServers": {"NAME": {"command": …}}}')
    const context = {text: false, base: path.dirname(file), env}
    const problems: string[] = []
    const servers = Object.entries(named)
      .slice(0, MAX_SERVERS)
      .flatMap(([name, raw]): [string, McpServerConfig][] => {
        const checked = checkMcpServer(name, raw, context, {lenient: true})
        if ('value' in checked) return [[name, checked.value as McpServerConfig]]
        const [{path: at, found, expected} = {path: [], found: raw, expected: ''}] = checked.complaints
        const isSecret = at.some((part) => /^(?:env|headers|args)$/.test(part))
        const value = isSecret ? '…' : (JSON.stringify(found) ?? '').slice(0, 60).toWellFormed()
        problems.push(
          `${shown}: ${visibleText(wrongText(`"${['mcpServers', name, ...at].join('.')}"`, value, expected))}`,
        )
        return []
      })
    return {text, servers, problems}
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    return {text, servers: [], problems: [`${shown} is not used: ${visibleText(messageOf(error))}`]}
  }
}

/** A link is passed over: what it names was looked at elsewhere. */
async function isTrusted(file: string, text: string, env: NodeJS.ProcessEnv, problems: string[]): Promise<boolean> {
  const {openTrustStore} = await import('../../config/trust.js')
  try {
    const isInPlace = realpathSync(file) === path.join(realpathSync(path.dirname(file)), PROJECT_SERVERS)
    return isInPlace && openTrustStore(env).trusted([{path: file, text}]).length > 0
  } catch (error) {
    problems.push(messageOf(error))
    return false
  }
}
