import type {ShellWord} from '../shell/types.js'

/**
 * How much of a line is looked at, so that a decision takes a bounded time whatever a model writes. Measured with rules
 * of every kind each of these comes to at most 0.2 s.
 */
export const scanLimits = {
  /** Of the line itself; a longer one is not looked at. */
  characters: 20_000,
  /** Simple commands, those in substitutions and in texts too. */
  commands: 200,
  /** Characters of texts that are read as commands again. */
  innerCharacters: 40_000,
  /** Words of all the commands that programs such as `xargs` may be given, each word of theirs being a possible start. */
  innerWords: 200_000,
  /** Names of files and folders that are looked up to see which files the words mean. */
  names: 20_000,
}

/** Takes from `scanLimits` what a look costs; once one is used up it says so for good. */
export class ScanBudget {
  readonly #left = {...scanLimits}
  exhausted = false

  /** Whether it is left, and taken. */
  spend(kind: keyof typeof scanLimits, amount = 1): boolean {
    this.#left[kind] -= amount
    if (this.#left[kind] < 0) this.exhausted = true
    return !this.exhausted
  }

  /** One command, whose words may be files in each of the folders. */
  command(words: readonly ShellWord[], folders: readonly string[] = ['/']): boolean {
    const names = (text: string) => text.split('/').length
    const ofWords = words.reduce((sum, {text}) => sum + names(text), 0)
    const ofFolders = folders.reduce((sum, folder) => sum + names(folder), 0)
    return this.spend('commands') && this.spend('names', ofWords * folders.length + words.length * ofFolders)
  }
}
