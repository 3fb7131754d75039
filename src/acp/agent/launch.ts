import type {McpServer} from '@agentclientprotocol/sdk'
import {builtinGateway, builtinGatewayEnv} from '../../chat/builtin-gateway.js'
import {openLifecycle} from '../../chat/lifecycle.js'
import {runPermissions} from '../../chat/permissions.js'
import {openWatch} from '../../chat/watch.js'
import {compileAnew} from '../../compile-cache.js'
import {type LoadedConfig, loadConfig} from '../../config/index.js'
import {messageOf} from '../../errors.js'
import type {HookHost} from '../../lifecycle/dispatcher.js'
import {handDownPermissions} from '../../permissions/run-permissions.js'
import type {PermissionMode} from '../../permissions/types.js'
import {hermesHome, homeFiles} from '../../platform.js'
import {policiesOf} from '../../policies.js'
import {resolveGatewayCommand} from '../../supervisor/command.js'
import {createSupervisor} from '../../supervisor/supervisor.js'
import type {SupervisorPolicies} from '../../supervisor/types.js'
import type {Editor} from './editor.js'
import {editorServers} from './editor-servers.js'
import {EditorSession} from './session.js'

/** Columns, for a gateway that asks for some. */
const COLUMNS = 100

export interface AcpFlags {
  model?: string | undefined
  gatewayCommand?: string | undefined
  permissionMode?: PermissionMode | undefined
  allow?: string[] | undefined
}

/** What `hermes acp` was called with, and where. */
export interface AcpOptions {
  flags: AcpFlags
  /** oclif's `Config`: version, folder of our package.json, plugins with their hooks. */
  oclif: HookHost
  env: NodeJS.ProcessEnv
  /** A line for whoever reads standard error: editors keep it as the agent's log. */
  tell: (text: string) => void
}

export interface AcpStreams {
  stdin: NodeJS.ReadableStream
  stdout: NodeJS.WritableStream
  /** Of an agent that is another program. */
  stderr: NodeJS.WritableStream
  /** Where signals arrive. */
  signals: Pick<NodeJS.EventEmitter, 'on' | 'off'>
}

/** What an editor says of a session that it opens. */
export interface SessionPlace {
  cwd: string
  addDirs: readonly string[]
  mcpServers: readonly McpServer[]
}

export interface LaunchedSession {
  session: EditorSession
  close(): Promise<void>
}

async function configured({flags, env}: AcpOptions, cwd: string): Promise<LoadedConfig> {
  return loadConfig({cwd, env, flags: {'gateway.command': flags.gatewayCommand, model: flags.model}})
}

function launchOf(config: LoadedConfig, {oclif, env}: AcpOptions, cwd: string) {
  return resolveGatewayCommand({
    configured: config.values['gateway.command'],
    env,
    builtinEntry: builtinGateway(oclif.root),
    execPath: process.execPath,
    cwd,
  })
}

/** How a gateway is started that is asked for what no open session is needed for. */
export async function gatewayPolicyFor(options: AcpOptions, cwd: string): Promise<SupervisorPolicies['gateway']> {
  const config = await configured(options, cwd)
  const launch = launchOf(config, options, cwd)
  const handedDown = launch.builtin ? builtinGatewayEnv(config, launch.env) : {}
  return policiesOf(config.values, {...launch, env: {...launch.env, ...handedDown}, envAfterCrash: undefined}).gateway
}

/**
 * A session with a supervisor, a gateway and a crash log of its own, not started yet. Rejects with the HermesError that
 * says what is wrong with the configuration.
 */
export async function launchSession(
  options: AcpOptions,
  {cwd, addDirs, mcpServers}: SessionPlace,
  editor: Editor,
): Promise<LaunchedSession> {
  const {flags, oclif, env, tell} = options
  const loaded = await configured(options, cwd)
  for (const warning of loaded.warnings) tell(warning)
  const {servers, problems} = editorServers(mcpServers, loaded.values.mcp)
  for (const problem of problems) tell(problem)
  const config: LoadedConfig = {
    ...loaded,
    values: {...loaded.values, mcp: servers},
    ...(mcpServers.length > 0 ? {origins: {...loaded.origins, mcp: {kind: 'flag'}}} : {}),
  }
  const launch = launchOf(config, options, cwd)
  const home = hermesHome(env)
  const lifecycle = await openLifecycle({oclif, config: config.values, home, env, notify: tell})
  let permissions = runPermissions(
    {permissionMode: flags.permissionMode, allow: flags.allow, addDirs: [...addDirs]},
    {cwd, interactive: true},
  )
  const policies = (): SupervisorPolicies => {
    const handedDown = launch.builtin
      ? {...lifecycle.gatewayEnv, ...builtinGatewayEnv(config, launch.env), ...handDownPermissions(permissions)}
      : {}
    const envAfterCrash = launch.builtin ? compileAnew : undefined
    return policiesOf(config.values, {...launch, env: {...launch.env, ...handedDown}, envAfterCrash})
  }
  const supervisor = createSupervisor({
    ...policies(),
    cols: () => COLUMNS,
    record: lifecycle.record,
    inFlight: () => session.inFlight(),
  })
  const {instance, record} = lifecycle
  const watch = openWatch({config: config.values, home, instance, supervisor, record, notify: tell})
  const session = new EditorSession({
    supervisor,
    editor,
    cwd,
    imageFolder: homeFiles(home).pasted,
    keepMode(mode) {
      permissions = {...permissions, mode}
      supervisor.configure(policies())
    },
  })
  supervisor.on('stderr', (line) => tell(line))
  return {
    session,
    async close() {
      await session.close().catch((error) => tell(messageOf(error)))
      watch.close()
      await lifecycle.close()
    },
  }
}
