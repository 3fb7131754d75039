import * as Flags from '@oclif/core/flags'
import {colorize} from '@oclif/core/ux'
import {JsonCommand} from '../../json-command.js'
import {agree} from '../../sessions/agree.js'
import {ageOf, pruneSessions} from '../../sessions/edit.js'
import {agoText, messagesText} from '../../sessions/list.js'
import type {ListedSession} from '../../sessions/match.js'
import {oneLine} from '../../tui/text/sanitize.js'

/** So many are named before the question. */
const NAMED = 20

export default class SessionsPrune extends JsonCommand {
  static override description =
    'They are gone for good. One that another hermes has open, or that works without a terminal, stays.'
  static override examples = [
    {command: '<%= config.bin %> <%= command.id %> --older-than 30d --dry-run', description: 'Which they are'},
    '<%= config.bin %> <%= command.id %> --older-than 1y --yes',
  ]
  static override flags = {
    'dry-run': Flags.boolean({description: 'Show which they are, and delete none.'}),
    'older-than': Flags.string({
      description: 'Those in which nothing was said for so long: hours, days, weeks, years.',
      helpValue: '30d',
      required: true,
    }),
    yes: Flags.boolean({char: 'y', description: 'Without asking.', exclusive: ['dry-run']}),
  }
  static override summary = 'Delete the sessions that are older than some time.'

  async run(): Promise<unknown> {
    const {flags} = await this.parse(SessionsPrune)
    const now = Date.now()
    const dry = flags['dry-run']
    const before = now - ageOf(flags['older-than'])
    const {old, held, deleted} = await pruneSessions({cwd: process.cwd(), env: process.env}, before, async (found) => {
      for (const line of lines(found, dry ? found.length : NAMED, now)) this.log(line)
      return !dry && (await agree(`Delete ${sessionsText(found.length)} for good?`, flags.yes))
    })
    if (held.length > 0)
      this.log(
        `${sessionsText(held.length)} of that age ${held.length === 1 ? 'is' : 'are'} open and ${held.length === 1 ? 'stays' : 'stay'}.`,
      )
    if (old.length === 0) this.log(`No session is older than ${flags['older-than']}.`)
    else if (dry) this.log(`${sessionsText(old.length)} would be deleted.`)
    else this.log(deleted === 0 ? 'Nothing was deleted.' : `Deleted ${sessionsText(deleted)}.`)
    return {
      schemaVersion: 1,
      dryRun: dry,
      deleted,
      sessions: old.map(({key, title, lastActiveAt}) => ({
        key,
        title,
        lastActiveAt: new Date(lastActiveAt).toISOString(),
      })),
      open: held.map(({key}) => key),
    }
  }
}

const sessionsText = (count: number) => `${count} ${count === 1 ? 'session' : 'sessions'}`

function lines(found: readonly ListedSession[], named: number, now: number): string[] {
  const shown = found.slice(0, named).map(({key, title, preview, lastActiveAt, messageCount}) => {
    const facts = `${agoText(lastActiveAt, now)}  ${messagesText(messageCount)}`
    return `${colorize('cyan', oneLine(key))}  ${colorize('dim', facts)}  ${oneLine(title ?? preview, 100)}`
  })
  return found.length > named ? [...shown, `… and ${found.length - named} more`] : shown
}
