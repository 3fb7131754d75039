import * as Args from '@oclif/core/args'
import {Command} from '@oclif/core/command'
import * as Flags from '@oclif/core/flags'
import {inputFormats, MAX_SECONDS} from '../chat/intent.js'
import {outputFormats} from '../chat/print/format.js'
import {LEFT_OUT, withLeftOutValue} from '../optional-value.js'
import {permissionModes} from '../permissions/types.js'

export default class Chat extends Command {
  static override args = {
    // Without ignoreStdin oclif takes what is piped in as this argument.
    prompt: Args.string({description: 'First prompt; sent as soon as the session is open.', ignoreStdin: true}),
  }

  static override description = `Opens the chat screen, or with --print or a prompt on stdin answers on stdout and ends.

When the gateway dies, the session is brought back; nothing that was typed or shown is lost.`

  static override examples = [
    {description: 'A new session', command: '<%= config.bin %> <%= command.id %>'},
    {
      description: 'Go on with the most recent one of this folder',
      command: '<%= config.bin %> <%= command.id %> --continue',
    },
    {
      description: 'Go on with one by its title',
      command: "<%= config.bin %> <%= command.id %> --resume 'Fix the build'",
    },
    {description: 'Choose one from the list of all', command: '<%= config.bin %> <%= command.id %> --resume'},
    {
      description: 'One answer on stdout that may change files below src and run the tests',
      command:
        "<%= config.bin %> <%= command.id %> -p 'Fix the failing test' --allow 'edit(src/**)' --allow 'bash(npm test *)'",
    },
    {description: 'One answer on stdout', command: "git diff | <%= config.bin %> <%= command.id %> -p 'Review this'"},
    {
      description: 'One value that fits a JSON Schema',
      command:
        '<%= config.bin %> <%= command.id %> -p "Who wrote it?" --json-schema author.schema.json --max-seconds 60 < letter.txt',
    },
    {
      description: 'With another agent, which is brought back when it dies',
      command: '<%= config.bin %> <%= command.id %> --agent gemini',
    },
    {
      description: 'With the gateway of an installed Hermes Agent',
      command: "<%= config.bin %> <%= command.id %> --gateway-command 'python3 -m tui_gateway.entry'",
    },
  ]

  static override flags = {
    agent: Flags.string({
      description: 'Agent that answers: a name (gemini, opencode, one of acp.agents), or a command that speaks ACP.',
      exclusive: ['gateway-command'],
      helpValue: 'NAME|COMMAND',
    }),
    'append-system-prompt': Flags.string({
      description: 'Instructions for the model behind the configured ones (systemPrompt), in this run.',
      helpValue: 'TEXT',
    }),
    continue: Flags.boolean({
      char: 'c',
      description: 'Go on with what was cut off or waits, else with the most recent session of this folder.',
      exclusive: ['resume', 'title'],
    }),
    'add-dir': Flags.string({
      description: 'A folder that belongs to the workspace too.',
      helpGroup: 'PERMISSIONS',
      helpValue: 'FOLDER',
      multiple: true,
      multipleNonGreedy: true,
    }),
    allow: Flags.string({
      description:
        'A rule of what may be done without asking in this run, such as "bash(npm test *)" or "edit(src/**)".',
      helpGroup: 'PERMISSIONS',
      helpValue: 'RULE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'gateway-command': Flags.string({
      description: 'Program that is the gateway, split into words as a shell does.',
      helpValue: 'COMMAND',
    }),
    'input-format': Flags.option({
      description: 'What is on stdin: a text, or messages, one JSON object a line, each a turn.',
      helpGroup: 'PRINT',
      options: inputFormats,
    })(),
    'json-schema': Flags.string({
      description: 'JSON Schema that the answer has to fit: its text, or the path of a file.',
      helpGroup: 'PRINT',
      helpValue: 'SCHEMA|FILE',
    }),
    'max-seconds': Flags.integer({
      description: 'Time that one prompt may take at most.',
      helpGroup: 'PRINT',
      helpValue: 'N',
      max: MAX_SECONDS,
      min: 1,
    }),
    'max-steps': Flags.integer({
      description: 'Model steps that one prompt may take at most.',
      exclusive: ['max-turns'],
      helpValue: 'N',
      max: 10_000,
      min: 1,
    }),
    'max-turns': Flags.integer({
      description: 'The same as --max-steps.',
      helpValue: 'N',
      max: 10_000,
      min: 1,
    }),
    model: Flags.string({char: 'm', description: 'Model that answers.', helpValue: 'PROVIDER/NAME'}),
    'output-format': Flags.option({
      description: 'What --print writes: the text, one JSON object, or one JSON object a line as things happen.',
      helpGroup: 'PRINT',
      options: outputFormats,
    })(),
    'permission-mode': Flags.option({
      description:
        'What is asked for: ask (default), accept-edits (no question for files of the workspace), plan (reading only), bypass (nothing is asked).',
      helpGroup: 'PERMISSIONS',
      options: permissionModes,
    })(),
    print: Flags.string({
      char: 'p',
      description: 'Answer this prompt on stdout and end; what is piped in follows it.',
      helpGroup: 'PRINT',
      helpValue: 'PROMPT',
    }),
    resume: Flags.string({
      char: 'r',
      description:
        'Go on with the session that has this key or title; a part of the title is enough where it is the only one. Without a value: choose it from the list.',
      exclusive: ['title'],
      helpValue: '[KEY|TITLE]',
    }),
    'screen-reader': Flags.boolean({
      allowNo: true,
      description: 'Plain lines, one after the other, in place of a screen; so it is where TERM is dumb.',
    }),
    'system-prompt': Flags.string({
      description: 'Instructions for the model in place of the configured ones (systemPrompt), in this run.',
      helpValue: 'TEXT',
    }),
    'take-over': Flags.boolean({
      description:
        'Take the session from another hermes that has it open; else the chat asks, and --print ends with code 8.',
    }),
    title: Flags.string({description: 'Title of the new session.', helpValue: 'TITLE'}),
  }

  static override summary = 'Chat with an agent.'

  async run(): Promise<void> {
    const {args, flags} = await this.parse(Chat, withLeftOutValue(this.argv, 'resume', Chat.flags))
    const choose = flags.resume === LEFT_OUT
    const {chat} = await import('../chat/chat.js')
    const exitCode = await chat({
      flags: {
        ...flags,
        prompt: args.prompt,
        resume: choose ? undefined : flags.resume,
        choose,
        gatewayCommand: flags['gateway-command'],
        outputFormat: flags['output-format'],
        takeOver: flags['take-over'],
        screenReader: flags['screen-reader'],
        permissionMode: flags['permission-mode'],
        addDirs: flags['add-dir'],
        maxSteps: flags['max-steps'],
        maxTurns: flags['max-turns'],
        maxSeconds: flags['max-seconds'],
        systemPrompt: flags['system-prompt'],
        appendSystemPrompt: flags['append-system-prompt'],
        jsonSchema: flags['json-schema'],
        inputFormat: flags['input-format'],
      },
      oclif: this.config,
      cwd: process.cwd(),
      env: process.env,
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
    })
    this.exit(exitCode)
  }
}
