import {createHash} from 'node:crypto'
import path from 'node:path'
import type {CheckpointRow, CheckpointStore, FileAct} from '../store/checkpoints/types.js'
import {stateNow} from './current.js'
import {type Change, changeOf, knownOf} from './plan.js'
import {type PutBackOutcome, putBack, removeHalves} from './put-back.js'
import type {Recorder} from './recorder.js'
import {contentOf, sameState, stateText} from './state.js'

export interface RewindPlan {
  checkpoint: CheckpointRow | undefined
  changes: Change[]
  /** What is not covered since then, in words. */
  gaps: string[]
  /** Names what would be done: another one than was shown is not done. */
  seen: string
}

/** Paths that are looked at at once. */
const SIDE_BY_SIDE = 8

/** Shows and does what brings files back to before a checkpoint of a session. */
export class Rewind {
  readonly #recorder: Recorder
  readonly #rows: CheckpointStore
  readonly #key: string
  readonly #cwd: string

  constructor(options: {recorder: Recorder; rows: CheckpointStore; sessionKey: string; cwd: string}) {
    this.#recorder = options.recorder
    this.#rows = options.rows
    this.#key = options.sessionKey
    this.#cwd = options.cwd
  }

  /** Oldest first, what a process left that died included. */
  async list(): Promise<CheckpointRow[]> {
    await this.#recorder.settle()
    return this.#rows.list(this.#key)
  }

  /** What would become of files that are put back to before it. */
  async plan(checkpoint: CheckpointRow | undefined): Promise<RewindPlan> {
    if (!checkpoint) return {checkpoint, changes: [], gaps: [], seen: seenOf([])}
    const known = knownOf(this.#rows.files(this.#key, checkpoint.id))
    const changes: Change[] = []
    const waiting = [...known].reverse()
    const lookAtNext = async () => {
      for (let next = waiting.pop(); next; next = waiting.pop()) {
        const {state} = await stateNow(next.path, this.#recorder.reading)
        const change = changeOf(next, state)
        if (change) changes.push(change)
      }
    }
    await Promise.all(Array.from({length: SIDE_BY_SIDE}, lookAtNext))
    changes.sort((a, b) => (a.path < b.path ? -1 : 1))
    const later = this.#rows.list(this.#key).filter(({id}) => id >= checkpoint.id)
    const gaps = new Set(later.flatMap(({gaps}) => gaps?.split('\n') ?? []))
    return {checkpoint, changes, gaps: [...gaps], seen: seenOf(changes)}
  }

  /**
   * Does what was shown: it is noted before anything is touched, contents that go are kept, and it is a checkpoint itself.
   * What somebody else changed stays, unless `overwrite`. `toModel`: whether the model has to be told, as the conversation
   * goes on as it is. Throws where nothing could be noted or kept; then nothing was touched.
   */
  async restore(
    {checkpoint, changes}: RewindPlan,
    {overwrite, toModel}: {overwrite: boolean; toModel: boolean},
  ): Promise<PutBackOutcome & {left: Change[]; line?: string}> {
    const possible = changes.filter(({uncovered, foreign}) => uncovered === undefined && (overwrite || !foreign))
    const left = changes.filter((change) => !possible.includes(change))
    if (!checkpoint || possible.length === 0) return {done: [], failed: [], left}
    const acts = await Promise.all(possible.map((change) => this.#kept(change)))
    const id = this.#rows.beginPutBack(this.#key, {target: checkpoint.id, acts})
    const outcome = await putBack(possible, {contents: this.#recorder.contents, maxBytes: MAX_BYTES})
    return {...outcome, left, line: this.#end(id, outcome, toModel)}
  }

  /** Finishes what a process left in the middle that died. Returns what was done, in words; undefined: nothing was left. */
  async finish(): Promise<string | undefined> {
    let line: string | undefined
    for (const id of this.#rows.pending(this.#key)) {
      const files = this.#rows.files(this.#key, id).filter(({checkpointId}) => checkpointId === id)
      await removeHalves(files.map(({path: file}) => file))
      const changes: Change[] = []
      const strange: {path: string; why: string}[] = []
      for (const known of knownOf(files)) {
        const {state} = await stateNow(known.path, this.#recorder.reading)
        const [wanted, before] = known.left
        if (!wanted || !before || sameState(state, wanted)) continue
        if (sameState(state, before)) changes.push({path: known.path, now: state, wanted, foreign: false})
        else strange.push({path: known.path, why: 'it was changed since'})
      }
      const {failed} = await putBack(changes, {contents: this.#recorder.contents, maxBytes: MAX_BYTES})
      const whole = files.map(({path: file}) => file)
      const not = [...failed, ...strange]
      const outcome = {done: whole.filter((file) => !not.some((each) => each.path === file)), failed: not}
      // Also where all of it was done: the conversation is cut after that, if at all.
      line = this.#end(id, outcome, true)
    }
    return line
  }

  /** What a file is now is kept before it goes. */
  async #kept({path: file, now, wanted}: Change): Promise<FileAct> {
    if (now.kind === 'file') {
      const {state, bytes} = await stateNow(file, this.#recorder.reading)
      if (!bytes || stateText(state) !== stateText(now)) throw new Error(`${file} was changed meanwhile`)
      await this.#recorder.contents.put(bytes, {durable: true})
    }
    return {path: file, before: stateText(now), after: stateText(wanted), content: contentOf(now)}
  }

  #end(id: number, {done, failed}: PutBackOutcome, toModel: boolean): string {
    const line = lineOf({done, failed})
    const names = done.map((file) => this.shown(file))
    const note = toModel && done.length > 0 ? noteOf(names) : undefined
    this.#rows.endPutBack(id, {line, note, left: failed.map(({path: file}) => file)})
    return line
  }

  /** As a person names it. */
  shown(file: string): string {
    const relative = path.relative(this.#cwd, file)
    return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? file : relative
  }
}

const MAX_BYTES = 20 * 1_048_576

function lineOf({done, failed}: PutBackOutcome): string {
  const count = (number: number) => `${number} ${number === 1 ? 'file' : 'files'}`
  const not = failed.length > 0 ? `, ${count(failed.length)} could not be` : ''
  return done.length === 0 ? `nothing was put back${not}` : `${count(done.length)} put back${not} · /rewind undo`
}

/** The model is told of so many by name. */
const TOLD = 50

function noteOf(names: readonly string[]): string {
  const more = names.length > TOLD ? `\nand ${names.length - TOLD} more` : ''
  return `[Since your last reply the person put files of the workspace back to what they were before, so your later changes to them are gone. Read them again before you rely on what is in them:\n${names.slice(0, TOLD).join('\n')}${more}]`
}

function seenOf(changes: readonly Change[]): string {
  const hash = createHash('sha256')
  for (const {path: file, now, wanted} of changes)
    hash.update(JSON.stringify([file, stateText(now), stateText(wanted)]))
  return hash.digest('hex').slice(0, 16)
}
