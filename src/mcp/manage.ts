import {rmSync} from 'node:fs'
import {loadConfig} from '../config/load.js'
import {checkMcpServer, mcpNameProblem} from '../config/mcp-servers.js'
import type {McpServerConfig} from '../config/schema.js'
import {visibleText} from '../control-sequences.js'
import {exitCodes, HermesError, messageOf} from '../errors.js'
import {type ConfiguredServer, configuredServers, identityOf, placeOf} from '../gateway/mcp/configured.js'
import {type Definitions, differenceOf, differenceText, hashOf, parseDefinitions} from '../gateway/mcp/definitions.js'
import {examineServer, type ServerExamined} from '../gateway/mcp/examine.js'
import {ServerLog} from '../gateway/mcp/process/log-file.js'
import {signInFile, signInWords} from '../gateway/mcp/sign-in.js'
import type {Store} from '../gateway/store/types.js'
import {hermesHome, homeFiles} from '../platform.js'
import {wrongText} from '../refusal/text.js'
import {changeServersFile} from './servers-file.js'

export interface Request {
  cwd: string
  env: NodeJS.ProcessEnv
}

/** What a server said when it was asked. */
export interface Examined extends ServerExamined {
  server: string
  from: string
  /** Against what was taken before: `changed: read_file`; undefined: nothing is other. */
  changes: string | undefined
}

/** Shows the person the page where they sign in. */
export type ShowPage = (url: URL) => void

/** Connects once, signed in where that is wanted, then notes the server in `$HERMES_HOME/mcp.json` and its tools as taken. */
export async function addServer(
  request: Request,
  name: string,
  given: McpServerConfig,
  show: ShowPage,
): Promise<Examined> {
  const {cwd, env} = request
  const checked = checkMcpServer(name, given, {text: false, base: cwd, env})
  if ('complaints' in checked) {
    const [{path, found, expected} = {path: [], found: name, expected: ''}] = checked.complaints
    const place = path.length === 0 ? `"${visibleText(name)}"` : `"${path.join('.')}" of ${visibleText(name)}`
    throw new HermesError(visibleText(wrongText(place, JSON.stringify(found) ?? '', expected)), {
      code: 'mcp/invalid-server',
      exit: exitCodes.usage,
    })
  }
  const config = checked.value as McpServerConfig
  const known = (await found(request)).servers.find((each) => each.name === name)
  if (known && known.source !== 'project') {
    throw new HermesError(`${name} is there already, in ${placeOf(known)}`, {
      code: 'mcp/known-server',
      exit: exitCodes.usage,
      suggestions: [known.source === 'home' ? `hermes mcp remove ${name}` : `take it out of ${placeOf(known)}`],
    })
  }
  const file = homeFiles(hermesHome(env)).mcp
  const server: ConfiguredServer = {name, config, source: 'home', file, identity: identityOf(config)}
  const examined = await examineSignedIn(request, server, show)
  changeServersFile(file, (servers) => ({...servers, [name]: config}))
  await withStore(env, (store) => take(store, server, examined.definitions))
  return examined
}

/** Takes it out of `$HERMES_HOME/mcp.json`, and forgets its tools. Returns the file. */
export async function removeServer(request: Request, name: string): Promise<string> {
  const file = homeFiles(hermesHome(request.env)).mcp
  const removed = changeServersFile(file, ({[name]: gone, ...rest}) => (gone === undefined ? undefined : rest))
  if (!removed) {
    const known = (await found(request)).servers.find((each) => each.name === name)
    throw new HermesError(
      known
        ? `${name} was not added by command: it is in ${placeOf(known)}`
        : `there is no MCP server ${visibleText(name)}`,
      {
        code: 'mcp/unknown-server',
        exit: exitCodes.usage,
        suggestions: known ? [`take it out there, or set its \`enabled\` to false`] : ['hermes mcp list'],
      },
    )
  }
  await withStore(request.env, (store) => store.unpinMcp(name))
  rmSync(signInFile(homeFiles(hermesHome(request.env)).mcpSignIns, name), {force: true})
  return file
}

export interface ListedServer {
  name: string
  from: string
  source: ConfiguredServer['source']
  /** Program and arguments, or the address. */
  runs: readonly string[]
  /** Undefined: it was never asked. */
  tools: string[] | undefined
  problems: string[]
}

export async function listServers(request: Request): Promise<{servers: ListedServer[]; problems: string[]}> {
  const {servers, problems, untrusted} = await found(request)
  const pins = servers.length > 0 ? await withStore(request.env, (store) => store.mcpPins()) : []
  const listed = servers.map((server) => {
    const {name, source, config, identity} = server
    const pin = pins.find((each) => each.server === name && each.identity === identity)
    const definitions = pin && parseDefinitions(pin.definitions)
    return {
      name,
      source,
      from: placeOf(server),
      runs: config.url === undefined ? [config.command ?? '', ...(config.args ?? [])] : [config.url],
      tools: definitions?.tools.map((tool) => tool.name),
      problems: definitions?.problems ?? [],
    }
  })
  const left = untrusted
    ? [`${visibleText(untrusted.file)}: not used until you read and trust it: hermes config trust`]
    : []
  return {servers: listed, problems: [...problems, ...left]}
}

/** Signs in to a server, in the place of whoever did before. False: it wants none. */
export async function signIn(request: Request, name: string, show: ShowPage): Promise<boolean> {
  const {servers} = await found(request)
  const server = servers.find((each) => each.name === name)
  if (server?.config.url === undefined) {
    throw new HermesError(
      server ? `${name} is a program: nobody signs in to it` : `there is no MCP server ${visibleText(name)}`,
      {code: 'mcp/unknown-server', exit: exitCodes.usage, suggestions: ['hermes mcp list']},
    )
  }
  return signInTo(request, server, show)
}

async function signInTo({env}: Request, {name, config}: ConfiguredServer, show: ShowPage): Promise<boolean> {
  const {url = '', headers = {}} = config
  const {login} = await import('../gateway/mcp/login.js')
  try {
    return await login({name, url, headers, env, folder: homeFiles(hermesHome(env)).mcpSignIns, show})
  } catch (error) {
    throw new HermesError(`${name}: ${visibleText(messageOf(error))}`, {code: 'mcp/sign-in', cause: error})
  }
}

async function examineSignedIn(request: Request, server: ConfiguredServer, show: ShowPage): Promise<Examined> {
  try {
    return await examine(request, server, undefined)
  } catch (error) {
    const wanted = error instanceof HermesError && error.cause instanceof Error && error.cause.message
    if (server.config.url === undefined || wanted !== signInWords(server.name)) throw error
    await signInTo(request, server, show)
    return examine(request, server, undefined)
  }
}

/** Asks a server what it has. `accept`: what it has now is taken. */
export async function testServer(request: Request, name: string, {accept}: {accept: boolean}): Promise<Examined> {
  const {servers, problems} = await found(request)
  const server = servers.find((each) => each.name === name)
  if (!server) {
    const problem = mcpNameProblem(name) === undefined ? problems.find((line) => line.includes(name)) : undefined
    throw new HermesError(problem ?? `there is no MCP server ${visibleText(name)} that can be used here`, {
      code: 'mcp/unknown-server',
      exit: exitCodes.usage,
      suggestions: ['hermes mcp list'],
    })
  }
  return withStore(request.env, async (store) => {
    const pin = store.mcpPins().find((each) => each.server === name && each.identity === server.identity)
    const examined = await examine(request, server, pin && parseDefinitions(pin.definitions))
    if (accept || !pin) take(store, server, examined.definitions)
    return examined
  })
}

async function found({cwd, env}: Request) {
  const {values} = await loadConfig({cwd, env})
  return configuredServers({home: hermesHome(env), cwd, env, own: values.mcp})
}

async function examine(
  {cwd, env}: Request,
  server: ConfiguredServer,
  before: Definitions | undefined,
): Promise<Examined> {
  const {name, config} = server
  const log = new ServerLog(homeFiles(hermesHome(env)).mcpLogs, name)
  try {
    const found = await examineServer(server, {cwd, env, log, signIns: homeFiles(hermesHome(env)).mcpSignIns})
    const difference = before && differenceOf(before, found.definitions)
    return {...found, server: name, from: placeOf(server), changes: difference && differenceText(difference)}
  } catch (error) {
    throw new HermesError(`${name} can't be used: ${visibleText(messageOf(error))}`, {
      code: 'mcp/unusable',
      exit: exitCodes.failure,
      suggestions:
        config.url === undefined ? [`what it wrote is in ${visibleText(log.file)}`] : [`look at ${config.url}`],
      cause: error,
    })
  }
}

function take(store: Store, {name, identity}: ConfiguredServer, definitions: Definitions): void {
  store.pinMcp({server: name, identity, hash: hashOf(definitions), definitions: JSON.stringify(definitions)})
}

async function withStore<T>(env: NodeJS.ProcessEnv, work: (store: Store) => T | Promise<T>): Promise<T> {
  const {openStore} = await import('../gateway/store/index.js')
  const store = openStore(homeFiles(hermesHome(env)).database)
  try {
    return await work(store)
  } finally {
    store.close()
  }
}
