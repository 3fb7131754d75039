import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'

export default class Ring extends Command {
  static override args = {
    session: Args.string({description: 'Key of the session.', ignoreStdin: true, required: true}),
    question: Args.string({description: 'Kind of its question.', ignoreStdin: true, default: 'approval'}),
  }

  static override description = 'A gateway without a terminal runs it, where a plugin has a hook for it.'

  static override hidden = true

  static override summary = 'Tell plugins that a session waits for an answer.'

  async run(): Promise<void> {
    const {args} = await this.parse(Ring)
    const {ring} = await import('../chat/hand-over/bell.js')
    await ring({
      oclif: this.config,
      cwd: process.cwd(),
      env: process.env,
      sessionKey: args.session,
      question: args.question,
      tell: (text) => this.logToStderr(text),
    })
  }
}
