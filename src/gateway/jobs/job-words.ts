import {visibleText} from '../../control-sequences.js'
import type {Job} from '../../protocol/methods.js'
import type {JobRow} from '../store/types.js'
import type {JobTold} from '../tools/types.js'

interface Output {
  bytes: number
  file: string
}

/** As the model is told of it. */
export function toldJob({number, command, state, exitCode, kept, pid}: JobRow, {bytes, file}: Output): JobTold {
  return {
    job: number,
    command: shortCommand(command, 200),
    state,
    ...(state === 'running' ? {} : {exit_code: exitCode}),
    ...(state === 'lost' ? {note: pid === null ? 'it never began' : 'it is gone, and nobody saw how it ended'} : {}),
    ...(kept ? {kept: true} : {}),
    total_bytes: bytes,
    output_file: file,
  }
}

/** As a client is told of it. */
export function wireJob(row: JobRow, {bytes, file}: Output): Job {
  return {
    job: row.number,
    command: row.command,
    cwd: row.cwd,
    state: row.state,
    started_at: row.startedAt / 1000,
    ...(row.endedAt === null ? {} : {ended_at: row.endedAt / 1000}),
    ...(row.exitCode === null ? {} : {exit_code: row.exitCode}),
    kept: row.kept,
    bytes,
    file,
  }
}

/** So many are told of by themselves. */
const TOLD = 20

/** For the model, unasked: which jobs have ended since it was told last. */
export function jobNews(rows: readonly JobRow[]): string {
  const lines = rows.slice(-TOLD).map((row) => `Job ${row.number} (${shortCommand(row.command, 80)}) ${endWords(row)}.`)
  const more = rows.length > TOLD ? ` ${rows.length - TOLD} before them are over too.` : ''
  return `[Background jobs: ${lines.join(' ')}${more} job_output tells what ${rows.length === 1 ? 'it' : 'they'} put out.]`
}

function endWords({state, exitCode, pid}: JobRow): string {
  const code = exitCode === null ? '' : ` with exit code ${exitCode}`
  switch (state) {
    case 'stopped':
      return `was stopped${code}`
    case 'lost':
      return pid === null ? 'never began' : 'is gone; nobody saw how it ended'
    default:
      return `has ended${code}`
  }
}

function shortCommand(command: string, characters: number): string {
  const line = visibleText(command.replace(/\s+/g, ' ').trim())
  return line.length > characters ? `${line.slice(0, characters - 1).toWellFormed()}…` : line
}
