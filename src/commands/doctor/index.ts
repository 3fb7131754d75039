import * as Flags from '@oclif/core/flags'
import {shownOn} from '../../doctor/shown-on.js'
import {JsonCommand} from '../../json-command.js'

/** A gateway that does not get ready is waited for. */
const QUIET_MS = 2500

export default class Doctor extends JsonCommand {
  static override description =
    `Examines what hermes needs and explains what died. It changes nothing, stops nothing and repairs nothing; it prints the command that would.

Exit code 0: healthy; 1: a problem is to be solved; 2: it could not be examined.`
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {command: '<%= config.bin %> <%= command.id %> --online', description: 'Ask the model provider too'},
    {
      command: '<%= config.bin %> <%= command.id %> --drill',
      description: 'Kill a scratch gateway in every way and see it come back',
    },
  ]

  static override flags = {
    bundle: Flags.string({
      description: 'Write the report, the crash log and the settings as one archive for a bug report, without secrets.',
      exclusive: ['drill'],
      helpValue: 'FILE',
    }),
    drill: Flags.boolean({
      description: 'Kill a scratch gateway in a temporary home in each way, and measure the way back.',
    }),
    online: Flags.boolean({description: 'Ask the model provider on the network.'}),
    terminal: shownOn(),
    yes: Flags.boolean({
      char: 'y',
      description: 'Write the archive without asking.',
      // As dependsOn it would stand before its --bundle in the line of usage, and beside --drill.
      relationships: [{type: 'all', flags: ['bundle']}],
    }),
    verbose: Flags.boolean({description: 'Show the evidence of what is well, too.'}),
  }

  static override summary = 'Examine hermes, and explain what died.'

  async run(): Promise<unknown> {
    const {flags} = await this.parse(Doctor)
    const {doctorSetup, look} = await import('../../doctor/setup.js')
    const {builtinGateway} = await import('../../chat/builtin-gateway.js')
    const setup = doctorSetup({
      config: this.config,
      builtinEntry: () => builtinGateway(this.config.root),
      online: flags.online,
      terminal: flags.terminal,
    })
    if (flags.drill) {
      const {runDrill} = await import('../../doctor/drill/drill.js')
      const {drillJson, renderDrill, showProgress} = await import('../../doctor/drill/report.js')
      const progress = showProgress(process.stderr)
      const drill = await runDrill({...setup, onProgress: progress.tell}).finally(progress.end)
      for (const line of renderDrill(drill, look(flags.terminal))) this.log(line)
      process.exitCode = drill.passed ? 0 : 1
      return drillJson(drill)
    }
    const {examine, hasFindings} = await import('../../doctor/examine.js')
    const {examinationJson} = await import('../../doctor/json.js')
    const {renderExamination} = await import('../../doctor/report.js')
    const waiting = setTimeout(() => this.logToStderr('Still examining…'), QUIET_MS)
    const examination = await examine(setup).finally(() => clearTimeout(waiting))
    if (flags.bundle !== undefined) {
      const {offerBundle} = await import('../../doctor/bundle/offer.js')
      const written = await offerBundle(flags.bundle, examination, {
        env: process.env,
        yes: flags.yes,
        say: (text) => this.log(text),
      })
      process.exitCode = written.written ? 0 : 2
      return written
    }
    for (const line of renderExamination(examination, look(flags.terminal), flags.verbose)) this.log(line)
    process.exitCode = hasFindings(examination) ? 1 : 0
    return examinationJson(examination)
  }
}
