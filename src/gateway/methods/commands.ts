import {errorCodes} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import {sessionModelId, sessionUsage} from '../session/info.js'
import {type LiveSession, liveSession} from '../session/live-session.js'
import {setModel} from './config.js'
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
    run: async (gateway, session) => `Messages taken back: ${await undo(gateway, session)}`,
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

export const commandMethods: MethodTable<'commands.catalog' | 'complete.slash' | 'slash.exec'> = {
  'commands.catalog': free(() => {
    const pairs = Object.entries(commands).map(([name, {description}]) => [name, description])
    return {
      result: {
        pairs,
        sub: {},
        canon: Object.fromEntries(Object.keys(commands).map((name) => [name, name])),
        categories: [{name: 'Session', pairs}],
        skill_count: 0,
        warning: '',
      },
    }
  }),

  /** Names without their slash, as the reference's completer has them. */
  'complete.slash': free((_gateway, {text}) => {
    const items = Object.entries(commands)
      .filter(([name]) => text.startsWith('/') && name.startsWith(text))
      .map(([name, {description}]) => ({text: name.slice(1), display: name, meta: description}))
    return {result: {items, replace_from: 1}}
  }),

  'slash.exec': ordered(async (gateway, params) => {
    const session = liveSession(gateway, params.session_id)
    const [, name, argument = ''] = /^\/?(\S+)\s*([\s\S]*)$/.exec(params.command.trim()) ?? []
    if (name === undefined) throw new RpcError(errorCodes.empty, 'empty command')
    const command = Object.hasOwn(commands, `/${name}`) ? commands[`/${name}`] : undefined
    if (!command) throw new RpcError(errorCodes.unknownCommand, `unknown command: /${name}`)
    return {result: {output: await command.run(gateway, session, argument.trim())}}
  }),
}

/** A snippet without the marks around its matches. */
function plain(snippet: string): string {
  return snippet.replaceAll('\u0002', '').replaceAll('\u0003', '').replaceAll(/\s+/g, ' ')
}
