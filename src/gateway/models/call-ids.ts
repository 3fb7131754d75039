import type {ApiKind} from './catalog.js'

/** Ids of calls that a provider takes from others. A server of one's own takes what it made itself, of any form. */
const takes: Readonly<Record<ApiKind, {form: RegExp; ownAsTheyAre: boolean}>> = {
  anthropic: {form: /^[A-Za-z0-9_-]{1,64}$/, ownAsTheyAre: false},
  openai: {form: /^[\x21-\x7e]{1,64}$/, ownAsTheyAre: false},
  google: {form: /^[\x21-\x7e]{1,64}$/, ownAsTheyAre: false},
  openrouter: {form: /^[A-Za-z0-9_-]{1,40}$/, ownAsTheyAre: true},
  bedrock: {form: /^[A-Za-z0-9_-]{1,64}$/, ownAsTheyAre: false},
  'openai-compatible': {form: /^[\x21-\x7e]{1,40}$/, ownAsTheyAre: true},
}

/**
 * Ids of calls in a conversation with one provider: its own stay, of others' those that it would refuse, or that came
 * before (some models count from 0 in each step), get another one. The same conversation always gets the same ids, and so
 * does its beginning, which providers keep in a cache.
 */
export class CallIds {
  readonly #kind: ApiKind
  readonly #used = new Set<string>()

  constructor(kind: ApiKind) {
    this.#kind = kind
  }

  /** Ids for the calls of one step; `own`: the provider made them. */
  ofStep(ids: readonly string[], own: boolean): string[] {
    const given: string[] = []
    for (const id of ids) given.push(this.#next(id, own, given))
    return given
  }

  #next(id: string, own: boolean, before: readonly string[]): string {
    const {form, ownAsTheyAre} = takes[this.#kind]
    if (own && ownAsTheyAre && id !== '' && !before.includes(id)) {
      this.#used.add(id)
      return id
    }
    const plain = id.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 30) || 'call'
    let free = form.test(id) ? id : plain
    for (let count = 2; this.#used.has(free); count++) free = `${plain}_${count}`
    this.#used.add(free)
    return free
  }
}
