import type {ParsedCommand, ShellWord} from './shell/types.js'

/** What is known of the shell's language and of programs; handed in, so that only who judges a command loads it. */
export interface ShellReader {
  parse(command: string): Promise<ParsedCommand>
  /** Of `timeout 5 npm test`, `nice`, `nohup`, `time`, `stdbuf`, `command`, `env` without variables what they run. */
  wrapped(words: readonly ShellWord[]): readonly ShellWord[] | undefined
  /** Program and subcommand, as `npm run lint` of `npm run lint --fix`; undefined where no more than this very command should be allowed. */
  prefixOf(words: readonly string[]): readonly string[] | undefined
}

/** One word of a shell that stands for this text. */
export function quoteWord(text: string): string {
  return /^[\w./:,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
