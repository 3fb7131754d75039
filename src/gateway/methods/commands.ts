import {errorCodes} from '../../protocol/frames.js'
import type {FileCommand, FilePrompts} from '../context/file-prompts.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {effortOf, setEffort} from '../session/effort.js'
import {sessionModelId, sessionUsage} from '../session/info.js'
import {type LiveSession, liveSession, meantSession} from '../session/live-session.js'
import {setModel} from '../session/set-model.js'
import {free, type MethodTable, ordered} from './method.js'
import {setTitle, undo} from './session-edit.js'
import {statusText} from './session-list.js'

interface SlashCommand {
  description: string
  run(gateway: Gateway, session: LiveSession, argument: string): Promise<string>
}

/** Slash commands that the gateway itself carries out; everything about the screen is the client's. */
const commands: Readonly<Record<string, SlashCommand>> = {
  '/model': {
    description: 'Show the model of this session, or choose another (usage: /model [provider/name])',
    run: async (gateway, session, argument) =>
      argument === ''
        ? `Model: ${await sessionModelId(gateway, session)}`
        : `Model: ${await setModel(gateway, session, argument)}`,
  },
  '/title': {
    description: 'Show or set the title of this session (usage: /title [text])',
    run: async (gateway, session, argument) =>
      argument === ''
        ? `Title: ${session.title ?? '(none)'}`
        : `Title: ${(await setTitle(gateway, session, argument)).title}`,
  },
  '/undo': {
    description: 'Take back the last prompt and its reply',
    run: async (gateway, session) => `Messages taken back: ${(await undo(gateway, session)).removed}`,
  },
  '/cost': {
    description: 'Show what this session has cost',
    async run(gateway, session) {
      const {cost_usd: usd, unpriced_calls: unpriced = 0, calls} = await sessionUsage(gateway, session)
      if (usd === undefined) return `Cost: not known (${calls} model steps)`
      return `Cost: ${unpriced > 0 ? 'at least ' : ''}$${usd.toFixed(4)} (${calls} model steps, ${unpriced} of unknown price)`
    },
  },
  '/effort': {
    description: 'Show or set how much the model thinks in this session (usage: /effort [level])',
    async run(gateway, session, argument) {
      if (argument !== '') return `Effort: ${await setEffort(gateway, session, argument)}`
      const {value, levels} = await effortOf(gateway, session)
      return `Effort: ${value} (${[...levels, 'default'].join(', ')})`
    },
  },
  '/usage': {
    description: 'Show the tokens that this session has used',
    async run(gateway, session) {
      const {model, input, output, reasoning, calls} = await sessionUsage(gateway, session)
      return `${model}: ${input} in, ${output} out (${reasoning} for reasoning), ${calls} model steps`
    },
  },
  '/status': {
    description: 'Show session, model and gateway',
    run: (gateway, session) => statusText(gateway, session),
  },
  '/context': {
    description: 'Show how full the context is, and which files tell the model how to work',
    async run(gateway, session) {
      const [{fillText}, {contextText}] = await Promise.all([
        import('../context/fill-text.js'),
        import('../context/session-context.js'),
      ])
      return (await Promise.all([fillText(gateway, session), contextText(gateway, session)])).join('\n')
    },
  },
  '/tools': {
    description: 'List the tools that the model has',
    async run(gateway, session) {
      const [own, {tools: further}] = await Promise.all([gateway.services.tools(), gateway.mcp.toolsAt(session.cwd)])
      const tools = own.length > 0 ? [...own, ...further] : []
      return tools.map(({name, toolset}) => `${name} (${toolset})`).join('\n')
    },
  },
  '/mcp': {
    description: 'List the MCP servers with their state and tools, or all of one (usage: /mcp [server])',
    async run(gateway, session, argument) {
      const {mcpText} = await import('../mcp/told.js')
      return mcpText(await gateway.mcp.servers(session.cwd), session.cwd, argument)
    },
  },
  '/version': {
    description: 'Show the version of this gateway',
    run: async (gateway) => `hermes gateway ${gateway.version}, pid ${process.pid}`,
  },
  '/search': {
    description: 'Find text in all sessions (usage: /search words)',
    async run(gateway, _session, argument) {
      if (argument === '') throw new RpcError(errorCodes.empty, 'usage: /search words')
      const hits = (await gateway.services.store()).search(argument, 20)
      if (hits.length === 0) return `Nothing found for "${argument}"`
      return hits.map(({key, title, snippet}) => `${key} ${title ?? ''}: ${plain(snippet)}`).join('\n')
    },
  },
}

interface DispatchedCommand {
  description: string
  /** One of the reference's answers: `{type: 'exec', output}`, `send`, `prefill`, `alias`. */
  run(gateway: Gateway, id: string | null | undefined, argument: string): Promise<Record<string, unknown>>
}

/** Slash commands at whose answer the client does something. */
const dispatched: Readonly<Record<string, DispatchedCommand>> = {
  '/undo': {
    description: 'Take back the last prompt and its reply',
    async run(gateway, id, argument) {
      const turns = argument === '' ? 1 : Number(argument)
      if (!Number.isInteger(turns) || turns < 1) {
        throw new RpcError(errorCodes.empty, `undo: invalid count '${argument}' — use /undo or /undo N`)
      }
      const {prompt, messages, count} = await takeBack(gateway, id, turns)
      if (prompt === undefined) throw new RpcError(errorCodes.refused, 'no user messages to undo')
      const undone = `↶ Undid ${count} ${count === 1 ? 'turn' : 'turns'} (${messages} message(s)).`
      return {type: 'prefill', message: prompt, notice: `${undone} Edit and resubmit, or send a new message.`}
    },
  },
  '/retry': {
    description: 'Take back the last prompt and send it again',
    async run(gateway, id) {
      const {prompt} = await takeBack(gateway, id, 1)
      if (prompt === undefined) throw new RpcError(errorCodes.refused, 'no previous user message to retry')
      return {type: 'send', message: prompt}
    },
  },
  '/queue': {
    description: 'Send a prompt after the turn that runs (usage: /queue prompt)',
    async run(_gateway, _id, argument) {
      if (argument === '') throw new RpcError(errorCodes.empty, 'usage: /queue <prompt>')
      return {type: 'send', message: argument}
    },
  },
  '/takeover': {
    description: 'Go on here with a session of another hermes, and end what runs there (usage: /takeover [session])',
    async run(gateway, _id, argument) {
      const {takeOver} = gateway
      const key = argument === '' ? takeOver.refused : (await gateway.services.store()).findSession(argument)?.key
      if (key === undefined) {
        throw new RpcError(errorCodes.refused, argument === '' ? 'usage: /takeover session' : 'session not found')
      }
      takeOver.grant(key)
      // What was typed behind the command is put behind its target again.
      return {type: 'alias', target: argument === '' ? `resume ${key}` : 'resume'}
    },
  },
}

const listed: readonly (readonly [string, {description: string}])[] = Object.entries({...dispatched, ...commands})

export const commandMethods: MethodTable<
  'commands.catalog' | 'complete.slash' | 'complete.path' | 'slash.exec' | 'command.dispatch'
> = {
  /**
   * Ours: `files` are the commands of files and prompts of MCP servers, which `pairs` has too; `untrusted`, where the
   * project has some that are not used, says so.
   */
  'commands.catalog': free(async (gateway) => {
    const [{commands, skills, problems, untrusted}, ofServers] = await Promise.all([
      filePrompts(gateway, undefined),
      serverPrompts(gateway, undefined),
    ])
    const ofFiles = [...commands, ...ofServers]
    const pairs = [...ownPairs, ...ofFiles.map(pairOf)]
    return {
      result: {
        pairs,
        sub: {},
        canon: Object.fromEntries(pairs.map(([name]) => [name, name])),
        categories: [{name: 'Session', pairs}],
        skill_count: skills.length,
        warning: problems.join('\n'),
        untrusted,
        files: ofFiles.map(({name, summary, args, path}) => ({name, summary, args, path})),
      },
    }
  }),

  /** Names without their slash, as the reference's completer has them. */
  'complete.slash': free(async (gateway, {text}) => {
    const [{commands}, ofServers] = await Promise.all([
      filePrompts(gateway, undefined),
      serverPrompts(gateway, undefined),
    ])
    const items = [...ownPairs, ...[...commands, ...ofServers].map(pairOf)]
      .filter(([name]) => text.startsWith('/') && name.startsWith(text))
      .map(([name, description]) => ({text: name.slice(1), display: name, meta: description}))
    return {result: {items, replace_from: 1}}
  }),

  /** Of the session's folder, in which its tools work; without a session of none. */
  'complete.path': free(async (gateway, {word, session_id: id}) => {
    const session = meantSession(gateway, id)
    if (!session) return {result: {items: []}}
    const {PathCompleter} = await import('../complete/path-completer.js')
    const {cwd, permissions} = session
    session.paths ??= new PathCompleter({
      cwd,
      env: gateway.env,
      home: gateway.home,
      workspace: () => permissions.workspace(),
    })
    return {result: {items: await session.paths.complete(word)}}
  }),

  'slash.exec': ordered(async (gateway, params) => {
    const [, name, argument = ''] = /^\/?(\S+)\s*([\s\S]*)$/.exec(params.command.trim()) ?? []
    if (name === undefined) throw new RpcError(errorCodes.empty, 'empty command')
    const output = await outputOf(gateway, params.session_id, name, argument.trim())
    if (output !== undefined) return {result: {output}}
    const isPrompt = isOfServer(name) || (await commandOfFile(gateway, params.session_id, name)) !== undefined
    if (Object.hasOwn(dispatched, `/${name}`) || isPrompt) {
      throw new RpcError(errorCodes.refused, `pending-input command: use command.dispatch for /${name}`)
    }
    throw new RpcError(errorCodes.unknownCommand, `unknown command: /${name}`)
  }),

  'command.dispatch': ordered(async (gateway, params) => {
    const name = params.name.trim().replace(/^\/+/, '')
    const command = Object.hasOwn(dispatched, `/${name}`) ? dispatched[`/${name}`] : undefined
    if (command) return {result: await command.run(gateway, params.session_id, params.arg.trim())}
    const output = await outputOf(gateway, params.session_id, name, params.arg.trim())
    if (output !== undefined) return {result: {type: 'exec', output}}
    const ofFile = await commandOfFile(gateway, params.session_id, name)
    if (ofFile) {
      const {expandCommand} = await import('../context/prompt-command.js')
      return {result: {type: 'send', message: expandCommand(ofFile.body, params.arg.trim())}}
    }
    const message = isOfServer(name) ? await serverPrompt(gateway, params.session_id, name, params.arg) : undefined
    if (message !== undefined) return {result: {type: 'send', message}}
    throw new RpcError(errorCodes.refused, `not a quick/plugin/bundle/skill command: ${name}`)
  }),
}

const ownPairs = listed.map(([name, {description}]): [string, string] => [name, description])

const isOfServer = (name: string) => name.toLowerCase().startsWith('mcp__')

/** Prompts of MCP servers that told of them before; none is started for it. */
async function serverPrompts(gateway: Gateway, id: string | null | undefined) {
  const cwd = meantSession(gateway, id)?.cwd ?? gateway.cwd
  try {
    const servers = await gateway.mcp.servers(cwd)
    return servers ? await (await import('../mcp/prompts.js')).promptCommands(servers, cwd) : []
  } catch {
    // A configuration that is wrong is told elsewhere; the other commands are there all the same.
    return []
  }
}

async function serverPrompt(gateway: Gateway, id: string | null | undefined, name: string, given: string) {
  const cwd = meantSession(gateway, id)?.cwd ?? gateway.cwd
  const servers = await gateway.mcp.servers(cwd)
  return servers && (await import('../mcp/prompts.js')).promptMessage(servers, cwd, name, given.trim())
}

const pairOf = ({name, summary}: Pick<FileCommand, 'name' | 'summary'>): [string, string] => [`/${name}`, summary]

/** Those of files, without what is a command already. */
async function filePrompts(gateway: Gateway, id: string | null | undefined): Promise<FilePrompts> {
  const {filePromptsOf} = await import('../context/file-prompts.js')
  const {home, env} = gateway
  const found = await filePromptsOf({home, env, cwd: meantSession(gateway, id)?.cwd ?? gateway.cwd})
  const isTaken = ({name}: FileCommand) => Object.hasOwn(commands, `/${name}`) || Object.hasOwn(dispatched, `/${name}`)
  const taken = found.commands.filter(isTaken)
  const collisions = taken.map(({name, path}) => `${path} is not used: /${name} is a command of hermes`)
  return {
    ...found,
    commands: found.commands.filter((command) => !taken.includes(command)),
    problems: [...found.problems, ...collisions],
  }
}

async function commandOfFile(
  gateway: Gateway,
  id: string | null | undefined,
  name: string,
): Promise<FileCommand | undefined> {
  const {commands: ofFiles} = await filePrompts(gateway, id)
  return ofFiles.find((command) => command.name === name.toLowerCase())
}

/** Undefined for what is no command of any gateway. */
async function outputOf(
  gateway: Gateway,
  id: string | null | undefined,
  name: string,
  argument: string,
): Promise<string | undefined> {
  const command = Object.hasOwn(commands, `/${name}`) ? commands[`/${name}`] : undefined
  if (command) return command.run(gateway, liveSession(gateway, id ?? ''), argument)
  const {commandsNotHere} = await import('./not-here.js')
  return commandsNotHere.has(name.toLowerCase()) ? `/${name} is not part of this gateway` : undefined
}

/** Takes back so many turns, or as many as there are; `prompt`: of the first of them. */
async function takeBack(
  gateway: Gateway,
  id: string | null | undefined,
  turns: number,
): Promise<{prompt: string | undefined; messages: number; count: number}> {
  const session = liveSession(gateway, id ?? '')
  const taken = {prompt: undefined as string | undefined, messages: 0, count: 0}
  while (taken.count < turns) {
    const {removed, text} = await undo(gateway, session)
    if (removed === 0) break
    taken.prompt = text ?? ''
    taken.messages += removed
    taken.count++
  }
  return taken
}

/** A snippet without the marks around its matches. */
function plain(snippet: string): string {
  return snippet.replaceAll('\u0002', '').replaceAll('\u0003', '').replaceAll(/\s+/g, ' ')
}
