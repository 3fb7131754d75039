import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {colorize} from '@oclif/core/ux'
import type {MessageRow} from '../../gateway/store/types.js'
import {JsonCommand} from '../../json-command.js'
import {agoText, messagesText} from '../../sessions/list.js'
import {type ShownSession, showSession} from '../../sessions/show.js'
import {placeOf} from '../../tui/text/place.js'
import {oneLine, sanitize} from '../../tui/text/sanitize.js'

export default class SessionsShow extends JsonCommand {
  static override args = {
    session: Args.string({
      description: 'Key or title of the session; a part of the title is enough where it is the only one.',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override examples = [
    '<%= config.bin %> <%= command.id %> KEY',
    "<%= config.bin %> <%= command.id %> 'fix the build' --limit 2",
  ]
  static override flags = {
    limit: Flags.integer({
      char: 'n',
      default: 20,
      description: 'How many of the newest messages.',
      helpValue: 'COUNT',
      max: 1_000_000,
      min: 0,
    }),
  }
  static override summary = 'Show a stored session and what was said last.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(SessionsShow)
    const shown = await showSession({cwd: process.cwd(), env: process.env}, args.session, flags.limit)
    const {session, messages} = shown
    for (const line of headLines(shown, Date.now())) this.log(line)
    const hidden = session.messageCount - messages.length
    if (hidden > 0 && messages.length > 0) this.log(colorize('dim', `\n… ${messagesText(hidden)} before`))
    for (const message of messages) for (const line of messageLines(message)) this.log(line)
    return json(shown)
  }
}

function headLines({session, usage, holder}: ShownSession, now: number): string[] {
  const {key, title, cwd, model, lastActiveAt, messageCount} = session
  const {input, output} = usage.usage
  const facts = [
    agoText(lastActiveAt, now),
    messagesText(messageCount),
    ...(cwd ? [placeOf(cwd)] : []),
    ...(model ? [oneLine(model, 100)] : []),
    ...(input + output > 0 ? [`${(input + output).toLocaleString('en')} tokens`] : []),
  ]
  const held = holder
    ? `  ${holder.detached ? 'works without a terminal' : 'open in another hermes'} (pid ${holder.pid})`
    : ''
  return [
    `${colorize('cyan', oneLine(key))}${title === null ? '' : `  ${colorize('bold', oneLine(title))}`}${held}`,
    `  ${colorize('dim', facts.join(' · '))}`,
  ]
}

function messageLines({role, text, status, tool}: MessageRow): string[] {
  if (tool) return [colorize('dim', `\n● ${oneLine([tool.name, tool.context].filter(Boolean).join('  '), 200)}`)]
  if (text.trim() === '') return []
  const body = sanitize(text).trim().split('\n')
  const lines = role === 'user' ? body.map((line, index) => `${index === 0 ? '›' : ' '} ${line}`) : body
  const broken = role === 'assistant' && status !== 'complete' ? ['[interrupted]'] : []
  return ['', ...lines.map((line) => (role === 'user' ? colorize('bold', line) : line)), ...broken]
}

function json({session, usage, holder, messages}: ShownSession): unknown {
  const {key, title, cwd, model, startedAt, lastActiveAt, messageCount} = session
  return {
    schemaVersion: 1,
    session: {
      key,
      title,
      cwd,
      model,
      startedAt: new Date(startedAt).toISOString(),
      lastActiveAt: new Date(lastActiveAt).toISOString(),
      messages: messageCount,
      usage: {...usage.usage, calls: usage.calls},
      ...(holder ? {openIn: holder} : {}),
    },
    messages: messages.map(({role, text, reasoning, status, createdAt, tool}) => ({
      role,
      text,
      time: new Date(createdAt).toISOString(),
      ...(status === 'complete' ? {} : {status}),
      ...(reasoning === '' ? {} : {reasoning}),
      ...(tool
        ? {tool: {id: tool.id, name: tool.name, context: tool.context, state: tool.state, result: tool.result}}
        : {}),
    })),
  }
}
