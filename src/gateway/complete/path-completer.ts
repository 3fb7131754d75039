import {lstat, opendir} from 'node:fs/promises'
import {homedir} from 'node:os'
import path from 'node:path'
import type {Workspace} from '../../permissions/workspace.js'
import {begunMention, mentionOf} from '../../protocol/mention.js'
import {inSlices} from '../slices.js'
import {gitFiles} from './git-files.js'
import {rankPaths, withFolders} from './rank-paths.js'
import {walkedFiles} from './walked-files.js'

/** As many as the reference offers. */
const MAX_ITEMS = 30

/** A listing is good for that long; what is older is still shown, while a new one is made. */
const FRESH_MS = 3000
/** And for so many times what it took: a large folder is not listed all the time. */
const FRESH_TIMES = 20

/** A hundred thousand names are 10 MB: who completes nothing for that long gives them back. */
const KEPT_MS = 60_000

/** Of a folder outside, which is listed as it is. */
const MAX_OUTSIDE = 5000

export interface PathItem {
  /** What stands in the prompt: `@src/`, `@"my notes.txt"`. */
  text: string
  display: string
  meta: string
}

export interface PathCompleterOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  home: string
  workspace(): Promise<Workspace>
}

/** Offers files and folders for `@…` in a prompt, from a listing of the session's folder that it keeps for a while. */
export class PathCompleter {
  readonly #options: PathCompleterOptions
  #latest: {paths: readonly string[]; freshUntil: number} | undefined
  #listing: Promise<readonly string[]> | undefined
  #drop: NodeJS.Timeout | undefined

  constructor(options: PathCompleterOptions) {
    this.#options = options
  }

  /** For what was typed, with its `@`; best first. Never rejects: of what can't be read there is nothing. */
  async complete(word: string): Promise<PathItem[]> {
    const begun = begunMention(word)
    if (begun?.start !== 0) return []
    const query = begun.path
    const found = /^(?:~|\.{1,2})?\//.test(query) ? await this.#outside(query) : await this.#inside(query)
    return found.map((name) => ({text: mentionOf(name), display: name, meta: ''}))
  }

  async #inside(query: string): Promise<string[]> {
    const paths = await this.#paths()
    // Some may have been deleted since they were listed.
    const ranked = await inSlices(rankPaths(query, paths, 2 * MAX_ITEMS))
    const there = await Promise.all(ranked.map((name) => this.#asItIs(name)))
    return there.filter((name) => name !== undefined).slice(0, MAX_ITEMS)
  }

  /** A submodule is listed like a file, and is a folder. */
  async #asItIs(name: string): Promise<string | undefined> {
    try {
      const stats = await lstat(path.join(this.#options.cwd, name))
      return stats.isDirectory() && !name.endsWith('/') ? `${name}/` : name
    } catch {
      return undefined
    }
  }

  /** `~/…`, `/…`, `../…`: what is in that folder and begins so, hidden files where a dot was typed. */
  async #outside(query: string): Promise<string[]> {
    const at = query.lastIndexOf('/') + 1
    const [folder, begin] = [query.slice(0, at), query.slice(at).toLowerCase()]
    const {cwd, env} = this.#options
    const real = folder.startsWith('~/') ? path.join(env.HOME || homedir(), folder.slice(2)) : path.resolve(cwd, folder)
    const found: string[] = []
    try {
      let left = MAX_OUTSIDE
      for await (const entry of await opendir(real)) {
        if (left-- === 0) break
        const {name} = entry
        if (!name.toLowerCase().startsWith(begin) || name.includes('\ufffd')) continue
        if (name.startsWith('.') && !begin.startsWith('.')) continue
        found.push(`${folder}${name}${entry.isDirectory() ? '/' : ''}`)
      }
    } catch {
      // There is no such folder, or it is not to be read.
    }
    return found.sort().slice(0, MAX_ITEMS)
  }

  async #paths(): Promise<readonly string[]> {
    clearTimeout(this.#drop)
    this.#drop = setTimeout(() => {
      this.#latest = undefined
    }, KEPT_MS).unref()
    const begun = performance.now()
    if (!this.#latest || begun > this.#latest.freshUntil) {
      this.#listing ??= this.#list().then((paths) => {
        const now = performance.now()
        this.#latest = {paths, freshUntil: now + Math.max(FRESH_MS, FRESH_TIMES * (now - begun))}
        this.#listing = undefined
        return paths
      })
    }
    return this.#latest?.paths ?? this.#listing ?? []
  }

  async #list(): Promise<readonly string[]> {
    const {cwd, env, home, workspace} = this.#options
    try {
      const files = await gitFiles({cwd, env, home, workspace: await workspace()})
      return await inSlices(withFolders(files ?? (await walkedFiles(cwd))))
    } catch {
      return []
    }
  }
}
