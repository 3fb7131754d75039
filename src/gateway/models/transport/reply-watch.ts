/** How a reply came to its end, as far as the wire tells: the client libraries end in the same way whatever it was. */
export class ReplyWatch {
  /** The provider's last word was seen. */
  ended = false
  /** The model declined to answer. */
  refused = false
  /** Why there is no more: a cut, a silence, an error in the provider's words. */
  failure: Error | undefined
  /** Told of what is skipped. */
  readonly skipped: (what: string) => void

  constructor(skipped: (what: string) => void = () => {}) {
    this.skipped = skipped
  }

  /** Another request of the same reply begins. */
  begin(): void {
    this.ended = false
    this.failure = undefined
  }
}

/** The stream was closed in order, before the provider said that the reply is over. */
export class ReplyCut extends Error {
  constructor(cause?: unknown) {
    super('the reply was cut off', cause === undefined ? undefined : {cause})
    this.name = 'ReplyCut'
  }
}

/** Nothing came for that long, milliseconds. */
export class ReplySilent extends Error {
  readonly ms: number

  constructor(ms: number) {
    super(`nothing came for ${ms / 1000} s`)
    this.name = 'ReplySilent'
    this.ms = ms
  }
}

/** What came is neither an event stream nor JSON. */
export class NoReply extends Error {
  constructor() {
    super('the answer is not a reply of a model')
    this.name = 'NoReply'
  }
}
