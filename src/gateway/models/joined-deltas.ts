import type {LanguageModelMiddleware} from 'ai'

type Stream = Awaited<ReturnType<NonNullable<LanguageModelMiddleware['wrapStream']>>>['stream']
type StreamPart = Stream extends ReadableStream<infer P> ? P : never
type Delta = Extract<StreamPart, {type: 'text-delta' | 'reasoning-delta'}>

/**
 * Pieces of text that come in one turn of the event loop as one: each takes 50 µs and 250 bytes on its way through the
 * library. Nothing waits longer than that turn.
 */
export function joinedDeltas(): TransformStream<StreamPart, StreamPart> {
  let held: {first: Delta; pieces: string[]} | undefined
  const release = (controller: TransformStreamDefaultController<StreamPart>) => {
    if (held) controller.enqueue({...held.first, delta: held.pieces.join('')})
    held = undefined
  }
  return new TransformStream<StreamPart, StreamPart>(
    {
      transform(part, controller) {
        // What a provider signs is of one piece.
        const isPlain =
          (part.type === 'text-delta' || part.type === 'reasoning-delta') && part.providerMetadata === undefined
        if (!isPlain) {
          release(controller)
          controller.enqueue(part)
          return
        }
        if (held && held.first.type === part.type && held.first.id === part.id) {
          held.pieces.push(part.delta)
          return
        }
        release(controller)
        held = {first: part, pieces: [part.delta]}
        setImmediate(() => {
          try {
            release(controller)
          } catch {
            // The reader is gone; there is nobody to tell.
          }
        })
      },
      flush: release,
    },
    // Several at once, or each would wait for the one before it to be read.
    {highWaterMark: 1024},
    {highWaterMark: 1},
  )
}
