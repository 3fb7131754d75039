/** What a library hands over, and takes back, beside a part of a reply: by library, then by name. */
export type PartOptions = Record<string, Record<string, unknown>>

/** A part of a reply. Its text is that of the message, so that it is stored once. */
export type SignedPart =
  /** `length` in UTF-16 code units. */
  | {kind: 'text' | 'reasoning'; length: number; options?: PartOptions}
  /** The next call of the step. */
  | {kind: 'call'; options?: PartOptions}

/**
 * One reply of a model in the order of its parts, with the signatures and ids that its provider wants back with them.
 * Only who made them can read them.
 */
export interface SignedStep {
  /** Model that made it: `anthropic/claude-opus-5`. */
  origin: string
  /** Reasoning was asked for. */
  reasons: boolean
  parts: SignedPart[]
}

/** What the libraries read of what they hand over; all else (citations, logprobs, ids of the reply) is not stored. */
const keptNames: ReadonlySet<string> = new Set([
  'signature',
  'redactedData',
  'redactedContent',
  'itemId',
  'reasoningEncryptedContent',
  'phase',
  'thoughtSignature',
  'reasoning_details',
])

/** A step of 64 000 tokens of reasoning has some 400 KB of them. Characters of JSON. */
const MAX_SIGNED = 2_000_000

/** Libraries that say all under an older name too, by that. */
const newerNames: Readonly<Record<string, string>> = {bedrock: 'amazonBedrock', vertex: 'googleVertex'}

/** The part of a library's metadata that it wants back; undefined: nothing. */
export function keptOptions(metadata: PartOptions | undefined): PartOptions | undefined {
  const kept = Object.entries(metadata ?? {}).flatMap(([library, members]) => {
    const newer = Object.hasOwn(newerNames, library) ? newerNames[library] : undefined
    if (newer !== undefined && metadata && newer in metadata) return []
    const own = Object.entries(members ?? {}).filter(
      ([name, value]) => keptNames.has(name) && value !== null && value !== undefined,
    )
    return own.length > 0 ? [[library, Object.fromEntries(own)] as const] : []
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

/** As it is stored. Of one that is too large only the order is kept: its provider goes on without signatures, or refuses. */
export function encodeSigned(step: SignedStep): string {
  const json = JSON.stringify(step)
  return json.length <= MAX_SIGNED ? json : JSON.stringify({...step, origin: '', parts: []} satisfies SignedStep)
}

/** Undefined where it was written by a version that stores something else. */
export function decodeSigned(json: string | null): SignedStep | undefined {
  if (json === null) return undefined
  try {
    const step = JSON.parse(json) as SignedStep
    return typeof step.origin === 'string' && Array.isArray(step.parts) ? step : undefined
  } catch {
    return undefined
  }
}

type TextPart = Extract<SignedPart, {length: number}>

/** The parts of a reply as they come, made one step. */
export class StepRecorder {
  readonly #parts: SignedPart[] = []
  readonly #open = new Map<string, TextPart>()

  /** A new block begins, of which the library may say something already. */
  begin(id: string, kind: TextPart['kind'], metadata: PartOptions | undefined): void {
    const part: TextPart = {kind, length: 0}
    this.#open.set(kind + id, part)
    this.#parts.push(part)
    addOptions(part, metadata)
  }

  /** More of a block: text, or what is known of it at its end. */
  extend(id: string, kind: TextPart['kind'], length: number, metadata: PartOptions | undefined): void {
    const part = this.#open.get(kind + id)
    if (!part) return
    part.length += length
    addOptions(part, metadata)
  }

  call(metadata: PartOptions | undefined): void {
    const part: SignedPart = {kind: 'call'}
    this.#parts.push(part)
    addOptions(part, metadata)
  }

  step(origin: string, reasons: boolean): SignedStep {
    return {origin, reasons, parts: onceOnly(this.#parts)}
  }
}

function addOptions(part: SignedPart, metadata: PartOptions | undefined): void {
  const options = keptOptions(metadata)
  if (!options) return
  const merged: PartOptions = {...part.options}
  for (const [library, members] of Object.entries(options)) merged[library] = {...merged[library], ...members}
  part.options = merged
}

/** OpenRouter's library repeats all that it has of a reply's reasoning at each part, and reads it at the first call, else at the first reasoning. */
function onceOnly(parts: readonly SignedPart[]): SignedPart[] {
  const holds = (part: SignedPart) => part.options?.openrouter?.reasoning_details !== undefined
  const holder = parts.find((part) => part.kind === 'call' && holds(part)) ?? parts.find(holds)
  if (!holder) return [...parts]
  return parts.map((part) => {
    if (part === holder || !holds(part)) return part
    const {options: _, ...bare} = part
    return bare as SignedPart
  })
}
