import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'

export default class Attach extends Command {
  static override args = {
    session: Args.string({
      description: 'Key or title; default the session that works or waits without a terminal.',
      ignoreStdin: true,
    }),
  }

  static override description =
    `Opens the chat screen on a session that works on without a terminal, with all that came meanwhile.

A session that does not run is opened as hermes chat --resume does.`

  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {
      description: 'See what another terminal does',
      command: '<%= config.bin %> <%= command.id %> --watch 20260601_120000_a1b2c3',
    },
    {
      description: 'What runs, and what waits for an answer',
      command: '<%= config.bin %> sessions --running',
    },
  ]

  static override flags = {
    watch: Flags.boolean({
      description: 'See what is done in the terminal that has the session, live and read only.',
      exclusive: ['take-over'],
    }),
    'screen-reader': Flags.boolean({
      allowNo: true,
      description: 'Plain lines, one after the other, in place of a screen; so it is where TERM is dumb.',
    }),
    'take-over': Flags.boolean({
      description: 'Also from the terminal that has it: what runs goes on here.',
    }),
  }

  static override summary = 'Come back to a session that works without a terminal.'

  async run(): Promise<void> {
    const {args, flags: given} = await this.parse(Attach)
    let name = args.session
    if (name === undefined) {
      const {detachedOf, listRunning, unknownRunning} = await import('../sessions/running.js')
      const unknown = unknownRunning(process.env)
      if (unknown !== undefined) this.logToStderr(`hermes: ${unknown}`)
      const running = listRunning(process.env)
      const isElsewhere = given.watch || given['take-over']
      const busy = isElsewhere ? running.find(({status}) => status !== 'idle') : undefined
      const {found, others} = busy ? {found: busy, others: 0} : detachedOf(running)
      name = found.key
      const more = others === 1 ? 'another one works' : `${others} others work`
      if (others > 0) this.logToStderr(`hermes: ${more} without a terminal: hermes sessions --running`)
    }
    const {chat} = await import('../chat/chat.js')
    const {stdin, stdout, stderr, env} = process
    const flags = {resume: name, watch: given.watch, takeOver: given['take-over'], screenReader: given['screen-reader']}
    this.exit(await chat({flags, oclif: this.config, cwd: process.cwd(), env, stdin, stdout, stderr}))
  }
}
