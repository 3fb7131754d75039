import {branchSession} from './branch.js'
import {Contents} from './contents/contents.js'
import {runningTurns} from './journal/in-flight.js'
import {FileJournals, MemoryJournals} from './journal/journals.js'
import {countMessages, messagesOf} from './messages.js'
import type {StoreParts} from './parts.js'
import {answerQuestion, waitingQuestions} from './questions.js'
import {searchMessages} from './search.js'
import {addSessionRule, removeSessionRule, sessionRules} from './session-rules.js'
import * as sessions from './sessions.js'
import {Database, type DatabaseOptions, IN_MEMORY} from './sqlite/database.js'
import {tidy} from './tidy.js'
import * as turns from './turns.js'
import type {Store} from './types.js'

export interface StoreOptions extends DatabaseOptions {
  /** Clock, UTC epoch milliseconds. Default `Date.now`. */
  now?: () => number
  /** Told, in one line, what could not be read of what was in flight. Default: nobody. */
  note?: (text: string) => void
}

/**
 * Opens the session database, and creates it (file 0600, directory 0700) where there is none.
 *
 * @throws HermesError `store/locked | read-only | full | corrupt | newer | removed | io`; the file is then as it was.
 */
export function openStore(path: string, options: StoreOptions = {}): Store {
  const {now = Date.now, note, ...databaseOptions} = options
  return storeOn(Database.open(path, databaseOptions), now, note)
}

/** A store that only answers: for a file that can't be written. Whatever writes throws `store/read-only`. */
export function openStoreForReading(path: string): Store {
  return storeOn(Database.openForReading(path), Date.now)
}

function storeOn(db: Database, now: () => number, note: (text: string) => void = () => {}): Store {
  const file = db.path === IN_MEMORY ? undefined : db.path
  const journals = file === undefined ? new MemoryJournals() : new FileJournals(file, {synced: db.synced})
  const parts: StoreParts = {db, journals, contents: new Contents(file), note}
  return {
    path: db.path,
    get statements() {
      return db.statements
    },
    prepare: (statements) => db.prepare(statements),
    atomically: (work) => db.write(work),

    beginTurn: (input) => db.write(() => turns.beginTurn(parts, input, now())),
    reopenTurn: (turnId) => db.write(() => turns.reopenTurn(db, turnId, now())),
    journal: (turnId, entries) => db.write(() => turns.appendJournal(parts, turnId, entries, now())),
    finishTurn: (turnId, end) => db.write(() => turns.finishTurn(parts, turnId, end, now())),
    ask: (turnId, question) => db.write(() => turns.ask(parts, turnId, question, now())),
    sessionRules: (key) => db.read(() => sessionRules(db, key)),
    addSessionRule: (key, rule) => db.write(() => addSessionRule(db, key, rule, now())),
    removeSessionRule: (key, rule) => db.write(() => removeSessionRule(db, key, rule)),
    answer: (questionId, answer) => db.write(() => answerQuestion(db, questionId, answer, now())),
    takeUpTurn: (turnId, options = {}) => db.write(() => turns.takeUpTurn(db, turnId, options)),
    turnWaits: (turnId) => db.read(() => waitingQuestions(db, turnId, false).length > 0),
    settleSession: (key) => db.write(() => turns.settleTurns(parts, key, now())),
    turn: (key, promptId) => db.read(() => turns.turnByPrompt(db, key, promptId)),
    lastTurn: (key) => db.read(() => turns.lastTurnOf(db, key)),

    session: (key) => db.read(() => sessions.sessionByKey(db, key)),
    findSession: (name) => db.read(() => sessions.findSession(db, name)),
    bindLiveId: (liveId, key) => db.write(() => sessions.bindLiveId(db, liveId, key, now())),
    bindBlank: (liveId, key) => db.write(() => sessions.bindBlank(db, liveId, key, now())),
    blankSession: (liveId) => db.read(() => sessions.blankSession(db, liveId)),
    listSessions: (limit) => db.read(() => sessions.listSessions(db, rows(limit))),
    mostRecent: (cwd) => db.read(() => sessions.mostRecentSession(db, cwd)),
    unfinished: () => db.read(() => sessions.unfinishedSessions(db)),
    setTitle: (key, title) => db.write(() => sessions.setTitle(db, key, title)),
    setModel: (key, model) => db.write(() => sessions.setModel(db, key, model)),
    endSession: (key, reason) => db.write(() => sessions.endSession(db, key, reason, now())),
    reopenSession: (key) => db.write(() => sessions.reopenSession(db, key)),
    branchSession: (key, branch) => branchSession(parts, key, branch, now),
    deleteSession: (key) => db.write(() => sessions.deleteSession(parts, key)),
    undoLastTurn: (key) => db.write(() => turns.undoLastTurn(db, key)),

    messages: (key, newest) => steadily(db, key, () => messagesOf(parts, key, {newest, whole: true})),
    shownMessages: (key, newest) => steadily(db, key, () => messagesOf(parts, key, {newest, whole: false})),
    messageCount: (key) => steadily(db, key, () => countMessages(parts, key)),
    usage: (key) => db.read(() => turns.usageOf(db, key)),
    search: (query, limit) => db.read(() => searchMessages(db, query, rows(limit))),

    owner: (key) => db.read(() => sessions.ownerOf(db, key)),
    setOwner: (key, owner) => db.write(() => sessions.setOwner(db, key, owner)),

    tidy: () => tidy(parts),
    close: () => {
      journals.close()
      db.close()
    },
  }
}

/** Another process may make messages of a journal between a look at the database and one at the file: then once more. */
function steadily<T>(db: Database, key: string, work: () => T): T {
  const journals = () => db.read(() => runningTurns(db, key).map(({journal}) => journal)).join()
  for (let tries = 3; ; tries--) {
    const before = journals()
    const result = db.read(work)
    if (db.inTransaction || tries === 0 || journals() === before) return result
  }
}

/** A limit that SQLite takes as one: it would read -1 as "all" and refuse a fraction. */
function rows(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit) || 0, 0), Number.MAX_SAFE_INTEGER)
}
