import {isPython} from './python.js'

/** What a command runs: its exit codes mean what that says, and advice is for that. */
export interface GatewayProgram {
  /** Undefined where the command does not say. */
  language: 'node' | 'python' | undefined
  /** A program in between, which ends with 128 and more where a signal ended what it ran: a shell, ssh, a container. */
  wrapper: string | undefined
}

/** They stay, and end with the exit code of what they ran. */
const staying =
  /^(?:(?:ba|da|z|fi|k|a)?sh|ssh|docker|podman|kubectl|timeout|uv|uvx|poetry|pipx|pipenv|conda|npx|npm|pnpm|yarn|sudo|doas|wsl|flatpak|bwrap|script|strace|xvfb-run|systemd-run)$/
/** They become what they run. */
const becoming = /^(?:env|exec|nice|nohup|setsid|stdbuf|ionice|chrt|taskset)$/
const inText = /(?:^|[\s/"'])(python(?:\d+(?:\.\d+)*)?|node|nodejs)(?=$|[\s"'])/

export function gatewayProgram(command: readonly string[]): GatewayProgram {
  // It ends as its agent did, which may be any program.
  if (command.some((word) => /[\\/]acp[\\/]adapter[\\/]main\.[jt]s$/.test(word))) {
    return {language: undefined, wrapper: undefined}
  }
  const name = nameOf(command[0])
  if (isPython(name)) return {language: 'python', wrapper: undefined}
  if (isNode(name) || (name === 'hermes' && command[1] === 'gateway')) return {language: 'node', wrapper: undefined}
  const wrapper = staying.test(name) ? name : undefined
  if (wrapper === undefined && !becoming.test(name)) return {language: undefined, wrapper}
  const rest = command.slice(1)
  const found = inText.exec(rest.join(' '))?.[1]
  const inner = rest.map(nameOf).find((word) => staying.test(word))
  const language = found === undefined ? undefined : found.startsWith('python') ? 'python' : 'node'
  return {language, wrapper: wrapper ?? inner}
}

const isNode = (name: string) => /^(?:node|nodejs|bun)$/i.test(name)

/** Without folder and ending, of any system: a log may be read on another one. */
function nameOf(word = ''): string {
  return (word.split(/[\\/]/).at(-1) ?? '').replace(/\.exe$/i, '')
}
