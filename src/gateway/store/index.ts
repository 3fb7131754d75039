export type {StoreProblem} from './sqlite/sqlite-errors.js'
export {openStore, openStoreForReading, type StoreOptions} from './store.js'
export {normalTitle} from './titles.js'
export type * from './types.js'
