import {existsSync} from 'node:fs'
import path from 'node:path'
import {splitCommand} from '../config/command-line.js'
import {privateReportFlags} from '../crash-log/index.js'
import {exitCodes, HermesError} from '../errors.js'
import type {GatewayCommand} from '../supervisor/command.js'

/**
 * Arguments for Node that start the gateway which speaks to an agent: the bundle, or the source where this program itself
 * runs from source. `words`: the agent's name, or its command. `root`: the folder of our package.json.
 */
export function agentGateway(root: string, words: readonly string[], self: string = import.meta.url): string[] {
  if (self.endsWith('.ts')) {
    const source = path.join(root, 'src', 'acp', 'adapter', 'main.ts')
    return [...privateReportFlags, '--import', import.meta.resolve('tsx'), source, ...words]
  }
  const file = path.join(root, 'dist', 'acp', 'adapter', 'main.js')
  if (!existsSync(file)) {
    throw new HermesError(`the gateway for agents is missing: ${file}`, {
      code: 'gateway/not-built',
      exit: exitCodes.gateway,
      suggestions: ['install hermes again; in a clone of its source run: npm run build'],
    })
  }
  return [...privateReportFlags, file, ...words]
}

/** `--agent` in words. Throws a HermesError for what no shell would take. */
export function agentWords(given: string, env: NodeJS.ProcessEnv): string[] {
  const split = splitCommand(given, env)
  if ('words' in split && split.words.length > 0) return split.words
  const problem = 'problem' in split ? `${split.problem} in it` : 'it is empty'
  throw new HermesError(`--agent ${given}: ${problem}`, {
    code: 'usage/bad-agent',
    exit: exitCodes.usage,
    suggestions: ["name an agent, or its command: --agent gemini, --agent 'opencode acp'"],
  })
}

/** What is started in place of the built-in gateway. */
export function agentLaunch(
  root: string,
  words: readonly string[],
  {cwd, env}: {cwd: string; env: NodeJS.ProcessEnv},
): GatewayCommand {
  const here = env.HERMES_CWD?.trim() || cwd
  return {command: [process.execPath, ...agentGateway(root, words)], cwd: here, env: {...env}, builtin: false}
}
