import {randomUUID} from 'node:crypto'
import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {openStore} from '../../src/gateway/store/index.js'

const paragraph =
  'The journal is written before the text is shown, so that nothing that was seen can be lost when the process is killed. '

/** A session of that many messages, half of them prompts, with replies of about 500 characters. Returns its key. */
export function storeSession(database: string, messages: number): string {
  mkdirSync(path.dirname(database), {recursive: true, mode: 0o700})
  const store = openStore(database)
  const key = `20300101_000000_${messages.toString(16).padStart(6, '0')}`
  const session = {key, title: null, model: 'offline', cwd: null, source: 'tui'}
  for (let index = 0; index < messages / 2; index++) {
    const {turn} = store.beginTurn({
      session,
      promptId: randomUUID(),
      prompt: `Question ${index}: what about row ${index}?`,
    })
    store.journal(turn.id, [{kind: 'text', text: `Answer ${index}. ${paragraph.repeat(4)}`}, {kind: 'step-end'}])
    store.finishTurn(turn.id, {status: 'complete'})
  }
  store.close()
  return key
}
