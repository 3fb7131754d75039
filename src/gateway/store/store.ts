import {branchSession} from './branch.js'
import {countMessages, messagesOf} from './messages.js'
import {answerQuestion, waitingQuestions} from './questions.js'
import {searchMessages} from './search.js'
import {addSessionRule, removeSessionRule, sessionRules} from './session-rules.js'
import * as sessions from './sessions.js'
import {Database, type DatabaseOptions} from './sqlite/database.js'
import * as turns from './turns.js'
import type {Store} from './types.js'

export interface StoreOptions extends DatabaseOptions {
  /** Clock, UTC epoch milliseconds. Default `Date.now`. */
  now?: () => number
}

/**
 * Opens the session database, and creates it (file 0600, directory 0700) where there is none.
 *
 * @throws HermesError `store/locked | read-only | full | corrupt | newer | removed | io`; the file is then as it was.
 */
export function openStore(path: string, options: StoreOptions = {}): Store {
  const {now = Date.now, ...databaseOptions} = options
  return storeOn(Database.open(path, databaseOptions), now)
}

/** A store that only answers: for a file that can't be written. Whatever writes throws `store/read-only`. */
export function openStoreForReading(path: string): Store {
  return storeOn(Database.openForReading(path), Date.now)
}

function storeOn(db: Database, now: () => number): Store {
  return {
    path: db.path,
    get statements() {
      return db.statements
    },
    prepare: (statements) => db.prepare(statements),
    atomically: (work) => db.write(work),

    beginTurn: (input) => db.write(() => turns.beginTurn(db, input, now())),
    reopenTurn: (turnId) => db.write(() => turns.reopenTurn(db, turnId, now())),
    journal: (turnId, entries) => db.write(() => turns.appendJournal(db, turnId, entries, now())),
    finishTurn: (turnId, end) => db.write(() => turns.finishTurn(db, turnId, end, now())),
    ask: (turnId, question) => db.write(() => turns.ask(db, turnId, question, now())),
    sessionRules: (key) => db.read(() => sessionRules(db, key)),
    addSessionRule: (key, rule) => db.write(() => addSessionRule(db, key, rule, now())),
    removeSessionRule: (key, rule) => db.write(() => removeSessionRule(db, key, rule)),
    answer: (questionId, answer) => db.write(() => answerQuestion(db, questionId, answer, now())),
    takeUpTurn: (turnId, options = {}) => db.write(() => turns.takeUpTurn(db, turnId, options)),
    turnWaits: (turnId) => db.read(() => waitingQuestions(db, turnId, false).length > 0),
    settleSession: (key) => db.write(() => turns.settleTurns(db, key, now())),
    turn: (key, promptId) => db.read(() => turns.turnByPrompt(db, key, promptId)),
    lastTurn: (key) => db.read(() => turns.lastTurnOf(db, key)),

    session: (key) => db.read(() => sessions.sessionByKey(db, key)),
    findSession: (name) => db.read(() => sessions.findSession(db, name)),
    bindLiveId: (liveId, key) => db.write(() => sessions.bindLiveId(db, liveId, key, now())),
    bindBlank: (liveId, key) => db.write(() => sessions.bindBlank(db, liveId, key, now())),
    blankSession: (liveId) => db.read(() => sessions.blankSession(db, liveId)),
    listSessions: (limit) => db.read(() => sessions.listSessions(db, rows(limit))),
    mostRecent: () => db.read(() => sessions.mostRecentSession(db)),
    setTitle: (key, title) => db.write(() => sessions.setTitle(db, key, title)),
    setModel: (key, model) => db.write(() => sessions.setModel(db, key, model)),
    endSession: (key, reason) => db.write(() => sessions.endSession(db, key, reason, now())),
    reopenSession: (key) => db.write(() => sessions.reopenSession(db, key)),
    branchSession: (key, branch) => db.write(() => branchSession(db, key, branch, now())),
    deleteSession: (key) => db.write(() => sessions.deleteSession(db, key)),
    undoLastTurn: (key) => db.write(() => turns.undoLastTurn(db, key)),

    messages: (key, newest) => db.read(() => messagesOf(db, key, newest)),
    messageCount: (key) => db.read(() => countMessages(db, key)),
    usage: (key) => db.read(() => turns.usageOf(db, key)),
    search: (query, limit) => db.read(() => searchMessages(db, query, rows(limit))),

    owner: (key) => db.read(() => sessions.ownerOf(db, key)),
    setOwner: (key, owner) => db.write(() => sessions.setOwner(db, key, owner)),

    close: () => db.close(),
  }
}

/** A limit that SQLite takes as one: it would read -1 as "all" and refuse a fraction. */
function rows(limit: number): number {
  return Math.min(Math.max(Math.trunc(limit) || 0, 0), Number.MAX_SAFE_INTEGER)
}
