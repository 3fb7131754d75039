import type {TerminalInput, TerminalOutput} from '../terminal/streams.js'
import type {Style} from '../text/style.js'
import type {ToolLine} from '../transcript/tool-lines/index.js'
import {SUBAGENT} from '../transcript/tool-lines/words.js'
import {documentOf, type Fold} from './document.js'
import {frameHeight, pagerRows} from './draw.js'
import {pagerKeys} from './keys.js'
import {matchesOf} from './search.js'
import {laidOut, openDocument, type PagerKey, type PagerState, pressed} from './state.js'

const ALTERNATE_ON = '\x1b[?1049h'
const ALTERNATE_OFF = '\x1b[?1049l'
const HIDE_CURSOR = '\x1b[?25l'
const SHOW_CURSOR = '\x1b[?25h'
const BEGIN_FRAME = '\x1b[?2026h'
const END_FRAME = '\x1b[?2026l'
const HOME = '\x1b[H'
const ERASE_ROW = '\x1b[K'

export interface PagerOptions {
  stdin: TerminalInput
  stdout: TerminalOutput
  style: Style
  /** What can be opened now, oldest first; more may come while it is open. */
  folds(): readonly Fold[]
  /** What happens in the chat that the person should know of. */
  notice(): string | undefined
  /** More of a tool's result than is held; undefined where there is nobody to ask, rejects where it is not to be had. */
  whole(fold: Fold): Promise<ToolLine> | undefined
  /** Told of every key. */
  onKey(key: PagerKey): void
  /** Ctrl+Z. */
  suspend(): void
  /** The alternate screen is shown, or no more. */
  onAlternate?(shown: boolean): void
}

/** What was folded, on the alternate screen. It has the terminal to itself from when it is made until it is closed. */
export class Pager {
  readonly closed: Promise<void>
  readonly #options: PagerOptions
  readonly #resolve: () => void
  #fold: Fold
  #state: PagerState
  #remark: string | undefined
  #drawn = ''
  #open = true

  /** `fold`: the one that is shown first. */
  constructor(fold: Fold, options: PagerOptions) {
    this.#options = options
    this.#fold = fold
    const {promise, resolve} = Promise.withResolvers<void>()
    this.closed = promise
    this.#resolve = resolve
    this.#state = openDocument(documentOf(fold), this.#size())
    this.#enter()
    this.#fetch()
  }

  /** Gives the terminal back, as it was but for the modes of the keyboard. */
  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#leave()
    this.#resolve()
  }

  /** Gives the terminal back for a while; what is returned takes it again. */
  suspend(): () => void {
    this.#leave()
    return () => {
      if (this.#open) this.#enter()
    }
  }

  /** Something changed in the chat. */
  refresh(): void {
    if (this.#open) this.#draw()
  }

  #enter(): void {
    const {stdin, stdout, onAlternate} = this.#options
    stdin.setRawMode?.(true)
    stdin.on('readable', this.#read)
    stdout.on('resize', this.#resized)
    onAlternate?.(true)
    stdout.write(ALTERNATE_ON + HIDE_CURSOR)
    this.#drawn = ''
    this.#draw()
  }

  #leave(): void {
    const {stdin, stdout, onAlternate} = this.#options
    stdin.off('readable', this.#read)
    stdout.off('resize', this.#resized)
    stdin.setRawMode?.(false)
    if (stdout.writable) stdout.write(ALTERNATE_OFF + SHOW_CURSOR)
    onAlternate?.(false)
  }

  #read = (): void => {
    for (let chunk = this.#options.stdin.read(); chunk !== null && this.#open; chunk = this.#options.stdin.read()) {
      for (const key of pagerKeys(String(chunk))) if (this.#open) this.#press(key)
    }
    this.refresh()
  }

  #press(key: PagerKey): void {
    this.#options.onKey(key)
    const {state, wish} = pressed(this.#state, key)
    this.#state = state
    if (wish === 'close') this.close()
    else if (wish === 'suspend') this.#options.suspend()
    else if (wish === 'redraw') this.#drawn = ''
    else if (wish !== undefined) this.#go(wish === 'next' ? 1 : -1)
  }

  #go(by: 1 | -1): void {
    const folds = this.#options.folds()
    const at = folds.findIndex(({id}) => id === this.#fold.id)
    // One that is not held any longer was before them all.
    const next = folds[at === -1 ? (by === 1 ? 0 : -1) : at + by]
    if (!next) {
      this.#remark = by === 1 ? 'this is the last one' : 'this is the first one that is held'
      return
    }
    this.#fold = next
    this.#remark = undefined
    const opened = openDocument(documentOf(next), this.#size())
    const {query} = this.#state
    this.#state = {...opened, query, matches: matchesOf(opened.document.lines, query)}
    this.#fetch()
  }

  #fetch(): void {
    const fold = this.#fold
    if (fold.kind !== 'tool' || (fold.tool.line.cut === 0 && fold.tool.name !== SUBAGENT)) return
    const asked = this.#options.whole(fold)
    if (!asked) return
    const remark = (text: string | undefined) => {
      if (this.#fold !== fold) return
      this.#remark = text
      this.refresh()
    }
    remark('the rest is fetched…')
    asked.then(
      (line) => {
        if (this.#fold !== fold) return
        this.#state = laidOut(this.#state, this.#size(), documentOf(fold, line))
        remark(undefined)
      },
      () => remark('the rest is not to be had'),
    )
  }

  #resized = (): void => {
    this.#drawn = ''
    this.#draw()
  }

  #size(): {width: number; height: number} {
    const {stdout, notice} = this.#options
    return {width: stdout.columns || 80, height: (stdout.rows || 24) - frameHeight(notice())}
  }

  #draw(): void {
    const {stdout, style, folds, notice} = this.#options
    this.#state = laidOut(this.#state, this.#size())
    const all = folds()
    const at = all.findIndex(({id}) => id === this.#fold.id)
    const place = {at: at + 1, of: all.length}
    const rows = pagerRows(this.#state, {place, notice: notice(), remark: this.#remark}, style)
    const shown = rows.slice(0, Math.max(1, stdout.rows || 24)).map((row) => row + ERASE_ROW)
    const frame = HOME + shown.join('\r\n')
    if (frame === this.#drawn) return
    this.#drawn = frame
    stdout.write(BEGIN_FRAME + frame + END_FRAME)
  }
}
