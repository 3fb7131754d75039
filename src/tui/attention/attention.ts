import type {ChatState} from '../state/state.js'
import type {HeldTerminal} from '../terminal/held-terminal.js'
import {elapsed} from '../text/amounts.js'
import {placeOf} from '../text/place.js'
import type {Means} from './means.js'
import {
  BELL,
  message,
  PROGRESS_OFF,
  type Progress,
  progressed,
  TITLE_POPPED,
  TITLE_PUSHED,
  titled,
} from './sequences.js'

export interface AttentionSettings {
  /** Configuration `ui.windowTitle`. */
  title: boolean
  /** Configuration `ui.notify`. */
  notify: 'auto' | 'bell' | 'off'
  /** Configuration `ui.notifyAfterMs`. */
  afterMs: number
  /** Configuration `ui.progress`. */
  progress: boolean
}

export interface AttentionOptions {
  means: Means
  settings: AttentionSettings
  write: (text: string) => void
  held?: Pick<HeldTerminal, 'set'> | undefined
  /** Milliseconds of a clock that only goes forward. */
  now: () => number
}

/** Tells who does not look at the chat how it is: by the window's title, its progress, and once by a sign. */
export class Attention {
  readonly #options: AttentionOptions
  readonly #titles: boolean
  readonly #progresses: boolean
  readonly #notice: Means['notice']
  #title = ''
  #progress: Progress = 'none'
  #busySince: number | undefined
  /** The turn was stopped by the person, or broke off. */
  #quiet = false
  #asked: number | undefined
  #down = false
  /** Undefined until the terminal tells it, which not each one does. */
  #inFront: boolean | undefined
  #keyAt: number
  #paused = 0
  #state: ChatState | undefined

  constructor(options: AttentionOptions) {
    const {means, settings, now} = options
    this.#options = options
    this.#titles = means.title && settings.title
    this.#progresses = means.progress && settings.progress
    this.#notice =
      settings.notify === 'off' ? undefined : settings.notify === 'bell' && means.notice ? 'bell' : means.notice
    this.#keyAt = now()
  }

  /** The terminal is to tell when its window gets or loses the keyboard. */
  get watchesFocus(): boolean {
    return this.#notice !== undefined
  }

  /** What the chat is now. */
  update(state: ChatState): void {
    this.#state = state
    if (this.#paused) return
    this.#show(state)
    this.#tell(state)
  }

  focus(inFront: boolean): void {
    this.#inFront = inFront
  }

  /** A key was pressed. */
  key(): void {
    this.#keyAt = this.#options.now()
  }

  /** The terminal is somebody else's for a while; what is returned takes it again. */
  pause(): () => void {
    this.#clear()
    this.#paused++
    return () => {
      this.#paused--
      if (this.#state && this.#paused === 0) this.update(this.#state)
    }
  }

  /** Others may have set a title of their own: the next state sets ours. */
  forget(): void {
    if (this.#title !== '') this.#title = ' '
    this.#progress = 'none'
  }

  stop(): void {
    this.pause()
  }

  #show(state: ChatState): void {
    const {write, held} = this.#options
    const title = this.#titles ? titleOf(state) : ''
    const progress = this.#progresses ? progressOf(state) : 'none'
    if (title === this.#title && progress === this.#progress) return
    if (title !== this.#title) write((this.#title === '' ? TITLE_PUSHED : '') + titled(title))
    if (progress !== this.#progress) write(progressed(progress))
    this.#title = title
    this.#progress = progress
    held?.set({title: title !== '', progress: progress !== 'none'})
  }

  #clear(): void {
    const {write, held} = this.#options
    if (this.#progress !== 'none') write(PROGRESS_OFF)
    if (this.#title !== '') write(TITLE_POPPED)
    this.#title = ''
    this.#progress = 'none'
    held?.set({title: false, progress: false})
  }

  #tell(state: ChatState): void {
    const now = this.#options.now()
    const {turn, view, questions} = state
    const name = state.session.title || 'a reply'
    const [question] = questions
    if (question && question.id !== this.#asked) this.#sign(`waits for your answer: ${question.title}`)
    this.#asked = question?.id
    const down = view.phase === 'exhausted'
    if (down && !this.#down) this.#sign('the gateway is down')
    this.#down = down
    if (turn) {
      this.#busySince ??= now
      this.#quiet = turn.interrupting
      return
    }
    if (this.#busySince === undefined || view.recovering) return
    const took = now - this.#busySince
    this.#busySince = undefined
    if (!this.#quiet && !down && took >= this.#options.settings.afterMs) this.#sign(`${name} is done, ${elapsed(took)}`)
  }

  /** Whoever looks at the window sees it. Where the terminal tells nothing, who pressed no key for long may be away. */
  #sign(text: string): void {
    const away = this.#inFront === false
    const unknown = this.#inFront === undefined && this.#options.now() - this.#keyAt >= this.#options.settings.afterMs
    if (!this.#notice || !(away || unknown)) return
    this.#options.write(this.#notice === 'bell' ? BELL : message(text))
  }
}

export function titleOf({session, turn, questions, view}: ChatState): string {
  const place = session.cwd ? placeOf(session.cwd) : ''
  const name = [session.title || place, 'hermes'].filter(Boolean).join(' · ')
  if (view.phase === 'exhausted') return `✖ ${name}`
  if (questions.length > 0) return `? ${name}`
  return turn ? `… ${name}` : name
}

/** Of what nobody works at there is none: a turn that broke off while its gateway does not come back. */
export function progressOf({turn, questions, view}: ChatState): Progress {
  if (view.phase === 'exhausted' || view.phase === 'closing' || view.phase === 'closed') return 'none'
  if (questions.length > 0) return 'waiting'
  return turn || view.recovering ? 'working' : 'none'
}
