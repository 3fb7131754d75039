import {chmodSync, mkdirSync, readdirSync, readFileSync, statSync, unlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'

/** Reports that are kept; each has some kilobytes. */
const KEPT = 5

const reportName = /^report\.\d{8}\.\d{6}\.(\d+)\.\d+\.\d+\.json$/

/**
 * Arguments for Node with which its reports hold no environment. What is set at run time is not
 * heeded by a report that is written in the middle of a garbage collection, as most of a full heap are.
 */
export const privateReportFlags = ['--report-exclude-env', '--report-exclude-network']

/**
 * Has Node write what it knows into `directory` when this process dies of a fatal error, such as a
 * full heap: 7 KB and no delay. Older reports are removed, and those that hold an environment lose it.
 * Never throws: a program without reports is as good as any other.
 */
export function enableFatalReports(directory: string): void {
  try {
    mkdirSync(directory, {recursive: true, mode: 0o700})
    const {report} = process
    report.directory = directory
    report.compact = true
    // The types do not know excludeNetwork yet.
    Object.assign(report, {excludeEnv: true, excludeNetwork: true})
    report.reportOnFatalError = true
    for (const old of listFatalReports(directory).slice(0, -KEPT)) unlinkSync(old)
    scrubFatalReports(directory)
  } catch {
    // A directory that can't be made or read: the crash log says so already.
  }
}

/** Node's reports in a directory, oldest first. `pid`: of this process alone. */
export function listFatalReports(directory: string, pid?: number): string[] {
  return readdirSync(directory)
    .filter((name) => {
      const of = reportName.exec(name)?.[1]
      return of !== undefined && (pid === undefined || Number(of) === pid)
    })
    .sort()
    .map((name) => path.join(directory, name))
}

export interface FatalReport {
  file: string
  /** What Node calls the error: `Allocation failed - JavaScript heap out of memory`. Undefined where half a report is left. */
  error: string | undefined
}

/** The report that a process left, which ran since then (UTC epoch, milliseconds): process ids are used again. Never throws. */
export function findFatalReport(directory: string, pid: number, since: number): FatalReport | undefined {
  try {
    const file = listFatalReports(directory, pid).at(-1)
    if (file === undefined || statSync(file).mtimeMs < since) return undefined
    return {file, error: errorIn(file)}
  } catch {
    return undefined
  }
}

function errorIn(file: string): string | undefined {
  try {
    const event: unknown = JSON.parse(readFileSync(file, 'utf8')).header?.event
    return typeof event === 'string' ? event : undefined
  } catch {
    return undefined
  }
}

/** Takes environment and network out of reports that have them, and makes them private. Never throws. */
export function scrubFatalReports(directory: string, pid?: number): void {
  try {
    for (const file of listFatalReports(directory, pid)) {
      const report: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
      if (!('environmentVariables' in report)) continue
      const {environmentVariables: _, ...rest} = report
      chmodSync(file, 0o600)
      writeFileSync(file, JSON.stringify(rest))
    }
  } catch {
    // Half a report of a process that was killed at it, or somebody else's.
  }
}
