/** What a tool is about to do, in the words that rules use. Paths are absolute with every link resolved. */
export type Access =
  /** `cwd` as the tool was given it. */
  | {tool: 'bash'; command: string; cwd: string}
  | {tool: 'read'; path: string}
  | {tool: 'edit'; path: string}
  /** A whole address of the web, as `URL` spells it: in ASCII, without user and password. */
  | {tool: 'fetch'; url: string}
  /** A tool of an MCP server, `mcp__SERVER__TOOL`; `call`: what the person is shown of it. */
  | {tool: 'mcp'; name: string; call: string}

/** `ask` (default), `accept-edits`: writes inside the workspace are not asked for, `plan`: reads only, `bypass`: nothing is asked. */
export const permissionModes = ['ask', 'accept-edits', 'plan', 'bypass'] as const
export type PermissionMode = (typeof permissionModes)[number]

export type RuleEffect = 'allow' | 'ask' | 'deny'

/** Where a rule came from, for the person who asks why. */
export type RuleSource = 'flag' | 'configuration' | 'project' | 'session'

/** A line such as `bash(npm test *)` or `edit(src/**)`; see `rule.ts` for its syntax. */
export interface Rule {
  tool: string
  /** What stands between the parentheses; undefined: the whole tool. */
  pattern: string | undefined
  /** As it is written down and shown. */
  text: string
}

/** A rule in force. */
export interface ActiveRule {
  effect: RuleEffect
  rule: Rule
  source: RuleSource
  /** Root of the workspace that it was made in, and in which alone it holds; undefined: in every one. */
  workspace?: string
}

export type Decision =
  | {verdict: 'allow'; why: 'reads' | 'rule' | 'mode'; rule?: Rule; run?: RunnableScript}
  /** `why` is one line for the person, where there is something to say beside the access itself. */
  | {verdict: 'ask'; why?: string; rule?: Rule}
  /**
   * `why` is one line for the model. `by` tells a rule and the mode from a run in which nobody can be asked; there `hint`
   * is the rule that would have allowed it, for the person.
   */
  | {verdict: 'deny'; by: 'rule' | 'mode' | 'run'; why: string; rule?: Rule; hint?: string}

/** One choice of how long a yes holds, with the words in which it is offered. */
export interface Offer {
  scope: 'session' | 'always'
  /** The rule that a yes makes. */
  rule: string
  /** What it would cover: `exactly this command`, `npm test with any arguments`, `this file`. */
  covers: string
}

/** A command that was proved to only read: started from its parsed words. */
export interface RunnableScript {
  lists: readonly RunnableList[]
}

/** A pipeline, and under which condition it runs: after `&&`, `||` or `;`. */
export interface RunnableList {
  when: 'first' | 'and' | 'or' | 'then'
  pipeline: readonly RunnableCommand[]
}

export interface RunnableCommand {
  /** Absolute path of the program, looked up outside the workspace. */
  program: string
  args: readonly string[]
  /** Absolute; set behind a `cd`. Default: where the script runs. */
  cwd?: string
  /** `2>&1`, `2>/dev/null`; default its own. */
  stderr?: 'stdout' | 'null'
  /** `>/dev/null`. */
  stdout?: 'null'
  /** Beside the scrubbed environment; undefined takes a variable out. */
  env?: Readonly<Record<string, string | undefined>>
}
