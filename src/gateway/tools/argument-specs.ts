/** A value without parts. */
export type ScalarSpec =
  | {type: 'string'; enum?: readonly string[]; minLength?: number; maxLength?: number}
  | {type: 'integer'; minimum: number; maximum: number}
  | {type: 'boolean'}

/** A list of texts that are not empty. */
export interface TextsSpec {
  type: 'array'
  items: 'string'
  minItems?: number
  maxItems: number
}

/** A field of the entries of a list; required unless it is optional. */
export type ItemSpec = {description: string; optional?: true} & (ScalarSpec | TextsSpec)

/** One argument of a tool, from which both its JSON Schema and its check are made. */
export type ArgumentSpec = {description: string; required?: boolean} & (
  | ScalarSpec
  | TextsSpec
  | {type: 'array'; items: Readonly<Record<string, ItemSpec>>; minItems?: number; maxItems: number}
)

export type ArgumentSpecs = Readonly<Record<string, ArgumentSpec>>

type ScalarOf<S> = S extends {type: 'string'; enum: readonly (infer E)[]}
  ? E
  : S extends {type: 'string'}
    ? string
    : S extends {type: 'integer'}
      ? number
      : S extends {type: 'boolean'}
        ? boolean
        : S extends TextsSpec
          ? string[]
          : never

type ValueOf<S extends ArgumentSpec> = S extends {type: 'array'; items: 'string'}
  ? string[]
  : S extends {type: 'array'; items: infer I}
    ? {[K in keyof I]: I[K] extends {optional: true} ? ScalarOf<I[K]> | undefined : ScalarOf<I[K]>}[]
    : ScalarOf<S>

/** Checked arguments: required ones are there, the others may be undefined. */
export type ArgumentsOf<S extends ArgumentSpecs> = {
  [K in keyof S]: S[K] extends {required: true} ? ValueOf<S[K]> : ValueOf<S[K]> | undefined
}
