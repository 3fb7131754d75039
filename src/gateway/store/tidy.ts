import {removeHalves} from './branch.js'
import {removeOldAttached} from './contents/attached.js'
import type {StoreParts} from './parts.js'

/** Removes, in slices, what processes left that died: copies that are not whole, images that were never sent, journals whose entries are stored. */
export function* tidy(parts: StoreParts, now: () => number): Generator<void> {
  const {db, journals} = parts
  removeOldAttached(parts, now())
  yield
  yield* removeHalves(parts)
  // Listed first: a journal that is made from here on is one that a turn names.
  for (const of of journals.list()) {
    yield
    db.write(() => {
      // Of a turn that is not stored nobody knows: the file may be that of another database that lay here.
      const turn = db.get<{journal: string | null}>(
        'SELECT journal FROM turns WHERE id = ? AND session_key = ?',
        of.turnId,
        of.sessionKey,
      )
      if (turn && turn.journal !== of.id) journals.remove(of)
    })
  }
}
