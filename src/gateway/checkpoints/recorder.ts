import {lstat} from 'node:fs/promises'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import type {Workspace} from '../../permissions/workspace.js'
import {each, inSlices} from '../slices.js'
import {UNUSED_MS} from '../store/checkpoints/delete.js'
import type {CheckpointStore, FileAct} from '../store/checkpoints/types.js'
import {Contents, hashOf} from './contents.js'
import {type Reading, stateNow} from './current.js'
import {findGit} from './git-blobs.js'
import {compareLook, contentsOf, type Look, type LookOptions, packLook, takeLook, unpackLook} from './look.js'
import {contentOf, type FileState, none, sameState, stateText} from './state.js'

/** `checkpoints.*` of the configuration. */
export interface CheckpointBounds {
  maxMb: number
  days: number
  maxFileMb: number
  maxFiles: number
}

export interface RecorderOptions {
  sessionKey: string
  rows: CheckpointStore
  /** Folder of the contents. */
  folder: string
  /** Home of hermes, a real path. */
  home: string
  workspace: Workspace
  bounds: CheckpointBounds
  /** One line for the person: what they can't have back. */
  tell: (text: string) => void
}

/** Share of the room for contents that one look may take. */
const LOOK_SHARE = 0.5

/** Changes of a command that are noted at once. */
const NOTED = 200

const MIB = 1_048_576

/** What the acts of a turn do to files, as it is to be known before them. Never rejects: the turn goes on without it. */
export interface TurnRecorder {
  /** A file is about to be written with that content; what is returned is called when it was, or failed. */
  beforeWrite(real: string, content: Buffer): Promise<() => Promise<void>>
  /** A command is about to run, which may do anything; what is returned is called when it has ended. */
  beforeCommand(signal: AbortSignal): Promise<() => Promise<void>>
}

/** Keeps what files of a session's workspace were, in the store and in the folder of contents. */
export class Recorder {
  readonly contents: Contents
  readonly #options: RecorderOptions
  #look: Look | undefined
  /** The turn before whose first command it was taken; what came since is in it too. */
  #lookOf: number | undefined
  /** What a process left that died was looked after. */
  #settled: Promise<void> | undefined
  /** Of commands that have not ended: notes what they changed so far. */
  readonly #running = new Set<() => Promise<void>>()
  /** What is done one after another. */
  #last: Promise<unknown> = Promise.resolve()
  /** The turn of which it was told last that something can't be kept. */
  #told: number | undefined
  #git: Promise<string | undefined> | undefined

  constructor(options: RecorderOptions) {
    this.#options = options
    this.contents = new Contents(options.folder, options.rows)
  }

  /** How files are read: neither those that may hold secrets nor what git and hermes keep. */
  get reading(): Reading {
    const {workspace, bounds} = this.#options
    return {
      maxBytes: bounds.maxFileMb * MIB,
      withheld: (file) => {
        if (workspace.isSealed(file)) return 'git or hermes keeps it'
        return workspace.isSecret(file) ? 'it may hold secrets' : undefined
      },
    }
  }

  ofTurn(turnId: number): TurnRecorder {
    return {
      beforeWrite: (real, content) => this.#guarded(turnId, () => this.#beforeWrite(turnId, real, content)),
      beforeCommand: (signal) => this.#guarded(turnId, () => this.#beforeCommand(turnId, signal)),
    }
  }

  /**
   * Notes what a command did that was interrupted and has not ended yet, or whose process died: seen now, so that what came
   * since is taken for its doing too. Rejects where it can't be noted.
   */
  settle(): Promise<void> {
    return this.#after(async () => {
      await this.#settleOnce()
      for (const note of this.#running) await note()
    })
  }

  /** An interrupted turn does not wait for what it began. */
  #after<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => {})
    return done
  }

  #settleOnce(): Promise<void> {
    this.#settled ??= this.#settle().catch((error: unknown) => {
      this.#settled = undefined
      throw error
    })
    return this.#settled
  }

  async #settle(): Promise<void> {
    const {rows, sessionKey} = this.#options
    const left = rows.look(sessionKey)
    if (!left || left.turnId === null) return
    const file = await this.contents.readFile(await lookFile(sessionKey))
    const look = file && (await unpackLook(file))
    if (look) {
      const {changes} = await compareLook(await this.#lookOptions(left.turnId), look)
      await this.#note(left.turnId, changes, left.at)
    } else rows.addGap(sessionKey, left.turnId, 'what a command changed while its process ended')
    rows.setCommand(sessionKey, undefined)
  }

  async #beforeWrite(turnId: number, real: string, content: Buffer): Promise<() => Promise<void>> {
    const {rows, sessionKey} = this.#options
    await this.#settleOnce()
    const before = await this.#keep(turnId, real)
    const mode = before.kind === 'file' ? before.mode : 0o666 & ~process.umask()
    const after: FileState = {kind: 'file', mode, hash: await hashOf(content), size: content.length}
    const folders = await missingFolders(real)
    const folder: FileState = {kind: 'folder', mode: 0o777 & ~process.umask()}
    rows.act(sessionKey, turnId, [...folders.map((path) => actOf(path, none, folder)), actOf(real, before, after)], {
      done: false,
    })
    return async () => {
      for (const file of [...folders, real]) {
        const {state} = await stateNow(file, this.reading)
        rows.settle(sessionKey, turnId, file, stateText(state))
      }
    }
  }

  /** The state of a file that is about to be written, its content stored. */
  async #keep(turnId: number, real: string): Promise<FileState> {
    const {rows, sessionKey} = this.#options
    const {state, bytes} = await stateNow(real, this.reading)
    if (!bytes) {
      if (state.kind === 'uncovered') rows.addGap(sessionKey, turnId, `${real}: ${state.why}`)
      return state
    }
    try {
      await this.contents.put(bytes, {durable: true})
      return state
    } catch (error) {
      const why = messageOf(error)
      this.#tell(turnId, why)
      return {kind: 'uncovered', why, mark: ''}
    }
  }

  async #beforeCommand(turnId: number, signal: AbortSignal): Promise<() => Promise<void>> {
    const {rows, sessionKey, workspace} = this.#options
    await this.#settleOnce()
    if (workspace.roots.length === 0) {
      rows.addGap(sessionKey, turnId, 'what commands change in the home directory itself')
      return async () => {}
    }
    if (this.#lookOf !== turnId) await this.#lookBefore(turnId, signal)
    rows.setCommand(sessionKey, turnId)
    const since = Date.now()
    const note = async () => {
      if (!this.#look) return
      const {look, changes} = await compareLook(await this.#lookOptions(turnId), this.#look)
      this.#look = look
      await this.#note(turnId, changes, since)
    }
    this.#running.add(note)
    return async () => {
      this.#running.delete(note)
      await note()
      rows.setCommand(sessionKey, undefined)
    }
  }

  async #lookBefore(turnId: number, signal: AbortSignal): Promise<void> {
    const {rows, sessionKey} = this.#options
    const file = await lookFile(sessionKey)
    // Contents that the last one names are there as long as its row is.
    const known = rows.look(sessionKey) !== undefined
    const stored = known && !this.#look ? await this.contents.readFile(file) : undefined
    const previous = known ? (this.#look ?? (stored && (await unpackLook(stored)))) : undefined
    const look = await takeLook({...(await this.#lookOptions(turnId)), signal}, previous)
    await this.contents.putFile(file, await packLook(look))
    await inSlices(rows.setLook(sessionKey, contentsOf(look)))
    this.#look = look
    this.#lookOf = turnId
  }

  async #note(
    turnId: number,
    changes: readonly {path: string; before: FileState; after: FileState}[],
    since: number,
  ): Promise<void> {
    const {rows, sessionKey} = this.#options
    const noteSome = (at: number) => {
      const acts = changes.slice(at, at + NOTED).flatMap(({path: file, before, after}) => {
        if (sameState(before, after)) return []
        // Another chat in the same folder has noted it as its own.
        if (rows.wasBy(file, stateText(after), since, sessionKey)) return []
        if (before.kind === 'uncovered') rows.addGap(sessionKey, turnId, `${file}: ${before.why}`)
        return actOf(file, before, after)
      })
      rows.act(sessionKey, turnId, acts, {done: true})
    }
    const starts = Array.from({length: Math.ceil(changes.length / NOTED)}, (_, index) => index * NOTED)
    await inSlices(each(starts, noteSome, 1))
  }

  async #lookOptions(turnId: number): Promise<LookOptions> {
    const {rows, sessionKey, workspace, home, bounds} = this.#options
    this.#git ??= findGit(workspace)
    return {
      ...this.reading,
      roots: workspace.roots,
      home,
      contents: this.contents,
      git: await this.#git,
      maxFiles: bounds.maxFiles,
      room: bounds.maxMb * MIB * LOOK_SHARE,
      signal: new AbortController().signal,
      gap: (text) => rows.addGap(sessionKey, turnId, text),
      failed: (why) => this.#tell(turnId, why),
    }
  }

  async #guarded(turnId: number, begin: () => Promise<() => Promise<void>>): Promise<() => Promise<void>> {
    const guard = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
      try {
        return await work()
      } catch (error) {
        this.#tell(turnId, messageOf(error))
        return otherwise
      }
    }
    const end = await this.#after(() => guard(begin, async () => {}))
    return () => this.#after(() => guard(end, undefined))
  }

  /** Once a turn. */
  #tell(turnId: number, why: string): void {
    const {rows, sessionKey, tell} = this.#options
    try {
      rows.addGap(sessionKey, turnId, why)
    } catch {
      // The store is what fails: the turn will tell that.
    }
    if (this.#told === turnId) return
    this.#told = turnId
    tell(`/rewind will not have all files of this turn: ${why}`)
  }
}

function actOf(file: string, before: FileState, after: FileState): FileAct {
  return {path: file, before: stateText(before), after: stateText(after), content: contentOf(before)}
}

/** Folders that a file's path has and the disk has not, from the outermost. */
async function missingFolders(real: string): Promise<string[]> {
  const missing: string[] = []
  for (let at = path.dirname(real); at !== path.dirname(at); at = path.dirname(at)) {
    const code = await lstat(at).then(() => undefined, errnoOf)
    if (code !== 'ENOENT') break
    missing.unshift(at)
  }
  return missing
}

/** A key may come from a file of somebody else. */
async function lookFile(sessionKey: string): Promise<string> {
  return path.join(LOOKS, (await hashOf(Buffer.from(sessionKey))).slice(0, 32))
}

const LOOKS = 'looks'

/** Sweeps what is too old or too much, in slices. Rejects where the store does. */
export async function sweepCheckpoints(
  rows: CheckpointStore,
  folder: string,
  {maxMb, days}: Pick<CheckpointBounds, 'maxMb' | 'days'>,
  now = Date.now(),
): Promise<void> {
  const contents = new Contents(folder, rows)
  const bounds = {before: now - days * DAY_MS, bytes: maxMb * MIB, unused: now - UNUSED_MS}
  await inSlices(rows.sweep(bounds, (name) => contents.remove(name)))
  const looks = await Promise.all(rows.looks().map(async (key) => path.basename(await lookFile(key))))
  await contents.tidy(LOOKS, new Set(looks))
}

const DAY_MS = 86_400_000
