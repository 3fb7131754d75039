import type {ApprovalRequest} from './approval.js'

/**
 * What a gateway asks by a JSON-RPC request of its own, since autumn 2026. It is answered by a response under the same
 * id; the `*.request` events of the wire before that ask the same things and are answered by methods.
 */

/** An id that the gateway minted; it names nothing beyond the process that sent it. */
export type AskId = string | number

export interface ClarifyQuestion {
  qid: string
  question: string
  choices: string[] | null
  multi_select: boolean
}

/** Parameters of each request that a person answers. */
export interface RequestParams {
  approval: ApprovalRequest
  /** One to five questions. `answers`: those that were given before, and hold. */
  clarify: {questions: ClarifyQuestion[]; answers: Record<string, string | null>}
  sudo: {command: string}
  secret: {env_var: string; prompt: string; metadata?: {help?: string}}
  'vault.unlock_prompt': {backend: string; display_name: string}
  'vault.save_login': {origin: string; site: string}
  'vault.code': {site: string; hint: string}
  setup_choose: {question: string; options: {id: string; label: string; detail?: string}[]; multi_select: boolean}
}

export type RequestMethod = keyof RequestParams

/** A request to the person. `id` is the wire's, and what its answer goes under. */
export type ServerRequest = {
  [M in RequestMethod]: {id: AskId; method: M; params: RequestParams[M]}
}[RequestMethod]

/** Requests that only a window can answer, with the reason that the gateway is told; without an answer its turn waits. */
export const refusedRequests: Readonly<Record<string, string>> = {
  'terminal.read': 'a terminal program has no terminal pane to read',
  'preview.read': 'a terminal program has no preview',
  'preview.act': 'a terminal program has no preview',
  'window.read': 'a terminal program has no window',
  tour: 'a terminal program has nothing to point at',
}

/** A request that was not answered before the client came back, as resume tells it. */
export interface OpenRequest {
  id: AskId
  method: string
  params: Record<string, unknown>
}
