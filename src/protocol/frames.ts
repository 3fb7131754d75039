/**
 * The wire of the Hermes gateway: one JSON object a line, UTF-8, both ways, shaped like JSON-RPC 2.0. A gateway sends
 * responses and events and, since autumn 2026, requests of its own.
 */

export type RequestId = string | number | null | object | boolean

export interface RequestFrame {
  jsonrpc: '2.0'
  id: RequestId
  method: string
  params?: Record<string, unknown>
}

export interface ResultFrame {
  jsonrpc: '2.0'
  id: RequestId
  result: Record<string, unknown>
}

export interface ErrorFrame {
  jsonrpc: '2.0'
  id: RequestId
  /** `data`: what a program needs of the refusal, beside the line for a person. */
  error: {code: number; message: string; data?: Record<string, unknown>}
}

export interface EventFrame {
  jsonrpc: '2.0'
  method: 'event'
  params: {type: string; session_id?: string; payload?: Record<string, unknown>}
}

export type ServerFrame = ResultFrame | ErrorFrame | EventFrame

/** The longest request line that a gateway serves, in bytes without its newline. */
export const MAX_REQUEST_BYTES = 32 * 1024 * 1024

/** The longest line that a client takes from a gateway; 64 MiB lines are a protocol violation (faults row 45). */
export const MAX_FRAME_BYTES = 48 * 1024 * 1024

/** How many of the newest messages our clients ask for at resume, and show. */
export const RESUMED_MESSAGES = 200

/** Error codes on the wire. 4001 and up are the reference gateway's own. */
export const errorCodes = {
  parse: -32700,
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** Parameters that it does not know (autumn 2026). */
  unknownParams: 4000,
  /** Unknown live id. */
  unknownSession: 4001,
  badValue: 4002,
  /** Empty text, or an integer was expected. */
  empty: 4004,
  missingSession: 4006,
  /** No stored session with that key or title. */
  storedSessionNotFound: 4007,
  nothingToBranch: 4008,
  /** A turn runs; also: no such pending request. */
  busy: 4009,
  unknownCommand: 4011,
  pathRequired: 4015,
  /** No such image. */
  imageNotFound: 4016,
  textRequired: 4012,
  refused: 4018,
  titleRequired: 4021,
  titleInvalid: 4022,
  deleteActive: 4023,
  saveFailed: 5011,
  /** No session more, or another process has this one (the reference). */
  sessionLimit: 4090,
  /** The session is open in another live gateway (ours; not in the reference). */
  ownedElsewhere: 4091,
  /** A gateway that works without a terminal lets this client not in (ours); `data.reason` says why. */
  helloRefused: 4092,
  /** Who watches asks for nothing that changes anything (ours). */
  watching: 4093,
  resumeFailed: 5000,
  configError: 5001,
  list: 5006,
  title: 5007,
  model: 5033,
  agent: 5032,
  delete: 5036,
} as const

/** `JSON.stringify` escapes lone surrogates, which kill the reference gateway when they come raw (protocol §1.4). */
export function encodeFrame(frame: RequestFrame | ServerFrame): string {
  return `${JSON.stringify(frame)}\n`
}

/** Replaces lone surrogates by U+FFFD, so that what is sent is valid UTF-8 for any peer. */
export function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}
