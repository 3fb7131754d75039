/** An agent that is known by a short name: how it is started, and in what it is at fault. */
export interface KnownAgent {
  /** Words of its command. */
  command: readonly string[]
  faults: readonly AgentFault[]
}

/** What an agent does wrong, which no protocol tells. */
export interface AgentFault {
  /** What is done about it. */
  kind: /** A session that it is asked for in the minute of its creation is destroyed: the minute is waited for. */
    | 'young-session'
    /** A session that it is asked for a second time is destroyed: a new one is begun, and what was said is offered. */
    | 'loads-once'
    /** Asking for a session may take for ever: a new one is begun when the time is over. */
    | 'load-hangs'
    /** It starts itself once more: its whole process group is ended with it. */
    | 're-execs'
    /** What it streamed of a reply that was cut off is not in the session that it loads. */
    | 'loses-cut-reply'
  /** One line for the person. */
  text: string
  /** The report that names it. */
  report: string
}

const losesCutReply: AgentFault = {
  kind: 'loses-cut-reply',
  text: 'does not know what it had written of a reply that was cut off',
  report: 'seen by killing it in a reply, November 2026',
}

export const knownAgents: ReadonlyMap<string, KnownAgent> = new Map<string, KnownAgent>([
  [
    'gemini',
    {
      command: ['gemini', '--acp'],
      faults: [
        {
          kind: 'young-session',
          text: 'destroys a session that is loaded in the minute in which it was created',
          report: 'google-gemini/gemini-cli#28693, #28775',
        },
        {
          kind: 'loads-once',
          text: 'destroys a session that is loaded a second time',
          report: 'google-gemini/gemini-cli#27368, and seen by killing it twice, November 2026',
        },
        {kind: 're-execs', text: 'starts itself once more', report: 'kurrent-io/kcap-cli#458'},
        losesCutReply,
      ],
    },
  ],
  ['opencode', {command: ['opencode', 'acp'], faults: [losesCutReply]}],
  [
    'kiro',
    {
      command: ['kiro-cli', 'acp'],
      faults: [{kind: 'load-hangs', text: 'may never answer session/load', report: 'kirodotdev/Kiro#6753'}],
    },
  ],
  ['claude', {command: ['claude-agent-acp'], faults: []}],
  ['codex', {command: ['codex-acp'], faults: []}],
  ['goose', {command: ['goose', 'acp'], faults: []}],
  ['qwen', {command: ['qwen', '--acp'], faults: []}],
])

export interface ChosenAgent {
  /** For the person, and for rules: letters, digits and `-`. */
  name: string
  command: readonly string[]
  faults: readonly AgentFault[]
}

/**
 * What `--agent` means: a name of the configuration (`acp.agents`), a known one, or a command in words. Undefined where it
 * is empty.
 */
export function chosenAgent(
  words: readonly string[],
  configured: Readonly<Record<string, readonly string[]>>,
): ChosenAgent | undefined {
  const [first] = words
  if (first === undefined) return undefined
  const own = words.length === 1 && Object.hasOwn(configured, first) ? configured[first] : undefined
  const known = words.length === 1 ? knownAgents.get(first) : undefined
  const command = own ?? known?.command ?? words
  const name = own || known ? first : nameOf(command)
  return {name: nameOf([name]), command, faults: (known ?? byProgram(command))?.faults ?? []}
}

/** `npx @google/gemini-cli --acp` is gemini as well. */
function byProgram(command: readonly string[]): KnownAgent | undefined {
  const text = command.join(' ')
  return [...knownAgents].find(([name]) => new RegExp(`(?:^|[\\s/@])${name}(?:-cli|-ai)?(?=$|[\\s@])`).test(text))?.[1]
}

/** Of a program: `gemini` of `/usr/bin/gemini --acp`; behind an interpreter its script. */
function nameOf(command: readonly string[]): string {
  const program =
    command.find((word, index) => !word.startsWith('-') && !(index === 0 && isLauncher(word))) ?? command[0]
  const base =
    (program ?? '')
      .split(/[\\/]/)
      .at(-1)
      ?.replace(/\.(?:[cm]?js|ts|py|exe|cmd)$/i, '') ?? ''
  return (
    base
      .replace(/[^A-Za-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 24) || 'agent'
  )
}

const isLauncher = (word: string) => /(?:^|[\\/])(?:node|npx|bunx?|deno|python[\d.]*|uvx?|env)(?:\.exe)?$/i.test(word)

const MINUTE_MS = 60_000
/** A clock may be a little off. */
const AFTER_MINUTE_MS = 1000

/** How long a session of that age, by the clock, is better not asked for; milliseconds. */
export function waitBeforeLoad(faults: readonly AgentFault[], createdAt: number, now: number): number {
  if (!faults.some(({kind}) => kind === 'young-session')) return 0
  return Math.max(0, (Math.floor(createdAt / MINUTE_MS) + 1) * MINUTE_MS + AFTER_MINUTE_MS - now)
}
