import {exitCodes, HermesError} from '../errors.js'
import {flagValues, MAX_FLAG_BYTES} from './handed-down.js'
import type {LoadedConfig} from './load.js'

export interface PromptFlags {
  systemPrompt?: string | undefined
  appendSystemPrompt?: string | undefined
}

/**
 * A configuration with the instructions of the command line: in place of the configured ones, or behind them. An empty
 * `--system-prompt` is none. Throws a HermesError `usage/system-prompt-too-long`.
 */
export function withSystemPrompt(config: LoadedConfig, {systemPrompt, appendSystemPrompt}: PromptFlags): LoadedConfig {
  if (systemPrompt === undefined && appendSystemPrompt === undefined) return config
  const parts = [systemPrompt ?? config.values.systemPrompt, appendSystemPrompt ?? '']
  const told = parts.filter((part) => part.trim() !== '').join('\n\n')
  const given: LoadedConfig = {
    ...config,
    values: {...config.values, systemPrompt: told},
    origins: {...config.origins, systemPrompt: {kind: 'flag'}},
  }
  const bytes = Buffer.byteLength(JSON.stringify(flagValues(given)))
  if (bytes <= MAX_FLAG_BYTES) return given
  const flag = systemPrompt === undefined ? '--append-system-prompt' : '--system-prompt'
  throw new HermesError(`${flag} is too long: ${bytes} bytes as JSON; expected at most ${MAX_FLAG_BYTES}`, {
    code: 'usage/system-prompt-too-long',
    exit: exitCodes.usage,
    suggestions: ['write it to AGENTS.md of the folder, or name a file in the prompt with @'],
  })
}
