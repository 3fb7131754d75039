import * as Args from '@oclif/core/args'
import {colorize} from '@oclif/core/ux'
import {JsonCommand} from '../json-command.js'
import {listModels, type ModelItem} from '../model-list/list.js'
import {price, shortTokens} from '../tui/text/money.js'
import {oneLine} from '../tui/text/sanitize.js'

export default class Models extends JsonCommand {
  static override args = {
    part: Args.string({description: 'Letters that its name has, in their order.', ignoreStdin: true}),
  }

  static override description =
    'By the list of each provider that has a key or is configured. What is not known of a model is not told; prices are USD for a million tokens of input and output.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> sonnet',
    {command: '<%= config.bin %> chat --model ID', description: 'Use one of them'},
  ]

  static override summary = 'List the models that can be chosen, with context window and price.'

  async run(): Promise<unknown> {
    const {args} = await this.parse(Models)
    const {models, offered, standard, problems, foreign} = await listModels({
      cwd: process.cwd(),
      env: process.env,
      part: args.part,
    })
    if (foreign)
      this.logToStderr('hermes: gateway.command names another gateway: these are the models of the built-in one')
    for (const {provider, error} of problems) {
      this.logToStderr(`hermes: ${oneLine(provider)} lists no models now: ${oneLine(error)}`)
    }
    const widest = Math.max(0, ...models.map(({id}) => oneLine(id).length))
    for (const model of models) {
      const known = knownOf(model, standard)
      this.log(
        `${colorize('cyan', oneLine(model.id).padEnd(known ? widest : 0))}${known ? `  ${colorize('dim', known)}` : ''}`,
      )
    }
    if (models.length === 0) this.log(noneText(offered, problems.length))
    return {version: 1, default: standard, models, problems}
  }
}

/** Why the list is empty, and what helps. */
function noneText(offered: number, problems: number): string {
  if (offered > 0) return `None of ${offered} models fits that: hermes models lists them all.`
  if (problems > 0) return 'No provider lists a model now.'
  return 'No provider has a key or is configured: export a key such as ANTHROPIC_API_KEY, start a local server, or set providers (hermes config path).'
}

function knownOf({id, context, inputPrice, outputPrice}: ModelItem, standard: string): string {
  return [
    context === null ? '' : `${shortTokens(context)} context`,
    inputPrice === null || outputPrice === null ? '' : `${price(inputPrice)} in, ${price(outputPrice)} out`,
    id === standard ? 'default' : '',
  ]
    .filter(Boolean)
    .join(' · ')
}
