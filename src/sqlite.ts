type Sqlite = typeof import('node:sqlite')

/**
 * Loads `node:sqlite` without the ExperimentalWarning that Node 22 prints for it (24 no longer
 * does). Only that one warning is held back, and only while the module loads.
 */
export function loadSqlite(): Sqlite {
  const {emitWarning} = process
  process.emitWarning = (...args: unknown[]) => {
    if (/sqlite/i.test(String(args[0])) && args[1] === 'ExperimentalWarning') return
    Reflect.apply(emitWarning, process, args)
  }
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
