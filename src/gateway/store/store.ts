import {agentStore} from './agents/agents.js'
import {branchSession} from './branch.js'
import {checkpointStore} from './checkpoints/checkpoints.js'
import * as compactions from './compaction/compactions.js'
import {attachedImages, keepAttached, takeAttached} from './contents/attached.js'
import {Contents} from './contents/contents.js'
import {labelledImage, largeImages, setScaled} from './contents/images.js'
import * as jobs from './jobs/jobs.js'
import {runningTurns} from './journal/in-flight.js'
import {FileJournals, MemoryJournals} from './journal/journals.js'
import {mcpPins, pinMcp, unpinMcp} from './mcp/pins.js'
import {attachedBefore, attachedToPrompt} from './message-rows.js'
import {contextOf, countMessages, messagesOf} from './messages.js'
import type {StoreParts} from './parts.js'
import {answerQuestion} from './questions.js'
import {searchMessages} from './search.js'
import {addSessionRule, removeSessionRule, sessionRules} from './session-rules.js'
import * as sessions from './sessions.js'
import {Database, type DatabaseOptions, IN_MEMORY} from './sqlite/database.js'
import {tidy} from './tidy.js'
import {exportSession} from './transfer/export.js'
import {importSession} from './transfer/import.js'
import * as turns from './turns.js'
import type {Store} from './types.js'
import {spendingSince} from './usage/spending.js'

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
    attach: (turnId, text) => db.write(() => turns.attach(parts, turnId, text)),
    addResultImage: (turnId, toolId, image) => db.write(() => turns.addResultImage(parts, turnId, toolId, image)),
    attached: (turnId) => db.read(() => attachedToPrompt(db, turnId)),
    attachedBefore: (turn) => db.read(() => attachedBefore(db, turn)),
    finishTurn: (turnId, end) => db.write(() => turns.finishTurn(parts, turnId, end, now())),
    ask: (turnId, question) => db.write(() => turns.ask(parts, turnId, question, now())),
    sessionRules: (key) => db.read(() => sessionRules(db, key)),
    addSessionRule: (key, rule) => db.write(() => addSessionRule(db, key, rule, now())),
    removeSessionRule: (key, rule) => db.write(() => removeSessionRule(db, key, rule)),
    mcpPins: () => db.read(() => mcpPins(db)),
    pinMcp: (pin) => db.write(() => pinMcp(db, pin, now())),
    unpinMcp: (server) => db.write(() => unpinMcp(db, server)),
    answer: (questionId, answer) => db.write(() => answerQuestion(db, questionId, answer, now())),
    takeUpTurn: (turnId, options = {}) => db.write(() => turns.takeUpTurn(db, turnId, options)),
    turnWaits: (turnId) => db.read(() => turns.turnWaits(db, turnId, false)),
    settleSession: (key) => db.write(() => turns.settleTurns(parts, key, now())),
    turn: (key, promptId) => db.read(() => turns.turnByPrompt(db, key, promptId)),
    steeredTurn: (key, steerId) => db.read(() => turns.steeredTurn(db, key, steerId)),
    lastTurn: (key) => db.read(() => turns.lastTurnOf(db, key)),

    session: (key) => db.read(() => sessions.sessionByKey(db, key)),
    findSession: (name) => db.read(() => sessions.findSession(db, name)),
    bindLiveId: (liveId, key) => db.write(() => sessions.bindLiveId(db, liveId, key, now())),
    bindBlank: (liveId, key) => db.write(() => sessions.bindBlank(db, liveId, key, now())),
    blankSession: (liveId) => db.read(() => sessions.blankSession(db, liveId)),
    listSessions: (limit) => db.read(() => sessions.listSessions(db, rows(limit))),
    sessionsLike: (part, limit) => db.read(() => sessions.sessionsLike(db, part, rows(limit))),
    mostRecent: (cwd) => db.read(() => sessions.mostRecentSession(db, cwd)),
    unfinished: () => db.read(() => sessions.unfinishedSessions(db, (id) => turns.turnWaits(db, id, false))),
    firstPrompts: (key) => sessions.firstPrompts(db, key),
    setTitle: (key, title) => db.write(() => sessions.setTitle(db, key, title)),
    setModel: (key, model) => db.write(() => sessions.setModel(db, key, model)),
    setContext: (key, context) => db.write(() => sessions.setContext(db, key, context)),
    shellState: (key) => db.read(() => sessions.shellState(db, key)),
    setShellState: (key, state) => db.write(() => sessions.setShellState(db, key, state)),
    setEffort: (key, effort) => db.write(() => sessions.setEffort(db, key, effort)),
    endSession: (key, reason) => db.write(() => sessions.endSession(db, key, reason, now())),
    reopenSession: (key) => db.write(() => sessions.reopenSession(db, key)),
    branchSession: (key, branch) => branchSession(parts, key, branch, now),
    exportSession: (key) => exportSession(parts, key, now),
    importSession: (session, entries) => importSession(parts, session, entries, now()),
    deleteSession: (key) => db.write(() => sessions.deleteSession(parts, key, now())),
    undoLastTurn: (key) => db.write(() => turns.undoLastTurn(db, key)),

    messages: (key, newest) => steadily(db, key, () => messagesOf(parts, key, {newest, whole: true})),
    shownMessages: (key, newest) => steadily(db, key, () => messagesOf(parts, key, {newest, whole: false})),
    messageCount: (key) => steadily(db, key, () => countMessages(parts, key)),
    context: (key) => steadily(db, key, () => contextOf(parts, key)),
    addCompaction: (key, compaction) => db.write(() => compactions.addCompaction(db, key, compaction, now())),
    compactions: (key) => db.read(() => compactions.compactionsOf(db, key)),
    undoCompaction: (key) => db.write(() => compactions.undoCompaction(db, key)),
    imageContent: (file) => parts.contents.readBytes(file),
    largeImages: (key, newest) => db.read(() => largeImages(db, key, rows(newest))),
    setScaled: (file, scaled) => db.write(() => setScaled(parts, file, scaled)),
    keepAttached: (key, image) => db.write(() => keepAttached(parts, key, image, now())),
    dropAttached: (key, label) => db.write(() => takeAttached(db, key, [label])),
    attachedImages: (key) => db.read(() => attachedImages(db, key)),
    labelledImage: (key, label) => db.read(() => labelledImage(db, key, label)),
    usage: (key) => db.read(() => turns.usageOf(db, key)),
    spending: (since) => db.read(() => spendingSince(db, since)),
    search: (query, limit) => db.read(() => searchMessages(db, query, rows(limit))),

    jobs: (key) => db.read(() => jobs.jobsOf(db, key)),
    hasOpenJobs: (key) => db.read(() => jobs.hasOpenJobs(db, key)),
    addJob: (key, job) => db.write(() => jobs.addJob(db, key, job, now())),
    changeJob: (key, number, change) => db.write(() => jobs.changeJob(db, key, number, change)),
    endJob: (key, number, end) => db.write(() => jobs.endJob(db, key, number, end, now())),

    owner: (key) => db.read(() => sessions.ownerOf(db, key)),
    setOwner: (key, owner) => db.write(() => sessions.setOwner(db, key, owner)),

    checkpoints: checkpointStore(db, now),
    agents: agentStore(db, now),

    tidy: () => tidy(parts, now),
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
