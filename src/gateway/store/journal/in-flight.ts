import {messageOf} from '../../../errors.js'
import {mintJournalId} from '../../ids.js'
import {foldTurn} from '../fold.js'
import {decodeBatch, decodeRows, encodeBatch, type Journaled, type JournalRow} from '../journal-codec.js'
import {insertMessage, messagesOfTurn, updateMessage} from '../message-rows.js'
import type {StoreParts} from '../parts.js'
import {forgetUnasked} from '../questions.js'
import type {Database} from '../sqlite/database.js'
import type {JournalEntry, MessageStatus} from '../types.js'
import type {JournalOf} from './records.js'

/** A turn that runs, as far as its journal is concerned. */
export interface RunningTurn {
  id: number
  sessionKey: string
  /** Null: of a process that knew no files yet. */
  journal: string | null
}

/** Turns of a session that run, or that a process left running. */
export function runningTurns(db: Database, key: string): RunningTurn[] {
  return db
    .all<{id: number; journal: string | null}>(
      `SELECT id, journal FROM turns WHERE session_key = ? AND status = 'running' ORDER BY id`,
      key,
    )
    .map(({id, journal}) => ({id, sessionKey: key, journal}))
}

/** Gives a turn that runs from here on a journal of its own. */
export function openJournal(db: Database, id: number): string {
  const journal = mintJournalId()
  db.run('UPDATE turns SET journal = ? WHERE id = ?', journal, id)
  return journal
}

/** Adds a record with what happened; it is there before anything of it is shown. */
export function appendEntries(
  {db, journals, contents}: StoreParts,
  turn: RunningTurn,
  {at, entries}: {at: number; entries: readonly JournalEntry[]},
): void {
  const lean = entries.map((entry): JournalEntry => {
    if (entry.kind !== 'tool-end') return entry
    const {stored, made} = contents.put(entry.result)
    if (made !== undefined) db.onRollback(() => contents.remove(made))
    return stored?.file ? {...entry, result: stored} : entry
  })
  const payload = encodeBatch({at, entries: lean})
  if (!payload) return
  const id = turn.journal ?? openJournal(db, turn.id)
  db.onRollback(journals.append({sessionKey: turn.sessionKey, turnId: turn.id, id}, payload))
}

/** What a turn's journal holds, in order. `onLoss` is told what could not be read of it. */
export function* entriesOf(
  {db, journals}: Pick<StoreParts, 'db' | 'journals'>,
  turn: RunningTurn,
  onLoss: (text: string) => void = () => {},
): Generator<Journaled> {
  yield* decodeRows(db.all<JournalRow>('SELECT at, kind, data FROM journal WHERE turn_id = ? ORDER BY seq', turn.id))
  const of = journalOf(turn)
  if (!of) return
  for (const payload of journals.read(of, ({text}) => onLoss(text))) {
    let entries: Journaled[]
    try {
      entries = decodeBatch(payload)
    } catch (error) {
      return onLoss(`a record of the journal of turn ${turn.id} is not read: ${messageOf(error)}`)
    }
    yield* entries
  }
}

/**
 * Makes messages of the turn's journal and of `more`, which comes after it. From the end of this transaction on the
 * turn's row no longer names that journal: a process that dies before the file is removed doubles nothing.
 */
export function foldJournal(
  parts: StoreParts,
  turn: RunningTurn,
  end: MessageStatus | 'running',
  more: readonly Journaled[] = [],
): void {
  const {db, journals, note} = parts
  const losses: string[] = []
  const asked = new Set<string>()
  const entries = function* () {
    for (const journaled of entriesOf(parts, turn, (text) => losses.push(text))) {
      if (journaled.entry.kind === 'asked') asked.add(journaled.entry.id)
      yield journaled
    }
    yield* more
  }
  const folded = foldTurn(messagesOfTurn(db, turn.id), entries(), end)
  for (const message of folded.changed) updateMessage(parts, message)
  for (const message of folded.added) insertMessage(parts, turn.sessionKey, message)
  forgetUnasked(db, turn.id, asked)
  db.run('DELETE FROM journal WHERE turn_id = ?', turn.id)
  if (end === 'running') {
    const next = {...turn, journal: openJournal(db, turn.id)}
    for (const {at, entry} of folded.waiting) appendEntries(parts, next, {at, entries: [entry]})
  } else db.run('UPDATE turns SET journal = NULL WHERE id = ?', turn.id)
  const of = journalOf(turn)
  if (!of) return
  db.onCommit(() => {
    if (losses.length === 0) return journals.remove(of)
    journals.setAside(of)
    for (const text of losses) note(`session ${of.sessionKey}: ${text}`)
  })
}

function journalOf({id, sessionKey, journal}: RunningTurn): JournalOf | undefined {
  return journal === null ? undefined : {sessionKey, turnId: id, id: journal}
}
