/**
 * Exit codes of `hermes`. 128+n is kept for a signal that really arrived: a code of our own there
 * would be read as a kill by the kernel or by another process.
 */
export const exitCodes = {
  ok: 0,
  /** A defect in hermes, or something not foreseen. */
  failure: 1,
  /** Wrong flags or arguments, or a terminal where none can be used. */
  usage: 2,
  /** A configuration file, environment variable or value is wrong. */
  config: 3,
  /** The gateway could not be started, or kept dying. */
  gateway: 4,
  /** The model provider refused or failed. */
  provider: 5,
  /** The session database is locked, read-only, too new, corrupt, or the disk is full. */
  store: 6,
  /** No session has that key or title. */
  sessionNotFound: 7,
  /** The reply was stopped at the most model steps that one prompt may take. */
  stepLimit: 9,
  /** The provider ended the reply before it was whole. */
  incomplete: 10,
  /** hermes ended itself because its memory was nearly full; the session is kept. */
  memoryCritical: 90,
  /** The session is open in another hermes, or waits for an answer that can't be given here. */
  sessionElsewhere: 8,
} as const

/**
 * Exit codes of the built-in gateway, as its supervisor reads them. 64–78 are `sysexits.h`: a retry
 * cannot cure them. 90–99 are ours.
 */
export const gatewayExitCodes = {
  ok: 0,
  usage: 64,
  config: 78,
  memoryCritical: 90,
  watchdog: 91,
  orphaned: 92,
  protocol: 93,
  store: 94,
} as const

export interface HermesErrorOptions {
  /** Stable, machine-readable name: `config/unknown-key`, `store/locked`. */
  code: string
  /** Exit code where the error ends a command; default `exitCodes.failure`. */
  exit?: number
  /** What the person can do, most likely first. */
  suggestions?: readonly string[]
  cause?: unknown
}

/**
 * An error meant for a person: the message names the place and the value, the suggestions the
 * remedy. It has the shape that oclif's error handler prints (`code`, `suggestions`, `oclif.exit`).
 */
export class HermesError extends Error {
  readonly code: string
  readonly exit: number
  readonly suggestions: string[]
  readonly oclif: {exit: number}

  constructor(message: string, options: HermesErrorOptions) {
    super(message, options.cause === undefined ? undefined : {cause: options.cause})
    this.name = 'HermesError'
    this.code = options.code
    this.exit = options.exit ?? exitCodes.failure
    this.suggestions = [...(options.suggestions ?? [])]
    this.oclif = {exit: this.exit}
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** `error.code` of a Node system error (`ENOENT`, `ENOSPC`), else undefined. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as {code?: unknown} | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}
