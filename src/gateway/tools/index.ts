import {createTerminal} from './command/terminal.js'
import {createClarify, createSessionSearch, createTodo} from './conversation.js'
import {createEditFile} from './files/edit-file.js'
import {createListFiles, createSearchFiles} from './files/find/find-files.js'
import {createReadFile} from './files/read-file.js'
import {createWriteFile} from './files/write-file.js'
import type {Tool} from './types.js'

/** All tools of the built-in gateway. They hold no state; one list serves every session. */
export function createTools(): Tool[] {
  return [
    createReadFile(),
    createEditFile(),
    createWriteFile(),
    createListFiles(),
    createSearchFiles(),
    createTerminal(),
    createTodo(),
    createClarify(),
    createSessionSearch(),
  ]
}
