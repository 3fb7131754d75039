import * as Flags from '@oclif/core/flags'
import {colorize} from '@oclif/core/ux'
import {JsonCommand} from '../../json-command.js'
import {limitFlag} from '../../limit-flag.js'
import {sessionsHere} from '../../sessions/configured.js'
import {agoText, messagesText, saysTheSame} from '../../sessions/list.js'
import type {RunningItem} from '../../sessions/running.js'
import {placeOf} from '../../tui/text/place.js'
import {oneLine} from '../../tui/text/sanitize.js'

export default class Sessions extends JsonCommand {
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {command: '<%= config.bin %> <%= command.id %> --running', description: 'What runs, and what waits for an answer'},
    "<%= config.bin %> <%= command.id %> --search 'failing test'",
    {command: '<%= config.bin %> chat --resume KEY', description: 'Go on with one of them'},
  ]

  static override flags = {
    limit: limitFlag('How many at most.', 10_000),
    running: Flags.boolean({
      description: 'Only those that run now, in a terminal or without one; those that wait for your answer first.',
      exclusive: ['search'],
    }),
    search: Flags.string({
      char: 's',
      description: 'Only those with a message that has these words.',
      helpValue: 'WORDS',
    }),
  }

  static override summary = 'List the stored sessions, most recent first.'

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Sessions)
    const {limit, search} = flags
    if (flags.running) return this.#running(limit)
    const {sessions, note} = await sessionsHere({cwd: process.cwd(), env: process.env, limit, search})
    if (note !== undefined) this.logToStderr(note)
    const now = Date.now()
    for (const {key, title, excerpt, time, messages, cwd, agent} of sessions) {
      const count = messages === undefined ? '' : `  ${messagesText(messages)}`
      const place = cwd === undefined ? '' : `  ${placeOf(cwd)}`
      this.log(
        `${colorize('cyan', oneLine(key))}  ${colorize('dim', `${agoText(time, now)}${count}${place}${agent === undefined ? '' : `  ${agent}`}`)}`,
      )
      const name = title === undefined ? '' : colorize('bold', oneLine(title))
      const more = title !== undefined && search === undefined && saysTheSame(title, excerpt) ? '' : oneLine(excerpt)
      this.log(`  ${[name, more].filter(Boolean).join('  ')}`)
    }
    if (sessions.length === 0) {
      this.log(flags.search === undefined ? 'No session is stored yet.' : 'No stored message has these words.')
    }
    return {
      schemaVersion: 1,
      version: 1,
      sessions: sessions.map((session) => ({...session, time: new Date(session.time).toISOString()})),
    }
  }

  async #running(limit: number): Promise<unknown> {
    const {listRunning, stateText, unknownRunning} = await import('../../sessions/running.js')
    const unknown = unknownRunning(process.env)
    if (unknown !== undefined) this.logToStderr(`hermes: ${unknown}`)
    const now = Date.now()
    const all = listRunning(process.env, now)
    const running = all.slice(0, limit)
    for (const item of running) {
      const {key, title, cwd, prompt} = item
      const name = title === '' ? prompt && `“${oneLine(prompt)}”` : colorize('bold', oneLine(title))
      this.log(`${colorize('cyan', oneLine(key))}  ${stateText(item, now)}`)
      this.log(`  ${name ? `${name}  ` : ''}${placeOf(cwd)}`)
    }
    for (const line of nextSteps(all, running.length, unknown !== undefined)) this.log(line)
    return {
      schemaVersion: 1,
      version: 1,
      sessions: running.map(({key, title, cwd, prompt, status, detachedAt, stuck, gateway}) => ({
        key,
        title,
        cwd,
        ...(prompt === undefined ? {} : {prompt}),
        status,
        stuck,
        gatewayPid: gateway.pid,
        ...(detachedAt === undefined ? {} : {detachedAt: new Date(detachedAt).toISOString()}),
      })),
    }
  }
}

/** What a person who sees the list for the first time may do. */
function nextSteps(all: readonly RunningItem[], shown: number, unknown: boolean): string[] {
  if (all.length === 0) {
    if (unknown) return []
    return [
      'No session runs now.',
      'hermes chat -c goes on with the last one of this folder, hermes sessions lists all.',
    ]
  }
  const left = all.some(({detachedAt}) => detachedAt !== undefined)
  return [
    ...(shown < all.length ? [`${all.length - shown} more: --limit ${all.length} shows all.`] : []),
    left
      ? 'Come back to one with: hermes attach KEY · end one with: hermes stop KEY'
      : 'Each is open in a terminal: /detach leaves one there while its reply goes on.',
  ]
}
