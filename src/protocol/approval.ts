/**
 * What a person decides by. `command` and `description` are the reference's, the others the built-in gateway's; the
 * answer is `approval.respond {request_id, choice, rule?, reason?}`.
 */
export interface ApprovalRequest {
  /** The whole command; of a file its real path; of a page its whole address, in ASCII; of a server's tool what it is given. */
  command: string
  description: string
  pattern_key?: string
  allow_permanent?: boolean
  request_id?: string
  /** Autumn 2026: what may be said. An empty list says nothing about it. */
  choices?: string[]
  allow_session?: boolean
  /** The gateway's own judge would deny it. */
  smart_denied?: boolean
  tool_name?: string
  /** Default `command`. */
  kind?: 'command' | 'edit' | 'read' | 'fetch' | 'mcp'
  /** Unified diff of what would be written, without colours. */
  diff?: string
  /** Working directory of a command. */
  cwd?: string
  /** Why it is dangerous, a line each: `deletes files`. */
  dangers?: string[]
  /** What is destroyed by it can't be had back: nothing is preselected. */
  destructive?: boolean
  /** Why it is asked, where a rule or a mode says so. */
  why?: string
  /** Who asks, where it is not the session's own model: the name of a sub-agent, or of a task in the background. */
  agent?: string
  /** A hook of a plugin has it asked: who, and the reason. Nothing is offered beside once. */
  asked_by?: {by: string; reason: string}
  /** How long a yes may hold beside `once`; the chosen one comes back as `choice` and `rule`. */
  offers?: {scope: 'session' | 'always'; rule: string; covers: string}[]
}
