import type {Readable} from 'node:stream'
import {handedDownConfigVariable, handedDownFlagsVariable, readHandedDownConfig} from '../../config/handed-down.js'
import {loadConfig} from '../../config/index.js'
import {handedDownVariable, readHandedDown} from '../../crash-log/handed-down.js'
import {type GatewayEnd, wasAsked} from '../../gateway/process/gateway-end.js'
import type {LastWords} from '../../gateway/process/last-words.js'
import {lineOf, RpcError, toRpcError} from '../../gateway/rpc-error.js'
import {Clients} from '../../gateway/server/clients.js'
import {FrameWriter} from '../../gateway/server/frame-writer.js'
import {readRequests} from '../../gateway/server/read-requests.js'
import {MARK, markOfGateway} from '../../gateway/tools/command/mark.js'
import {outputFolder} from '../../gateway/tools/command/output-folder.js'
import {packageVersion} from '../../gateway/version.js'
import {handOverVariable, readHandOver} from '../../hand-over/handed-down.js'
import {readRunPermissions, runPermissionsVariable} from '../../permissions/run-permissions.js'
import {hermesHome, processBirth} from '../../platform.js'
import {capabilities, PROTOCOL_VERSION} from '../../protocol/capabilities.js'
import {errorCodes, MAX_REQUEST_BYTES, type RequestId, type ServerFrame} from '../../protocol/frames.js'
import type {SplitLine} from '../../protocol/line-splitter.js'
import {chosenAgent} from '../agents/known.js'
import {AgentJournals} from '../journal/journal.js'
import type {AgentEnd} from './agent-process.js'
import {AgentLink} from './link.js'
import {AdapterMethods} from './methods.js'

/** How long an agent may take to end when its input has ended, milliseconds. */
const END_MS = 1500

/** Of a process whose agent is not there: a retry can't cure it, and whoever asks for a session is told. */
const STAYS = undefined

/**
 * This process as a gateway whose model is an agent of the Agent Client Protocol: our wire on stdin and stdout, the agent's
 * below. When the agent dies this process dies as it did, so that whoever supervises it sees what happened and brings both
 * back.
 *
 * @param words name of an agent, or its command
 */
export async function runAgentGateway(words: readonly string[]): Promise<void> {
  const {stdin, stdout, env} = process
  const cwd = process.cwd()
  for (const signal of ['SIGINT', 'SIGPIPE'] as const) process.on(signal, () => {})
  const ending = Promise.withResolvers<GatewayEnd>()
  const exit = (reason: string) => ending.resolve({kind: 'exit', code: 0, reason})
  const terms = readHandOver(env)
  const clients = new Clients(terms, ending.resolve)
  const lost = (reason: string) => clients.lost(clients.current, {kind: 'exit', code: 0, reason})
  const writer = new FrameWriter(stdout, {onClosed: () => void lost('stdout closed')})
  const version = packageVersion()
  writer.send(readyFrame(version, terms !== undefined))
  const room = async () => {
    if (writer.congested) await writer.drained()
  }
  const handedDown = readHandedDownConfig(env)
  const run = readRunPermissions(env)
  const own = {...env}
  for (const name of [
    handedDownConfigVariable,
    handedDownFlagsVariable,
    handedDownVariable,
    handOverVariable,
    runPermissionsVariable,
  ]) {
    delete own[name]
  }
  const {values} = handedDown ?? (await loadConfig({cwd, env}))
  const agent = chosenAgent(words, values['acp.agents'])
  if (!agent) throw new Error('no agent was named')
  const home = hermesHome(env)
  // What it starts may leave the process group: by this it is found, and ended, when this gateway is gone.
  own[MARK] = `${markOfGateway({pid: process.pid, birth: processBirth(process.pid) ?? null})}${agent.name}/agent`
  const link = new AgentLink({agent, cwd, env: own, version, loadTimeoutMs: values['acp.loadTimeoutMs'], room})
  const unopened = new Set<string>()
  const methods = new AdapterMethods({
    agent,
    words,
    cwd,
    env: own,
    version,
    link,
    journals: new AgentJournals(home, agent.name),
    permissions: {
      home,
      outputs: outputFolder(home, agent.name),
      run,
      configured: async () => ({
        mode: values['permissions.mode'],
        addDirs: values['permissions.addDirs'],
        // The agent runs its commands by itself.
        sandbox: false,
        rules: {allow: values['permissions.allow'], ask: values['permissions.ask'], deny: values['permissions.deny']},
      }),
    },
    emit: (type, sessionId, payload) => {
      // A client hears of the sessions that it has opened.
      if (sessionId !== undefined && unopened.has(sessionId)) return
      writer.send({
        jsonrpc: '2.0',
        method: 'event',
        params: {type, ...(sessionId === undefined ? {} : {session_id: sessionId}), ...(payload ? {payload} : {})},
      })
    },
    end: () => exit('shutdown requested'),
    room,
    unopened,
    handOver: clients.desk,
  })

  const diagnose = (line: string) => void process.stderr.write(`${line}\n`)
  const asked = new Set<Promise<void>>()
  const serve = (client: object, input: Readable, reason: string) =>
    readRequests(input, writer, {
      line: (line) => {
        if (clients.current !== client) return
        const answered = answer(line, methods, writer).finally(() => asked.delete(answered))
        asked.add(answered)
      },
      end: () => void clients.lost(client, {kind: 'exit', code: 0, reason}),
    })
  const log = readHandedDown(env)
  let lastWords: Promise<LastWords | undefined> | undefined
  const opened = () => {
    lastWords ??= log
      ? import('../../gateway/process/last-words.js').then((module) => module.openLastWords(log))
      : undefined
    return lastWords
  }
  clients.begin({
    gateway: {
      env: own,
      home,
      version,
      sessions: methods.sessions,
      watchers: new Set(),
      unopened,
      clientPid: process.ppid,
      writer,
      diagnose,
      end: exit,
    },
    settings: async () => values,
    settled: async () => {
      await Promise.all(asked)
    },
    note: (...note) => {
      void opened()?.then((words) => words?.note(...note))
    },
    admit: (client, socket) => {
      writer.switchTo(socket)
      writer.send(readyFrame(version, true))
      serve(client, socket, 'its client is gone')
    },
  })
  serve(clients.current ?? {}, stdin, 'stdin EOF')
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      // Of a terminal that it has no more.
      if (signal !== 'SIGHUP' || clients.current !== undefined) ending.resolve({kind: 'signal', signal})
    })
  }

  const died = link.ended.then((end) => (end.failure === undefined ? end : new Promise<never>(() => STAYS)))
  const end = await Promise.race([ending.promise, died])
  // Where it died alone its file tells of it.
  if ('kind' in end || clients.current !== undefined) clients.end()
  if (!('kind' in end)) {
    methods.agentDied()
    if (clients.current === undefined) {
      // Nobody reads its standard error any more.
      const sessions = [...methods.sessions.values()]
      const state = {sessionKey: sessions[0]?.key, turns: sessions.filter(({turn}) => turn).length}
      const words = await opened()?.catch(() => undefined)
      words?.ended({kind: 'exit', code: codeOf(end), reason: `${agent.name} ${howOf(end)}`}, state)
    }
    dieAs(agent.name, end)
    return
  }
  await methods.close()
  link.end()
  const timer = setTimeout(() => link.kill(), END_MS)
  await link.ended
  clearTimeout(timer)
  if (wasAsked(end)) methods.stopped()
  process.exit(0)
}

function readyFrame(version: string, detaches: boolean): ServerFrame {
  const payload = {
    skin: {},
    protocol_version: PROTOCOL_VERSION,
    gateway_version: version,
    pid: process.pid,
    capabilities: detaches ? [...offered, capabilities.detach] : offered,
  }
  return {jsonrpc: '2.0', method: 'event', params: {type: 'gateway.ready', payload}}
}

const offered = [
  capabilities.promptId,
  capabilities.clientTurnId,
  capabilities.openOptions,
  capabilities.heartbeat,
  capabilities.shutdown,
  capabilities.journal,
  capabilities.continue,
  capabilities.search,
  capabilities.storedSessions,
  capabilities.promptImages,
  capabilities.permissions,
]

/** The supervisor reads our end as the agent's. */
function dieAs(name: string, end: AgentEnd): void {
  const {signal} = end
  process.stderr.write(`[agent-exit] ${name} ${howOf(end)}\n`)
  if (signal) {
    process.removeAllListeners(signal)
    process.kill(process.pid, signal)
    // A signal that this system does not deliver to itself.
    setTimeout(() => process.exit(1), 1000)
  } else process.exit(codeOf(end))
}

const howOf = ({code, signal}: AgentEnd) => (signal ? `was ended by ${signal}` : `exited with code ${code}`)

/** An agent that ends by itself has died all the same. */
const codeOf = ({code}: AgentEnd) => code || 1

async function answer(line: SplitLine, methods: AdapterMethods, writer: FrameWriter): Promise<void> {
  const {client} = writer
  /** What was asked by one client is not answered to the next. */
  const send = (frame: ServerFrame) => {
    if (writer.client === client) writer.send(frame)
  }
  let id: RequestId = null
  try {
    if (line.kind === 'too-long') throw new Error(`a request is longer than ${MAX_REQUEST_BYTES} bytes`)
    const text = line.bytes.toString('utf8')
    if (text.trim() === '') return
    const request: {id?: RequestId; method?: unknown; params?: unknown} = JSON.parse(text)
    id = request.id ?? null
    const {result, after} = await methods.call(String(request.method), request.params)
    send({jsonrpc: '2.0', id, result})
    after?.()
  } catch (error) {
    const refusal = error instanceof SyntaxError ? new RpcError(errorCodes.parse, lineOf(error)) : toRpcError(error)
    const {code, message, data} = refusal
    send({jsonrpc: '2.0', id, error: {code, message, ...(data ? {data} : {})}})
  }
}
