import path from 'node:path'
import {isObject} from '../../../protocol/shapes/shape.js'
import {askCatalogue, CATALOGUE_VERSION} from './ask.js'
import {keep, readKept} from './kept-file.js'
import type {ModelFacts} from './types.js'
import type {CatalogueQuestion} from './worker-messages.js'

/** Beyond it the file is begun anew. */
const MAX_KEPT = 20_000

export interface CatalogueOptions {
  /** Folder of what was answered; undefined: it is kept for this process alone. */
  folder: string | undefined
  ask?: typeof askCatalogue
}

/** Windows and prices, each asked once for all processes that have the same library. */
export class Catalogue {
  readonly #file: string | undefined
  readonly #ask: typeof askCatalogue
  /** What this process has asked for; an empty object: nothing is known. */
  readonly #known = new Map<string, ModelFacts>()
  readonly #asked = new Map<string, Promise<void>>()

  constructor({folder, ask = askCatalogue}: CatalogueOptions) {
    this.#file = folder === undefined ? undefined : path.join(folder, 'catalogue.json')
    this.#ask = ask
  }

  /** In the order of the questions; without what cannot be had now, which is asked again another time. Never rejects. */
  async facts(questions: readonly CatalogueQuestion[]): Promise<ModelFacts[]> {
    const missing = questions.filter((each) => !this.#known.has(keyOf(each)) && !this.#asked.has(keyOf(each)))
    if (missing.length > 0) {
      const done = this.#learn(missing).finally(() => {
        for (const each of missing) this.#asked.delete(keyOf(each))
      })
      for (const each of missing) this.#asked.set(keyOf(each), done)
    }
    await Promise.all(new Set(questions.flatMap((each) => this.#asked.get(keyOf(each)) ?? [])))
    return questions.map((each) => this.#known.get(keyOf(each)) ?? {})
  }

  async #learn(questions: readonly CatalogueQuestion[]): Promise<void> {
    const kept = await this.#kept()
    const unknown = questions.filter((each) => {
      const facts = Object.hasOwn(kept, keyOf(each)) ? kept[keyOf(each)] : undefined
      if (facts !== undefined) this.#known.set(keyOf(each), facts)
      return facts === undefined
    })
    if (unknown.length === 0) return
    const answers = await this.#ask(unknown).catch(() => undefined)
    if (!answers) return
    unknown.forEach((each, index) => {
      this.#known.set(keyOf(each), answers[index] ?? {})
    })
    if (this.#file === undefined) return
    // Another process may have added to it meanwhile.
    const all = {...(await this.#kept()), ...Object.fromEntries(unknown.map((e, at) => [keyOf(e), answers[at] ?? {}]))}
    const facts = Object.keys(all).length > MAX_KEPT ? Object.fromEntries(this.#known) : all
    await keep(this.#file, {version: CATALOGUE_VERSION, facts})
  }

  async #kept(): Promise<Record<string, ModelFacts>> {
    const kept = this.#file === undefined ? undefined : await readKept(this.#file)
    if (!isObject(kept) || kept.version !== CATALOGUE_VERSION || !isObject(kept.facts)) return {}
    return kept.facts as Record<string, ModelFacts>
  }
}

function keyOf({provider, address, model}: CatalogueQuestion): string {
  return JSON.stringify([provider ?? '', address ?? '', model])
}
