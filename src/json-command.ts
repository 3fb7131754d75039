import {Command} from '@oclif/core/command'
import {visibleJson} from './control-sequences.js'
import {exitCodes, messageOf} from './errors.js'
import {usageError} from './refusal/usage.js'

/** What `--json` prints of a command that failed. */
export interface JsonError {
  error: {
    /** Stable name, as `config/unknown-key`, `cli/usage`; absent for defects. */
    code?: string
    message: string
    /** Exit code of the command. */
    exit: number
    suggestions?: string[]
  }
}

/** A command with `--json`. oclif prints an error as it is, and one about a flag holds its whole configuration. */
export abstract class JsonCommand extends Command {
  static override enableJsonFlag = true

  /** oclif's own colours it where a theme is set; a name in it could drive the terminal. */
  override logJson(json: unknown): void {
    process.stdout.write(`${visibleJson(JSON.stringify(json, null, 2) ?? 'null')}\n`)
  }

  protected override toErrorJson(error: unknown): JsonError {
    const told = usageError(error, this.config, this.id ?? '') ?? error
    const {code, suggestions, oclif} = told as {code?: unknown; suggestions?: unknown; oclif?: {exit?: number}}
    return {
      error: {
        ...(typeof code === 'string' ? {code} : {}),
        message: messageOf(told),
        exit: oclif?.exit ?? exitCodes.failure,
        ...(Array.isArray(suggestions) && suggestions.length > 0 ? {suggestions} : {}),
      },
    }
  }
}
