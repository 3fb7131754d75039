// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how a person writes it
import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import {visibleText} from '../../control-sequences.js'
import {exitCodes, HermesError} from '../../errors.js'
import {JsonCommand} from '../../json-command.js'

export default class McpAdd extends JsonCommand {
  static override args = {
    name: Args.string({
      description: 'What it is called here: letters, digits, "-" and single "_".',
      ignoreStdin: true,
      required: true,
    }),
  }
  static override description =
    `It is started once to see what it has. Each of its tools asks before it is called, until a rule says otherwise; when they are not what they are now, that is asked too.

It is noted in $HERMES_HOME/mcp.json. Of your environment it gets what is named by --env, and PATH, HOME and the like.`
  static override examples = [
    '<%= config.bin %> <%= command.id %> files -- npx -y @modelcontextprotocol/server-filesystem .',
    "<%= config.bin %> <%= command.id %> github --env 'TOKEN=${GITHUB_TOKEN}' -- github-mcp-server stdio",
    '<%= config.bin %> <%= command.id %> docs --url https://mcp.example.com/mcp',
  ]
  static override flags = {
    cwd: Flags.string({description: 'Folder that it runs in; default that of the session.', helpValue: 'FOLDER'}),
    env: Flags.string({
      description: 'Variable for it, NAME=VALUE; ${NAME} in the value is one of yours.',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    header: Flags.string({
      description: 'Header for an address, NAME: VALUE; ${NAME} in the value is a variable of yours.',
      helpValue: 'NAME: VALUE',
      multiple: true,
      multipleNonGreedy: true,
      dependsOn: ['url'],
    }),
    tool: Flags.string({
      description: 'Only this one of its tools; may be given again.',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    url: Flags.string({description: 'Address, in place of a program (streamable HTTP).', helpValue: 'URL'}),
  }
  static override strict = false
  static override summary = 'Add an MCP server, whose tools the model gets.'
  static override usage = ['mcp add NAME -- COMMAND [ARGUMENTS]', 'mcp add NAME --url URL']

  async run(): Promise<unknown> {
    const {args, argv, flags} = await this.parse(McpAdd)
    const [command, ...words] = argv.slice(1).map(String)
    const {cwd, url} = flags
    const given = {
      ...(command === undefined ? {} : {command, args: words}),
      ...(flags.env ? {env: pairs(flags.env, '=', '--env')} : {}),
      ...(cwd === undefined ? {} : {cwd}),
      ...(url === undefined ? {} : {url}),
      ...(flags.header ? {headers: pairs(flags.header, ':', '--header')} : {}),
      ...(flags.tool ? {tools: flags.tool} : {}),
    }
    const [{addServer}, {examinedLines}] = await Promise.all([
      import('../../mcp/manage.js'),
      import('../../mcp/text.js'),
    ])
    const examined = await addServer({cwd: process.cwd(), env: process.env}, args.name, given, (url) => {
      this.logToStderr(`Sign in, and come back here: ${visibleText(url.href)}`)
    })
    for (const line of examinedLines(examined)) this.log(line)
    this.log(`Added to ${examined.from}; each call asks first. A rule such as mcp__${args.name} allows them.`)
    return {version: 1, ...examined}
  }
}

function pairs(given: readonly string[], divider: string, flag: string): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf(divider)
      if (at > 0) return [text.slice(0, at).trim(), text.slice(at + 1).trimStart()]
      // Not the text itself: it may be a secret.
      throw new HermesError(`${flag} needs a name, "${divider}" and a value`, {
        code: 'cli/usage',
        exit: exitCodes.usage,
      })
    }),
  )
}
