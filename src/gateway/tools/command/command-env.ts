import {createRedactor, isSecretName} from '../../../redact/index.js'

/** What a command of the model finds in its environment, and what of it is held back. */
export interface CommandEnv {
  env: NodeJS.ProcessEnv
  /** Values that are held back: they are masked wherever a tool's result shows them. */
  heldBack: string[]
}

/** A chat that a command starts is another one: it inherits neither our rules nor our wiring. */
const ours = /^HERMES_(?!HOME$)/

/** By these a shell runs something else than a command says, or elsewhere: rules are for what it says. */
const shellsOwn = /^(?:CDPATH|ENV|BASH_ENV|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|IFS|GLOBIGNORE|BASH_FUNC_.*)$/s

/** By its path a program asks for a password on the person's own terminal, over what is drawn there, and waits. */
const terminals = new Set(['GPG_TTY', 'SSH_TTY'])

/** Names that mean a secret for a variable, and in a text any word: `DB_PASS`, `GITHUB_PAT`, `SENTRY_DSN`. */
const secretVariable = /(?:^|_)(?:(?:ssh)?pass|pw|pat|jwt|dsn|auth|bearer|key|webhook(?:_url)?)$/i

/** A token by its form, an address with a password. */
const redact = createRedactor()

/**
 * The environment without what looks like a secret, by its name or by its value, and without what directs the shell, but
 * for the names in `handedOn` (configuration `tools.env`): a command's output goes to the model. Pagers and prompts would
 * wait for ever.
 */
export function commandEnv(env: NodeJS.ProcessEnv, handedOn: readonly string[] = []): CommandEnv {
  const kept: NodeJS.ProcessEnv = {}
  const heldBack: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (handedOn.includes(name)) kept[name] = value
    else if (isSecret(name, value)) heldBack.push(value, ...passwordIn(value))
    else if (!ours.test(name) && !shellsOwn.test(name) && !terminals.has(name)) kept[name] = value
  }
  return {
    env: {...kept, TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0'},
    heldBack,
  }
}

function isSecret(name: string, value: string): boolean {
  // `NPM_TOKEN_2` is one as `NPM_TOKEN` is.
  const plain = name.replace(/_?\d+$/, '')
  return isSecretName(name) || isSecretName(plain) || secretVariable.test(plain) || redact(value) !== value
}

/** An address is seldom shown as a whole. */
function passwordIn(value: string): string[] {
  const password = /:\/\/[^\s/:@]*:([^\s@]+)@/.exec(value)?.[1]
  return password === undefined ? [] : [password]
}
