import type {LanguageModelMiddleware} from 'ai'
import type {ModelOptions} from '../../../config/schema.js'

const opening = '<think>'
const closing = '</think>'

export interface Piece {
  kind: 'text' | 'reasoning'
  text: string
}

/**
 * Reasoning that a model writes into its text, told apart as llama.cpp and Ollama do: only what a reply begins with, and only
 * once. A model that writes about the tag, or puts it into a code block, writes text. Blanks around the tags are no part
 * of either. Pieces may be cut anywhere; what is never closed is reasoning to the end.
 */
export class ThinkTags {
  #state: 'start' | 'opened' | 'reasoning' | 'closed' | 'text' = 'start'
  /** What may be a tag, or is blank before one. */
  #held = ''
  readonly #needsTag: boolean

  /** `open`: it begins in reasoning; an opening tag may be there too. */
  constructor(mode: 'leading' | 'open') {
    this.#needsTag = mode === 'leading'
  }

  push(text: string): Piece[] {
    const pieces: Piece[] = []
    this.#held += text
    if (this.#state === 'start') this.#start()
    if (this.#state === 'opened') this.#skipBlanks('reasoning')
    if (this.#state === 'reasoning') this.#reason(pieces)
    if (this.#state === 'closed') this.#skipBlanks('text')
    if (this.#state === 'text') this.#take(pieces, 'text', this.#held.length)
    return pieces
  }

  /** What was held back. */
  end(): Piece[] {
    const pieces: Piece[] = []
    const isReasoning = this.#state === 'reasoning' || (this.#state === 'start' && !this.#needsTag)
    this.#take(pieces, isReasoning ? 'reasoning' : 'text', this.#held.length)
    return pieces
  }

  #start(): void {
    const begun = this.#held.trimStart()
    if (begun.length < opening.length && opening.startsWith(begun)) return
    const tagged = begun.startsWith(opening)
    this.#state = tagged || !this.#needsTag ? 'opened' : 'text'
    if (tagged) this.#held = begun.slice(opening.length)
  }

  #skipBlanks(next: 'reasoning' | 'text'): void {
    this.#held = this.#held.trimStart()
    if (this.#held !== '') this.#state = next
  }

  #reason(pieces: Piece[]): void {
    const at = this.#held.indexOf(closing)
    if (at === -1) {
      this.#take(pieces, 'reasoning', this.#held.length - tagBegun(this.#held))
      return
    }
    this.#take(pieces, 'reasoning', at)
    this.#held = this.#held.slice(closing.length)
    this.#state = 'closed'
  }

  #take(pieces: Piece[], kind: Piece['kind'], length: number): void {
    if (length > 0) pieces.push({kind, text: this.#held.slice(0, length)})
    this.#held = this.#held.slice(length)
  }
}

/** How much of the end may be the beginning of the closing tag. */
function tagBegun(text: string): number {
  for (let length = Math.min(closing.length - 1, text.length); length > 0; length--) {
    if (closing.startsWith(text.slice(-length))) return length
  }
  return 0
}

/** Makes parts of their own of the reasoning in the first text of a reply. */
export function thinkTagMiddleware(
  mode: Exclude<ModelOptions['thinkTags'], 'off' | undefined>,
): LanguageModelMiddleware {
  return {
    async wrapStream({doStream}) {
      const {stream, ...rest} = await doStream()
      type StreamPart = typeof stream extends ReadableStream<infer P> ? P : never
      type TextStart = Extract<StreamPart, {type: 'text-start'}>
      let tags: ThinkTags | undefined = new ThinkTags(mode)
      /** The text that is told apart. */
      let first: TextStart | undefined
      let open: Piece['kind'] | undefined

      const parted = new TransformStream<StreamPart, StreamPart>({
        transform(part, controller) {
          const isFirst = 'id' in part && part.id === first?.id
          if (tags && !first && part.type === 'text-start') first = part
          else if (tags && isFirst && part.type === 'text-delta') {
            for (const piece of tags.push(part.delta)) tell(piece, controller)
          } else if (tags && isFirst && part.type === 'text-end') close(controller, part.providerMetadata)
          else {
            if (part.type === 'finish') close(controller)
            controller.enqueue(part)
          }
        },
        flush: (controller) => close(controller),
      })

      type Controller = TransformStreamDefaultController<StreamPart>
      function tell({kind, text}: Piece, controller: Controller): void {
        if (!first) return
        const id = kind === 'text' ? first.id : `${first.id}-think`
        if (open !== kind) {
          if (open) controller.enqueue({type: 'reasoning-end', id: `${first.id}-think`})
          controller.enqueue(kind === 'text' ? first : {type: 'reasoning-start', id})
          open = kind
        }
        controller.enqueue({type: `${kind}-delta`, id, delta: text})
      }
      function close(controller: Controller, providerMetadata?: TextStart['providerMetadata']): void {
        for (const piece of tags?.end() ?? []) tell(piece, controller)
        if (first && open === 'reasoning') controller.enqueue({type: 'reasoning-end', id: `${first.id}-think`})
        if (first && open === 'text') {
          controller.enqueue({type: 'text-end', id: first.id, ...(providerMetadata ? {providerMetadata} : {})})
        }
        tags = undefined
        open = undefined
      }
      return {...rest, stream: stream.pipeThrough(parted)}
    },
  }
}
