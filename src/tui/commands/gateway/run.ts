import {messageOf} from '../../../errors.js'
import {oneLine} from '../../text/sanitize.js'
import type {CommandContext, SlashCommand} from '../types.js'
import type {GatewayCommand} from './catalog.js'
import {ofItsScreen, ownMethods} from './own-method.js'

/** Skills are loaded, a quick command runs, a worker starts: the gateway's own limit is 45 s. */
const SLASH_MS = 60_000

/** Aliases of quick commands may name each other. */
const MAX_ALIASES = 5

/** A command of the gateway as one of this screen. */
export function gatewayCommand(command: GatewayCommand): SlashCommand {
  const {name, aliases, args, summary, written} = command
  return {name, aliases, args, summary, run: (context, words) => runOnGateway(context, written, words)}
}

/** Carries `/name words` out on the gateway: by the method that it has for it, else as its slash command. */
export async function runOnGateway(context: CommandContext, name: string, words: string): Promise<void> {
  const known = name.toLowerCase()
  if (ofItsScreen.has(known)) {
    return context.notice('warn', `/${known} is about the gateway's own screen, and does nothing here`)
  }
  const method = Object.hasOwn(ownMethods, known) ? ownMethods[known] : undefined
  await (method ? method(context, words) : context.slash(`/${name}${words ? ` ${words}` : ''}`))
}

/** What {@link execSlash} needs. */
export interface SlashHost {
  request(method: string, params: Record<string, unknown>, timeoutMs: number): Promise<Record<string, unknown>>
  notice: CommandContext['notice']
  output: CommandContext['output']
  prompt(text: string): void
  prefill(text: string): void
}

/**
 * `slash.exec`, and where that fails `command.dispatch`, as the gateway's own screen does it. The answer is text to
 * show, a prompt to send (a skill, a bundle, a goal), or words for the composer.
 */
export async function execSlash(host: SlashHost, command: string, depth = 0): Promise<void> {
  const [, name = '', arg = ''] = /^\/?(\S+)\s*([\s\S]*)$/.exec(command.trim()) ?? []
  let first: unknown
  let answer: Record<string, unknown>
  try {
    answer = await host.request('slash.exec', {command}, SLASH_MS)
  } catch (error) {
    first = error
    try {
      answer = await host.request('command.dispatch', {name, arg}, SLASH_MS)
    } catch (second) {
      // What the second way says is only the better reason if it knows the command.
      const known = /use command\.dispatch|pending/i.test(messageOf(first))
      return host.notice('warn', `/${oneLine(name, 80)}: ${messageOf(known ? second : first)}`)
    }
  }
  const text = (key: string) => (typeof answer[key] === 'string' ? answer[key] : '')
  if (text('notice')) host.notice('info', text('notice'))
  switch (answer.type) {
    case 'alias':
      if (depth < MAX_ALIASES && text('target')) {
        return execSlash(host, `/${text('target').replace(/^\//, '')}${arg ? ` ${arg}` : ''}`, depth + 1)
      }
      return host.notice('warn', `/${oneLine(name, 80)} is an alias that leads nowhere`)
    case 'skill':
      host.notice('info', `skill ${oneLine(text('name') || name, 80)}`)
      return host.prompt(text('message'))
    case 'send':
      return host.prompt(text('message'))
    case 'prefill':
      return host.prefill(text('message'))
    default:
      if (text('output')) host.output(text('output'))
      if (text('warning')) host.notice('warn', text('warning'))
      if (!text('output') && !text('warning')) host.notice('good', `/${oneLine(name, 80)}: done`)
  }
}
