/** A word of a command. */
export interface ShellWord {
  /** After quote removal; as it is written where a shell would make something else of it. */
  text: string
  /** False when bash, dash or zsh would expand it: then nobody knows what the program is given. */
  literal: boolean
}

export interface ShellAssignment {
  name: string
  /** Undefined for a list (`a=(b c)`) and for an element of one (`a[1]=b`). */
  value: ShellWord | undefined
}

export interface ShellRedirect {
  /** `>`, `>>`, `<`, `<>`, `<&`, `>&`, `>|`, `&>`, `&>>`, `<<<`, `<<`, `<<-`. */
  operator: string
  /** In front of the operator: `2` of `2>x`, `fd` of `{fd}>x`. */
  descriptor: number | string | undefined
  /** A here-document's text for `<<` and `<<-`. */
  target: ShellWord | undefined
}

/**
 * One program or builtin, wherever in a script it stands. What runs no program but evaluates (`[[ … ]]`,
 * `(( … ))`, `for x in $y`) is one too, with its keyword as the first word and the rest not literal;
 * so are the redirections of a group, without any words.
 */
export interface SimpleCommand {
  words: readonly ShellWord[]
  /** In front of the first word; without words they change the shell's own variables. */
  assignments: readonly ShellAssignment[]
  redirects: readonly ShellRedirect[]
  /** As it is written. */
  text: string
  /** In `( )`, a substitution, a pipeline or the background: what it changes in the shell is gone afterwards. */
  inSubshell: boolean
  background: boolean
  /** The commands from this index on up to itself write, or may write, to its standard input. */
  pipedFrom: number | undefined
  /** The commands behind it, up to and without this index, stand inside it: in substitutions, in the body of its loop. */
  nestedTo: number
}

/** A script of which every word is known, or is a glob that can be expanded by somebody else than a shell. */
export interface PlainScript {
  lists: readonly PlainList[]
}

export interface PlainList {
  when: 'first' | 'and' | 'or' | 'then'
  pipeline: readonly PlainCommand[]
}

export interface PlainCommand {
  words: readonly PlainWord[]
  stdout?: 'null'
  /** `stdout`: where standard output went before it was sent to nowhere. */
  stderr?: 'stdout' | 'null'
}

export interface PlainWord {
  text: string
  /** A glob: `* ? [a-z] [!a]` count, a backslash takes the meaning of the character behind it. */
  pattern?: string
}

export type ParsedCommand =
  | {
      complete: true
      commands: readonly SimpleCommand[]
      plain?: PlainScript
      /** Why it isn't plain. */
      notPlain?: string
    }
  /** `commands` is what was found all the same: others may be hidden. */
  | {complete: false; problem: string; commands: readonly SimpleCommand[]}
