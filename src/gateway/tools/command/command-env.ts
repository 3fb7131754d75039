import {isSecretName} from '../../../redact/index.js'

/** What a command of the model finds in its environment, and what of it is held back. */
export interface CommandEnv {
  env: NodeJS.ProcessEnv
  /** Values that are held back: they are masked wherever a tool's result shows them. */
  heldBack: string[]
}

/** A chat that a command starts is another one: it inherits neither our rules nor our wiring. */
const ours = /^HERMES_(?!HOME$)/

/**
 * The environment without what looks like a secret by its name, but for the names in `handedOn` (configuration
 * `tools.env`): a command's output goes to the model. Pagers and prompts would wait for ever.
 */
export function commandEnv(env: NodeJS.ProcessEnv, handedOn: readonly string[] = []): CommandEnv {
  const kept: NodeJS.ProcessEnv = {}
  const heldBack: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    if (handedOn.includes(name)) kept[name] = value
    else if (isSecretName(name)) heldBack.push(value)
    else if (!ours.test(name)) kept[name] = value
  }
  return {
    env: {...kept, TERM: 'dumb', NO_COLOR: '1', PAGER: 'cat', GIT_PAGER: 'cat', GIT_TERMINAL_PROMPT: '0'},
    heldBack,
  }
}
