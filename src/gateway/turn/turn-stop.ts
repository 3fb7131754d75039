/**
 * Why a turn is stopped from outside: by the person, by a store that refuses, or because nobody is there any more to
 * answer what it waits for. The last one is no end: whoever opens the session next is asked.
 */
export class TurnStop extends Error {
  readonly kind: 'interrupt' | 'store' | 'suspend'

  constructor(kind: TurnStop['kind'], cause?: unknown) {
    super('the turn was stopped', {cause})
    this.kind = kind
  }
}

export function isSuspended({reason}: AbortSignal): boolean {
  return reason instanceof TurnStop && reason.kind === 'suspend'
}
