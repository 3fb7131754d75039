import type {Contents} from './contents/contents.js'
import type {Journals} from './journal/journals.js'
import type {Database} from './sqlite/database.js'

/** What a store is made of: the database, and the files beside it. */
export interface StoreParts {
  db: Database
  journals: Journals
  contents: Contents
  /** One line for the log. */
  note: (text: string) => void
}
