import {permissionModes, type RuleEffect} from '../permissions/types.js'

/**
 * The one table of the configuration. The type {@link Config}, the checks, `hermes config`, the
 * documentation and the rules of trust are all read from it.
 */

/** A model provider that the person configured, under the name that ids begin with (`NAME/model`). */
export interface ProviderConfig {
  kind?: (typeof providerKinds)[number]
  /** Address of the API, with its version: `http://127.0.0.1:8080/v1`. */
  baseUrl?: string
  /** `${NAME}` in it and in headers is a variable of the environment. */
  apiKey?: string
  /** Program and arguments that print the key, instead of `apiKey`. */
  apiKeyCommand?: readonly string[]
  headers?: Record<string, string>
  /** Names to offer where the provider can't list its own. */
  models?: string[]
  /** Of kind `azure`: the resource, as in `https://NAME.openai.azure.com`. */
  resource?: string
  /** Of kind `azure`: version of the API; a date is that of the API before `v1`, with the deployment in the address. */
  apiVersion?: string
  /** Of kind `bedrock`: `eu-central-1`. */
  region?: string
  /** Of kind `vertex`: id of the project of Google Cloud. */
  project?: string
  /** Of kind `vertex`: `europe-west4`, `global`. */
  location?: string
  /** By name of the model; `*` is all that have no word of their own. */
  modelOptions?: Readonly<Record<string, ModelOptions>>
}

/** What a server can't do with a model, or does in its own way. */
export interface ModelOptions {
  /** Offer it tools; default true. */
  tools?: boolean
  /** Ask for the count of tokens (`stream_options`), of kind `openai-compatible`; default true. */
  streamUsage?: boolean
  /** Ask for the prompt to be kept (`cache_control`), of Anthropic's models and OpenRouter's; default true. */
  promptCaching?: boolean
  /** Send it the images of prompts; default true. */
  images?: boolean
  /**
   * What `<think>` in its text means: `leading`, a reply may begin with reasoning in such tags; `open`, a reply begins in
   * reasoning that only `</think>` ends; `off`, it is text. Default: `leading` of kind `openai-compatible`, else `off`.
   */
  thinkTags?: (typeof thinkTagModes)[number]
  /** Context window, tokens; default: what the provider's list or the catalogue says. */
  context?: number
  /** Longest reply, tokens; default `maxOutputTokens`. */
  output?: number
  /** Default `reasoningEffort`. */
  effort?: Effort
  /** 0 to 2; default the provider's own. */
  temperature?: number
  /** Beside those of the provider. */
  headers?: Readonly<Record<string, string>>
  /** USD for a million tokens, in place of all that is known of its prices; the two belong together. */
  inputPrice?: number
  outputPrice?: number
  /** Default `inputPrice`. */
  cacheReadPrice?: number
  cacheWritePrice?: number
}

/** A server of the Model Context Protocol: a program (`command`) or an address (`url`). */
export interface McpServerConfig {
  /** Program that speaks on its standard input and output. */
  command?: string
  args?: readonly string[]
  /** Its environment beside `PATH`, `HOME` and the like; `${NAME}` in it, in `args` and in `headers` is a variable of ours. */
  env?: Readonly<Record<string, string>>
  /** Absolute; default the working directory. */
  cwd?: string
  /** Address of a server that speaks streamable HTTP. */
  url?: string
  headers?: Readonly<Record<string, string>>
  /** Names of those of its tools that the model is told of; default all. */
  tools?: readonly string[]
  /** Longest silence of a call, milliseconds; a sign of progress ends a silence. Default 60 000. */
  timeoutMs?: number
  /** From its start until it has told its tools, milliseconds. Default 30 000. */
  startTimeoutMs?: number
  /** Default true. */
  enabled?: boolean
}

export const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type Effort = (typeof efforts)[number]

export const thinkTagModes = ['leading', 'open', 'off'] as const

export const providerKinds = [
  'openai-compatible',
  'openai',
  'anthropic',
  'google',
  'openrouter',
  'azure',
  'bedrock',
  'vertex',
] as const

/** Where the service of a cloud runs: each is a part of its address. */
export const cloudFields = ['resource', 'apiVersion', 'region', 'project', 'location'] as const
export type CloudField = (typeof cloudFields)[number]

interface Described {
  /** One sentence for help and documentation. */
  doc: string
  /**
   * Who may set it: `project` any file, `user` only the person: their own file, the environment, a
   * flag, or a project file that they trusted.
   */
  rank: 'user' | 'project'
  /** Any file could set it once: of one that still does the person is told once, not at every start. */
  formerly?: 'project'
  /**
   * When a change counts while a chat runs: `now`, with the next `gateway` (which replaces this one as
   * soon as it is idle), or at the next `start`.
   */
  applies: 'now' | 'gateway' | 'start'
  /** Environment variable that sets it. */
  env?: string
  /** What the documentation shows where there is no fixed default. */
  defaultDoc?: string
}

export type Setting = Described &
  (
    | {type: 'string'; default: string | undefined}
    /** A file; `~` is the home, a relative one starts at the configuration file that names it. */
    | {type: 'path'; default: string | undefined}
    | {type: 'boolean'; default: boolean}
    | {type: 'integer'; default: number | undefined; min: number; max: number}
    | {type: 'integers'; default: readonly number[]; min: number; max: number}
    | {type: 'choice'; default: string | undefined; choices: readonly string[]}
    /** Program and arguments: a list, or one string split as a shell does. */
    | {type: 'command'; default: readonly string[] | undefined}
    /** Rules of permission, each in its one spelling; those of several sources add up. */
    | {type: 'rules'; default: readonly string[]; effect: RuleEffect}
    /** Files or folders; see `path`. */
    | {type: 'paths'; default: readonly string[]}
    /** Names of environment variables. */
    | {type: 'names'; default: readonly string[]}
    /** Hosts, with a port or not, `*.` before them or not. */
    | {type: 'hosts'; default: readonly string[]}
    /** Actions of the table of keys, each with its keys. */
    | {type: 'keys'; default: Readonly<Record<string, readonly string[]>>}
    /** Programs with their arguments, by glob of the files that they are for. */
    | {type: 'commands'; default: Readonly<Record<string, readonly string[]>>}
    | {type: 'providers'; default: Readonly<Record<string, ProviderConfig>>}
    /** Servers of tools by name. */
    | {type: 'servers'; default: Readonly<Record<string, McpServerConfig>>}
  )

const hour = 3_600_000

export const settings = {
  model: {
    type: 'string',
    default: undefined,
    defaultDoc: 'chosen from keys and local servers, else `offline`',
    env: 'HERMES_MODEL',
    rank: 'project',
    applies: 'gateway',
    doc: 'Model that answers, as `provider/name`.',
  },
  providers: {
    type: 'providers',
    default: {},
    rank: 'user',
    applies: 'gateway',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it is written in the configuration
    doc: 'Model providers by name: `kind`, `baseUrl`, `apiKey` or `apiKeyCommand`, `headers`, `models`, `modelOptions`; of a cloud `resource`, `apiVersion`, `region`, `project`, `location`. In keys and headers `${NAME}` is a variable of the environment.',
  },
  maxOutputTokens: {
    type: 'integer',
    default: undefined,
    defaultDoc: "the provider's own",
    min: 1,
    max: 10_000_000,
    rank: 'project',
    applies: 'gateway',
    doc: 'Longest reply of one model call, in tokens.',
  },
  reasoningEffort: {
    type: 'choice',
    default: undefined,
    defaultDoc: "the provider's own",
    choices: efforts,
    rank: 'project',
    applies: 'gateway',
    doc: 'How much a reasoning model thinks before it answers. In a chat: `/effort`.',
  },
  systemPrompt: {
    type: 'string',
    default:
      'You are Hermes, a capable assistant in a terminal. Answer in plain, precise language and in Markdown where it helps. Say so when you are not sure.',
    rank: 'user',
    applies: 'gateway',
    doc: 'Instructions that every session starts with.',
  },
  'context.instructions': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'gateway',
    doc: 'Tell the model what `AGENTS.md` (where there is none, `CLAUDE.md`) says, from the top folder of the repository down to the working directory, and your own in `$HERMES_HOME`.',
  },
  'context.instructionBytes': {
    type: 'integer',
    default: 65_536,
    min: 0,
    max: 10_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'So much of these files together is told; of a longer one its beginning.',
  },
  'context.skillBytes': {
    type: 'integer',
    default: 16_384,
    min: 0,
    max: 1_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'So much of the names and descriptions of skills is told to the model; 0 tells it of none.',
  },
  'context.fileBytes': {
    type: 'integer',
    default: 65_536,
    min: 0,
    max: 10_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'So much of a file that a prompt names with `@` is sent with it; of a longer one its beginning.',
  },
  'context.promptBytes': {
    type: 'integer',
    default: 262_144,
    min: 0,
    max: 10_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'So much of all files that one prompt names with `@` is sent with it.',
  },
  discoverLocal: {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'gateway',
    doc: 'Where nothing else is configured, look for model servers (Ollama, LM Studio, llama.cpp, vLLM) on this machine.',
  },
  'models.retries': {
    type: 'integer',
    default: 4,
    min: 0,
    max: 100,
    rank: 'project',
    applies: 'gateway',
    doc: 'How often a call of the model is tried again that failed before its first token: rate limit, overload, server error, lost connection.',
  },
  'models.backoffMs': {
    type: 'integer',
    default: 2000,
    min: 1,
    max: 60_000,
    rank: 'project',
    applies: 'gateway',
    doc: 'Pause before the first further try where the provider names none; each further one is twice as long. After a lost connection an eighth of it.',
  },
  'models.retryWindowMs': {
    type: 'integer',
    default: 120_000,
    min: 0,
    max: 24 * hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'All pauses of one call together; a longer wait that a provider names is told and not waited for.',
  },
  'models.firstTokenMs': {
    type: 'integer',
    default: undefined,
    defaultDoc: '300000; of a server on this machine 900000',
    min: 100,
    max: 24 * hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'Longest silence before a reply begins; a keep-alive ends a silence.',
  },
  'models.idleMs': {
    type: 'integer',
    default: 300_000,
    min: 100,
    max: 24 * hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'Longest silence in mid-reply, after which it counts as dropped.',
  },
  'models.tellSilenceMs': {
    type: 'integer',
    default: 20_000,
    min: 100,
    max: hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'Silence of the model after which the status line says that nothing comes.',
  },
  'models.webSearch': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'gateway',
    doc: "Let the model search the web by its provider's own search (Anthropic, OpenAI, Google, OpenRouter), for which the provider may ask a price of its own.",
  },
  'models.keyCommandTimeoutMs': {
    type: 'integer',
    default: 60_000,
    min: 100,
    max: hour,
    rank: 'user',
    applies: 'gateway',
    doc: 'Time that an `apiKeyCommand` of a provider may take; a password manager may ask you first.',
  },
  'context.compactPercent': {
    type: 'integer',
    default: 80,
    min: 0,
    max: 100,
    rank: 'project',
    applies: 'gateway',
    doc: "How full the model's context window may be before the older part of the conversation is compacted: long tool results to outlines, then the rest to a summary. With 0 only when the provider refuses it as too long.",
  },
  'tools.enabled': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'gateway',
    doc: 'Let the model use tools. Those that change something ask first.',
  },
  'tools.maxSteps': {
    type: 'integer',
    default: 50,
    min: 1,
    max: 10_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'Calls of the model in one turn, after which it is stopped.',
  },
  'agents.enabled': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'gateway',
    doc: 'Let the model give independent parts of a task to sub-agents.',
  },
  'agents.parallel': {
    type: 'integer',
    default: 3,
    min: 1,
    max: 16,
    rank: 'user',
    applies: 'gateway',
    doc: 'Sub-agents of a session that work at the same time; others wait for their turn.',
  },
  'agents.model': {
    type: 'string',
    default: undefined,
    defaultDoc: 'that of the session',
    rank: 'project',
    applies: 'gateway',
    doc: 'Model of sub-agents for which the model names none, as `provider/name`.',
  },
  'agents.maxSteps': {
    type: 'integer',
    default: 30,
    min: 1,
    max: 10_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'Calls of the model of one sub-agent, after which it is stopped.',
  },
  'agents.maxSeconds': {
    type: 'integer',
    default: 1800,
    min: 1,
    max: 86_400,
    rank: 'user',
    applies: 'gateway',
    doc: 'How long one sub-agent may work, without the time in which you are asked something.',
  },
  'agents.maxTokens': {
    type: 'integer',
    default: 2_000_000,
    min: 1000,
    max: 1_000_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'Tokens that one sub-agent may take, in and out together, all its calls added up.',
  },
  'checkpoints.enabled': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'gateway',
    doc: 'Keep what files were before each turn, so that `/rewind` can put them back.',
  },
  'checkpoints.maxMb': {
    type: 'integer',
    default: 500,
    min: 1,
    max: 100_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'Room for what is kept of files below the home, in MiB before it is compressed; the oldest turns go first.',
  },
  'checkpoints.days': {
    type: 'integer',
    default: 30,
    min: 1,
    max: 3650,
    rank: 'user',
    applies: 'gateway',
    doc: 'How long it is kept what files were.',
  },
  'checkpoints.maxFileMb': {
    type: 'integer',
    default: 10,
    min: 1,
    max: 20,
    rank: 'user',
    applies: 'gateway',
    doc: 'Files larger than so many MiB are not kept, and not put back.',
  },
  'checkpoints.maxFiles': {
    type: 'integer',
    default: 50_000,
    min: 100,
    max: 1_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'How many files, links and folders of the workspace are looked at around commands, which may change any of them. 10 000 take about 0.1 s.',
  },
  'tools.parallelReads': {
    type: 'integer',
    default: 8,
    min: 1,
    max: 64,
    rank: 'project',
    applies: 'gateway',
    doc: 'Calls of one step that only read (files, lists, searches) run side by side, at most so many; 1: one after another.',
  },
  'tools.afterEdit': {
    type: 'commands',
    default: {},
    rank: 'user',
    applies: 'gateway',
    doc: 'Formatters and checkers that run when a file was written, by glob: `"*.ts": npx biome check --write {file}`. The model is told what they say.',
  },
  'tools.afterEditTimeoutMs': {
    type: 'integer',
    default: 20_000,
    min: 100,
    max: hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'Time that each of them may take.',
  },
  'tools.fetchPrivate': {
    type: 'hosts',
    default: [],
    rank: 'user',
    applies: 'gateway',
    doc: 'Hosts that may be fetched from although they are this machine or in a private network: `localhost:3000`, `*.lan`, `10.0.0.7`. Each is asked for all the same.',
  },
  'tools.fetchTimeoutMs': {
    type: 'integer',
    default: 30_000,
    min: 100,
    max: hour,
    rank: 'project',
    applies: 'gateway',
    doc: 'Time that a page may take which the model fetches, from the request to its last byte.',
  },
  'tools.env': {
    type: 'names',
    default: [],
    rank: 'user',
    applies: 'gateway',
    doc: 'Environment variables that are handed on to commands although their names or values look like secrets, or a shell obeys them (`ENV`, `CDPATH`).',
  },
  'tools.keepShell': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'gateway',
    doc: 'A command begins in the folder where the last one ended, and one that you are asked for also with the variables that those before it exported.',
  },
  'tools.keptOutputMb': {
    type: 'integer',
    default: 64,
    min: 0,
    max: 10_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'So much of what a command puts out is kept in a file, from its beginning, for the model and you to read on.',
  },
  'tools.keptOutputsMb': {
    type: 'integer',
    default: 1024,
    min: 0,
    max: 1_000_000,
    rank: 'user',
    applies: 'gateway',
    doc: 'All such files together; the oldest are removed first.',
  },
  'tools.keptOutputDays': {
    type: 'integer',
    default: 7,
    min: 1,
    max: 3650,
    rank: 'user',
    applies: 'gateway',
    doc: 'How long they stay.',
  },
  mcp: {
    type: 'servers',
    default: {},
    rank: 'user',
    applies: 'gateway',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how it is written in the configuration
    doc: 'MCP servers by name, whose tools the model gets: `command`, `args`, `env`, `cwd`, or `url`, `headers`; `tools`, `timeoutMs`, `startTimeoutMs`, `enabled`. In arguments, environment and headers `${NAME}` is a variable of the environment.',
  },
  'acp.agents': {
    type: 'commands',
    default: {},
    rank: 'user',
    applies: 'start',
    doc: 'Agents of the Agent Client Protocol by name, for `hermes chat --agent NAME`: `mine: node my-agent.js --acp`.',
  },
  'acp.loadTimeoutMs': {
    type: 'integer',
    default: 20_000,
    min: 100,
    max: hour,
    rank: 'user',
    applies: 'start',
    doc: 'Time that an agent may take to load a session; then a new one is begun, without what was said before.',
  },
  'permissions.mode': {
    type: 'choice',
    default: 'ask',
    choices: permissionModes,
    rank: 'user',
    applies: 'gateway',
    doc: 'What is done without a rule: `ask`; `accept-edits` writes inside the workspace; `plan` only reads; `bypass` asks nothing.',
  },
  'permissions.allow': {
    type: 'rules',
    default: [],
    effect: 'allow',
    rank: 'user',
    applies: 'gateway',
    doc: 'What needs no question: `bash(npm test *)`, `edit(src/**)`, `read(~/notes/**)`.',
  },
  'permissions.ask': {
    type: 'rules',
    default: [],
    effect: 'ask',
    rank: 'user',
    applies: 'gateway',
    doc: 'What asks although a rule or the mode would allow it.',
  },
  'permissions.deny': {
    type: 'rules',
    default: [],
    effect: 'deny',
    rank: 'user',
    applies: 'gateway',
    doc: 'What is never done.',
  },
  'permissions.sandbox': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'gateway',
    doc: 'Runs commands that would be asked for in a sandbox, unasked: the workspace can be written, everything else only read, secrets are hidden, and there is no network.',
  },
  'permissions.addDirs': {
    type: 'paths',
    default: [],
    rank: 'user',
    applies: 'gateway',
    doc: 'Further folders of the workspace.',
  },
  'gateway.command': {
    type: 'command',
    default: undefined,
    defaultDoc: 'the built-in gateway',
    env: 'HERMES_GATEWAY_COMMAND',
    rank: 'user',
    applies: 'gateway',
    doc: 'Program that is the gateway, a list or one line split as a shell does: `python3 -m tui_gateway.entry`.',
  },
  'gateway.startupTimeoutMs': {
    type: 'integer',
    default: 15_000,
    min: 100,
    max: hour,
    env: 'HERMES_TUI_STARTUP_TIMEOUT_MS',
    rank: 'project',
    applies: 'now',
    doc: 'Time a gateway has from its start to `gateway.ready`; after it the start counts as a death.',
  },
  'gateway.requestTimeoutMs': {
    type: 'integer',
    default: 120_000,
    min: 100,
    max: hour,
    env: 'HERMES_TUI_RPC_TIMEOUT_MS',
    rank: 'project',
    applies: 'gateway',
    doc: 'Time that one request to the gateway may take.',
  },
  'gateway.killGraceMs': {
    type: 'integer',
    default: 1500,
    min: 0,
    max: 60_000,
    rank: 'project',
    applies: 'now',
    doc: 'Time between SIGTERM and SIGKILL.',
  },
  'gateway.heartbeatMs': {
    type: 'integer',
    default: 1000,
    min: 50,
    max: 60_000,
    rank: 'project',
    applies: 'gateway',
    doc: 'How often a gateway that offers it is asked for a sign of life.',
  },
  'gateway.heartbeatMisses': {
    type: 'integer',
    default: 3,
    min: 1,
    max: 1000,
    rank: 'project',
    applies: 'gateway',
    doc: 'Unanswered heartbeats after which a gateway counts as stuck.',
  },
  'gateway.standby': {
    type: 'boolean',
    default: false,
    rank: 'project',
    applies: 'now',
    doc: 'Keep a second, idle built-in gateway that takes over at once.',
  },
  'recovery.limit': {
    type: 'integer',
    default: 3,
    min: 0,
    max: 1000,
    rank: 'project',
    applies: 'now',
    doc: 'Automatic restarts of a dead gateway within `recovery.windowMs`.',
  },
  'recovery.windowMs': {
    type: 'integer',
    default: 60_000,
    min: 1000,
    max: 24 * hour,
    rank: 'project',
    applies: 'now',
    doc: 'Sliding window of `recovery.limit`.',
  },
  'recovery.longLimit': {
    type: 'integer',
    default: 10,
    min: 0,
    max: 10_000,
    rank: 'project',
    applies: 'now',
    doc: 'Automatic restarts within `recovery.longWindowMs`, for a gateway that dies slowly but always.',
  },
  'recovery.longWindowMs': {
    type: 'integer',
    default: 1_800_000,
    min: 1000,
    max: 24 * hour,
    rank: 'project',
    applies: 'now',
    doc: 'Sliding window of `recovery.longLimit`.',
  },
  'recovery.backoffMs': {
    type: 'integers',
    default: [0, 250, 1000],
    min: 0,
    max: 60_000,
    rank: 'project',
    applies: 'now',
    doc: 'Pause before restart 1, 2, …; the last one repeats, each varies by 20 %.',
  },
  'recovery.stableMs': {
    type: 'integer',
    default: 30_000,
    min: 0,
    max: hour,
    rank: 'project',
    applies: 'now',
    doc: 'Time alive after which the pauses start over.',
  },
  'recovery.inflight': {
    type: 'choice',
    default: 'keep',
    choices: ['keep', 'continue', 'retry'],
    rank: 'project',
    applies: 'now',
    doc: 'What follows for a reply that the death broke off: `keep` leaves it to you, `continue` goes on, `retry` asks again.',
  },
  'session.detach': {
    type: 'choice',
    default: 'turn',
    choices: ['turn', 'never', 'always'],
    rank: 'user',
    applies: 'gateway',
    doc: 'What outlives a terminal that is lost: a `turn` that runs or waits for you, `always` the idle session too, or `never` anything.',
  },
  'session.lingerMs': {
    type: 'integer',
    default: 600_000,
    min: 0,
    max: 24 * hour,
    rank: 'user',
    applies: 'gateway',
    doc: 'How long a session without a terminal stays when there is nothing left to do.',
  },
  'session.waitMs': {
    type: 'integer',
    default: 24 * hour,
    min: 0,
    max: 168 * hour,
    rank: 'user',
    applies: 'gateway',
    doc: 'How long a session without a terminal waits for your answer; the question itself is kept longer.',
  },
  'session.queueWhileDetached': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'gateway',
    doc: 'What is queued goes out while no terminal is there, one after the other; else it waits until you are back.',
  },
  'memory.warnPercent': {
    type: 'integer',
    default: 80,
    min: 1,
    max: 100,
    rank: 'project',
    applies: 'start',
    doc: "Share of its memory limit (the cgroup's, or that of its heap) from which hermes warns.",
  },
  'memory.criticalPercent': {
    type: 'integer',
    default: 92,
    min: 1,
    max: 100,
    rank: 'project',
    applies: 'start',
    doc: 'Share from which hermes saves everything and ends itself with exit code 90, before the system would.',
  },
  'ui.showReasoning': {
    type: 'boolean',
    default: false,
    rank: 'project',
    applies: 'now',
    doc: "Print a model's reasoning in full. Otherwise its end is seen while it comes, and then a line with its time.",
  },
  'ui.theme': {
    type: 'choice',
    default: 'auto',
    choices: ['auto', 'dark', 'light', 'high-contrast', '16'],
    rank: 'user',
    applies: 'now',
    doc: "Colours: `auto` is dark or light by the terminal's background, `16` the terminal's own. In a chat: `/theme`.",
  },
  keys: {
    type: 'keys',
    default: {},
    rank: 'user',
    applies: 'now',
    doc: 'Keys of your own, a list for each action: `editor: [ctrl+g, alt+e]`, `complete: []` for none. `/keys names` in a chat says what actions are called.',
  },
  'ui.reducedMotion': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'start',
    env: 'HERMES_REDUCED_MOTION',
    doc: 'Nothing turns, and times change every ten seconds. Also where the environment has `NO_MOTION`.',
  },
  'ui.windowTitle': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'start',
    doc: "Show title and state of the session in the window's title; at the end the one before is there again.",
  },
  'ui.notify': {
    type: 'choice',
    default: 'auto',
    choices: ['auto', 'bell', 'off'],
    rank: 'user',
    applies: 'start',
    doc: 'How you are told, while the window is not in front, that a long turn ended or a question waits: `auto` is a notification of the desktop where the terminal is known to have them (OSC 9), else its bell.',
  },
  'ui.notifyAfterMs': {
    type: 'integer',
    default: 10_000,
    min: 0,
    max: 24 * hour,
    rank: 'user',
    applies: 'start',
    doc: 'A turn is long from here on; where the terminal does not tell whether it is in front, you are away after as long without a key.',
  },
  'ui.progress': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'start',
    doc: 'Show in the tab of the terminal that something runs (OSC 9;4), where it is known to do so.',
  },
  'ui.screenReader': {
    type: 'boolean',
    default: false,
    rank: 'user',
    applies: 'start',
    env: 'HERMES_SCREEN_READER',
    doc: 'Plain lines, one after the other, in place of a screen; where `TERM` is `dumb` or not set it is so without it.',
  },
  'hooks.timeoutMs': {
    type: 'integer',
    default: 500,
    min: 1,
    max: 60_000,
    rank: 'project',
    applies: 'start',
    doc: 'Time that one hook of a plugin may take before it counts as failed.',
  },
  'hooks.commandTimeoutMs': {
    type: 'integer',
    default: 10_000,
    min: 1,
    max: hour,
    rank: 'project',
    applies: 'start',
    doc: 'Time that a slash command of a plugin may take.',
  },
  'hooks.toolBeforeFailure': {
    type: 'choice',
    default: 'permissions',
    choices: ['permissions', 'ask', 'deny'],
    rank: 'user',
    applies: 'gateway',
    doc: 'What a call of a tool comes to whose `tool:before` hook failed or could not be asked: `permissions` leaves it to rules and mode, `ask` has you asked, `deny` denies it.',
  },
  'hooks.gateway:spawn': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'Line of shell that is run when a gateway process was started; the event is on its stdin, as JSON.',
  },
  'hooks.gateway:exit': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when a gateway process has ended, expected or not.',
  },
  'hooks.gateway:recover': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same at each step of a recovery.',
  },
  'hooks.gateway:attach': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when a gateway that worked without a terminal is used.',
  },
  'hooks.gateway:detach': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when the chat ends and its gateway works on.',
  },
  'hooks.session:waiting': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when a question waits for you.',
  },
  'hooks.chat:end': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when hermes ends in order.',
  },
  'hooks.tool:before': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same before a tool runs: exit code 2 denies it, with what it prints to stderr as the reason; `{"deny": "why"}` or `{"ask": "why"}` on stdout do so too.',
  },
  'hooks.tool:after': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when a call of a tool is over.',
  },
  'hooks.turn:end': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same when a turn is over.',
  },
  'hooks.gateway:lifecycle': {
    type: 'string',
    default: undefined,
    rank: 'user',
    applies: 'start',
    doc: 'The same at every event of the gateway.',
  },
  'log.enabled': {
    type: 'boolean',
    default: true,
    rank: 'user',
    applies: 'start',
    doc: 'Write the crash log.',
  },
  'log.path': {
    type: 'path',
    default: undefined,
    defaultDoc: '`$HERMES_HOME/logs/tui_gateway_crash.log`',
    rank: 'user',
    applies: 'start',
    doc: 'Where the crash log is.',
  },
  'log.maxBytes': {
    type: 'integer',
    default: 1_048_576,
    min: 4096,
    max: 1_073_741_824,
    rank: 'user',
    formerly: 'project',
    applies: 'start',
    doc: 'Size at which the crash log is rotated.',
  },
  'log.files': {
    type: 'integer',
    default: 5,
    min: 1,
    max: 100,
    rank: 'user',
    formerly: 'project',
    applies: 'start',
    doc: 'Rotated crash logs that are kept.',
  },
} as const satisfies Record<string, Setting>

export type ConfigKey = keyof typeof settings

type ValueOfType<S> = S extends {type: 'string' | 'path'}
  ? string
  : S extends {type: 'boolean'}
    ? boolean
    : S extends {type: 'integer'}
      ? number
      : S extends {type: 'integers'}
        ? readonly number[]
        : S extends {type: 'choice'; choices: readonly (infer C)[]}
          ? C
          : S extends {type: 'command' | 'rules' | 'paths' | 'names' | 'hosts'}
            ? readonly string[]
            : S extends {type: 'commands'}
              ? Readonly<Record<string, readonly string[]>>
              : S extends {type: 'providers'}
                ? Readonly<Record<string, ProviderConfig>>
                : S extends {type: 'servers'}
                  ? Readonly<Record<string, McpServerConfig>>
                  : never

/** Effective values by flat key: `config['recovery.limit']`. Durations are milliseconds, sizes bytes. */
export type Config = {
  readonly [K in ConfigKey]: undefined extends (typeof settings)[K]['default']
    ? ValueOfType<(typeof settings)[K]> | undefined
    : ValueOfType<(typeof settings)[K]>
}

export const configKeys = Object.keys(settings) as ConfigKey[]

export function isConfigKey(key: string): key is ConfigKey {
  return Object.hasOwn(settings, key)
}

/** The table's row for a key, with the optional columns visible. */
export function settingOf(key: ConfigKey): Setting {
  return settings[key]
}

/** A configuration with every key at its default. */
export function defaultConfig(): Config {
  return Object.fromEntries(configKeys.map((key) => [key, settings[key].default])) as Config
}
