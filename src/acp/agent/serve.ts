import {Readable, Writable} from 'node:stream'
import {agent, ndJsonStream, PROTOCOL_VERSION} from '@agentclientprotocol/sdk'
import type {AcpOptions, AcpStreams, SessionPlace} from './launch.js'
import {EditorSessions, refusalFor} from './sessions.js'

/**
 * `hermes acp`: the gateway as an agent of the Agent Client Protocol, version 1, for the editor at the other end. Resolves
 * when the editor is gone or a signal came; each session is stored up to there.
 */
export async function serveEditor(
  options: AcpOptions,
  {stdin, stdout, signals}: Omit<AcpStreams, 'stderr'>,
): Promise<void> {
  const sessions = new EditorSessions(options)
  const app = agent({name: 'hermes'})
    .onRequest('initialize', ({params}) => {
      sessions.initialized(params.clientCapabilities)
      return {
        protocolVersion: PROTOCOL_VERSION,
        agentInfo: {name: 'hermes', title: 'Hermes', version: options.oclif.version},
        agentCapabilities: {
          loadSession: true,
          promptCapabilities: {image: true, embeddedContext: true},
          mcpCapabilities: {http: true},
          sessionCapabilities: {list: {}, delete: {}, resume: {}, close: {}, additionalDirectories: {}},
        },
        authMethods: [],
      }
    })
    // Keys are the configuration's: there is nothing to be asked for here.
    .onRequest('authenticate', () => ({}))
    .onRequest('session/new', ({params, client}) => sessions.create(placeOf(params), client))
    .onRequest('session/load', ({params, client}) => sessions.load(params.sessionId, placeOf(params), client, true))
    .onRequest('session/resume', ({params, client}) => sessions.load(params.sessionId, placeOf(params), client, false))
    .onRequest('session/list', ({params}) => sessions.list(params.cwd ?? undefined, params.cursor ?? undefined))
    .onRequest('session/delete', async ({params}) => {
      await sessions.delete(params.sessionId)
      return {}
    })
    .onRequest('session/close', async ({params}) => {
      sessions.session(params.sessionId)
      await sessions.close(params.sessionId)
      return {}
    })
    .onRequest('session/set_mode', async ({params}) => {
      await told(sessions.session(params.sessionId).setMode(params.modeId))
      return {}
    })
    .onRequest('session/set_config_option', async ({params}) => ({
      configOptions: await told(sessions.session(params.sessionId).setOption(params.configId, String(params.value))),
    }))
    .onRequest('session/prompt', ({params, signal}) =>
      told(sessions.session(params.sessionId).prompt(params.prompt, signal)),
    )
    .onNotification('session/cancel', ({params}) => sessions.session(params.sessionId).cancel())
  const connection = app.connect(
    ndJsonStream(
      Writable.toWeb(stdout as Writable) as WritableStream<Uint8Array>,
      Readable.toWeb(stdin as Readable) as ReadableStream<Uint8Array>,
    ),
  )
  const names: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const signalled = new Promise<void>((resolve) => {
    for (const name of names) signals.on(name, resolve)
  })
  await Promise.race([connection.closed, signalled])
  await sessions.closeAll()
  connection.close()
}

function placeOf(params: {
  cwd: string
  additionalDirectories?: string[]
  mcpServers?: SessionPlace['mcpServers']
}): SessionPlace {
  const {cwd, additionalDirectories: addDirs = [], mcpServers = []} = params
  return {cwd, addDirs, mcpServers}
}

async function told<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw refusalFor(error)
  }
}
