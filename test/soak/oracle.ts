import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import type {SentPrompt} from './kill-run.js'

/** The file is whole: pages, references and the search index. */
export function checkDatabase(file: string): void {
  const db = new DatabaseSync(file)
  try {
    expect(db.prepare('PRAGMA integrity_check').all()).to.deep.equal([{__proto__: null, integrity_check: 'ok'}])
    expect(db.prepare('PRAGMA foreign_key_check').all()).to.deep.equal([])
    db.exec(`INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)`)
  } finally {
    db.close()
  }
}

/**
 * The only session of the store holds every acknowledged prompt once, in the order in which they were
 * sent, nothing that was not sent, and of each reply at least what was seen of it.
 */
export function checkSession(file: string, key: string, prompts: readonly SentPrompt[]): void {
  const store = openStore(file)
  try {
    expect(store.listSessions(10).map((session) => session.key)).to.deep.equal([key])
    const messages = store.messages(key)
    const stored = messages.filter(({role}) => role === 'user').map(({promptId, text}) => [promptId, text])
    const acknowledged = prompts.filter((prompt) => prompt.acknowledged)
    expect(stored).to.deep.equal(acknowledged.map(({id, text}) => [id, text]))
    for (const {id, seen, complete} of prompts) {
      const replies = messages.filter(({promptId, role}) => promptId === id && role === 'assistant')
      const reply = replies.map(({text}) => text).join('\n\n')
      if (complete) expect(reply, id).to.equal(seen)
      else expect(reply.startsWith(seen), `${id}: ${reply} begins with ${seen}`).to.equal(true)
      const status = store.turn(key, id)?.status
      expect(status, id).to.be.oneOf(complete ? ['complete'] : ['interrupted', 'complete'])
    }
  } finally {
    store.close()
  }
}
