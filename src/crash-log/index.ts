export {type CrashLog, type CrashLogOptions, createCrashLog} from './crash-log.js'
export {
  enableFatalReports,
  findFatalReport,
  listFatalReports,
  privateReportFlags,
  scrubFatalReports,
} from './fatal-report.js'
export {type HandedDownLog, handedDownVariable, readHandedDown} from './handed-down.js'
export {
  type CrashFieldValue,
  type CrashLogWriter,
  type CrashRecord,
  formatRecord,
  maxValueLength,
  type ParsedCrashRecord,
  parseRecord,
} from './record.js'
export {listCrashLogs} from './rotation.js'
