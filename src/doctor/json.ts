import type {Death, FoundDeaths} from './deaths/types.js'
import type {Examination} from './examine.js'
import {hasFindings} from './examine.js'
import type {LogEntry, LogStatistics} from './log/entry.js'
import {remedyText} from './text.js'

/** Raised when a member changes its meaning or goes away; new members do not raise it. */
export const SCHEMA_VERSION = 1

/** What `hermes doctor --json` prints; described in docs/doctor.md. */
export function examinationJson(examination: Examination) {
  const {version, time, checks, found} = examination
  return {
    schemaVersion: SCHEMA_VERSION,
    version,
    time: iso(time),
    healthy: !hasFindings(examination),
    checks: checks.map((check) => ({...check, remedy: check.remedy.map(remedyText)})),
    ...deathsJson(found),
  }
}

/** What `hermes doctor crashes --json` prints. */
export function crashesJson(found: FoundDeaths) {
  return {schemaVersion: SCHEMA_VERSION, ...deathsJson(found)}
}

/** What `hermes doctor crash ID --json` prints. */
export function crashJson(death: Death) {
  return {schemaVersion: SCHEMA_VERSION, death: {...deathJson(death), timeline: death.timeline.map(entryJson)}}
}

function deathsJson({deaths, total, statistics}: FoundDeaths) {
  return {deaths: deaths.map(deathJson), deathsTotal: total, log: statisticsJson(statistics)}
}

function deathJson(death: Death) {
  const {timeline: _, time, pid, sessionKey, back, witnesses, ...rest} = death
  return {
    ...rest,
    time: iso(time),
    pid: pid ?? null,
    sessionKey: sessionKey ?? null,
    back: {...back, downtimeMs: back.downtimeMs ?? null},
    witnesses: witnesses.map(({says, entry}) => ({says, ...(entry ? {record: entryJson(entry)} : {record: null})})),
  }
}

function entryJson({writer, event, time, exact, text, body, file, line}: LogEntry) {
  return {writer, event, time: iso(time), exact, file, line, text, body}
}

function statisticsJson({files, lines, records, torn, lost, foreign, unreadable}: LogStatistics) {
  return {files, lines, records, torn, lost, foreign, unreadable}
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
