import {readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {logged} from './program/logged.js'

export const autumnGateway = fileURLToPath(new URL('../fixtures/autumn-gateway.mjs', import.meta.url))

/** What a gateway of the autumn wire heard. */
export interface Heard {
  pid: number
  /** Of a request. */
  method?: string
  params?: Record<string, unknown>
  /** Of an answer: the method that was asked. */
  asked?: string | null
  answer?: {result?: Record<string, unknown>; error?: {code: number}; by?: string}
}

/** The files of gateways of the autumn wire that run for one test. */
export class AutumnFiles {
  readonly env: Record<string, string>

  constructor(folder: string) {
    this.env = {
      AG_STATE: path.join(folder, 'autumn.json'),
      AG_LOG: path.join(folder, 'autumn.log'),
      AG_REPORT: path.join(folder, 'autumn.wrong'),
      AG_ONCE: path.join(folder, 'autumn.once'),
    }
  }

  /** What the client did wrong; empty where it did nothing. */
  wrong(): string[] {
    return logged(this.env.AG_REPORT ?? '').map(({wrong}) => wrong as string)
  }

  heard(method?: string): Heard[] {
    const heard = logged<Heard>(this.env.AG_LOG ?? '')
    return method === undefined ? heard : heard.filter((each) => each.method === method)
  }

  /** Results of the questions of that method, in order. */
  answers(asked: string): (Record<string, unknown> | undefined)[] {
    return this.heard().flatMap((each) => (each.asked === asked ? [each.answer?.result] : []))
  }

  /** Texts of the turns of all sessions, with how they ended. */
  turns(): {text: string; status: string}[] {
    let stored: {sessions: Record<string, {turns: {text: string; status: string}[]}>}
    try {
      stored = JSON.parse(readFileSync(this.env.AG_STATE ?? '', 'utf8'))
    } catch {
      return []
    }
    return Object.values(stored.sessions).flatMap(({turns}) => turns.map(({text, status}) => ({text, status})))
  }
}
