import type {Store} from '../store/types.js'
import type {SeedMessage} from './live-session.js'

/** The messages of one stored turn: what was asked, and what was answered. */
export interface SeedTurn {
  prompt: string
  reply: string
}

/**
 * Seed messages as turns. One begins with a user's message; a reply before any is a turn without a
 * prompt, and a system message is kept as the user's, since turns hold no other.
 */
export function seedTurns(seed: readonly SeedMessage[]): SeedTurn[] {
  const turns: SeedTurn[] = []
  for (const {role, text} of seed) {
    if (text === '') continue
    const last = turns.at(-1)
    if (role !== 'assistant') turns.push({prompt: text, reply: ''})
    else if (last) last.reply = last.reply === '' ? text : `${last.reply}\n\n${text}`
    else turns.push({prompt: '', reply: text})
  }
  return turns
}

/** Stores seed messages ahead of the first prompt. Their prompt ids make a second attempt harmless. */
export function persistSeed(
  store: Store,
  session: Parameters<Store['beginTurn']>[0]['session'],
  seed: readonly SeedMessage[],
): void {
  for (const [index, {prompt, reply}] of seedTurns(seed).entries()) {
    const {turn} = store.beginTurn({session, promptId: `seed-${index}`, prompt})
    if (turn.status !== 'running') continue
    if (reply !== '') store.journal(turn.id, [{kind: 'text', text: reply}, {kind: 'step-end'}])
    store.finishTurn(turn.id, {status: 'complete'})
  }
}
