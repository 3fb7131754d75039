import {randomUUID} from 'node:crypto'
import {exitCodes, type HermesError} from '../../errors.js'
import type {EndSignal} from '../../platform.js'
import type {EventPayloads} from '../../protocol/events.js'
import {type Answer, emptyAnswer} from './answer.js'
import type {PrintResult, PrintStop} from './format.js'
import type {KeptImages} from './kept-images.js'

export type Signal = Exclude<EndSignal, 'SIGQUIT'>

/** How a prompt ended, or the whole run. */
export type End =
  | {kind: 'complete'}
  | {kind: 'signal'; signal: Signal}
  | {kind: 'reader-gone'}
  | {kind: 'failed'; error: HermesError; stopReason?: PrintStop}

/** What was sent to the gateway under one id, and what came of it. */
export interface Asked {
  readonly promptId: string
  readonly text: string
  readonly images: KeptImages
  readonly answer: Answer
  /** True once it may have reached a gateway. */
  sent: boolean
  deaths: number
  toolRan: boolean
  /** The gateway holds it until another turn is over: what comes until then is not its answer. */
  behind: boolean
  lastError: EventPayloads['error'] | undefined
  /** Called once. */
  end: (end: End) => void
  ended: boolean
}

export function asked(text: string, images: KeptImages, end: (end: End) => void): Asked {
  const answer = emptyAnswer()
  const promptId = randomUUID()
  return {
    promptId,
    text,
    images,
    answer,
    sent: false,
    deaths: 0,
    toolRan: false,
    behind: false,
    lastError: undefined,
    end,
    ended: false,
  }
}

export const noImagesKept: KeptImages = {members: {}, remove() {}}

/** Before the first prompt, and between two. */
export const nothingAsked = (): Asked => ({...asked('', noImagesKept, () => {}), ended: true})

export const failed = (error: HermesError, stopReason?: PrintStop): End => ({
  kind: 'failed',
  error,
  ...(stopReason && {stopReason}),
})

export function statusOf(end: End): PrintResult['status'] {
  if (end.kind === 'complete') return 'complete'
  if (end.kind !== 'failed') return 'interrupted'
  return end.stopReason ? 'incomplete' : 'error'
}

/** What the gateway is told when the run is over. */
export function closeReason(end: End): 'quit' | 'parent-signal' | 'memory' {
  if (end.kind === 'failed' && end.error.exit === exitCodes.memoryCritical) return 'memory'
  return end.kind === 'signal' && end.signal !== 'SIGINT' ? 'parent-signal' : 'quit'
}
