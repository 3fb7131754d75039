import * as Args from '@oclif/core/args'
import {shownOn} from '../../doctor/shown-on.js'
import {JsonCommand} from '../../json-command.js'

export default class DoctorCrash extends JsonCommand {
  static override args = {
    id: Args.string({
      description: 'As `hermes doctor crashes` lists it; its beginning, or `last`.',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override examples = ['<%= config.bin %> <%= command.id %> last']
  static override flags = {terminal: shownOn()}
  static override summary = 'Tell one death in full: cause, witnesses, what was lost, timeline.'

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(DoctorCrash)
    const {examineDeaths} = await import('../../doctor/examine.js')
    const {findCrash} = await import('../../doctor/find-crash.js')
    const {crashJson} = await import('../../doctor/json.js')
    const {renderCrash} = await import('../../doctor/report.js')
    const {look} = await import('../../doctor/setup.js')
    const found = await examineDeaths(process.env, process.cwd(), args.id === 'last' ? {limit: 1} : {})
    const death = findCrash(found, args.id)
    for (const line of renderCrash(death, look(flags.terminal))) this.log(line)
    return crashJson(death)
  }
}
