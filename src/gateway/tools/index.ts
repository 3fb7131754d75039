import {createClarify, createSessionSearch, createTodo} from './conversation.js'
import {createListFiles, createSearchFiles} from './find-files.js'
import {createReadFile} from './read-file.js'
import {createTerminal} from './terminal.js'
import type {Tool} from './types.js'
import {createWriteFile} from './write-file.js'

/** All tools of the built-in gateway. They hold no state; one list serves every session. */
export function createTools(): Tool[] {
  return [
    createReadFile(),
    createWriteFile(),
    createListFiles(),
    createSearchFiles(),
    createTerminal(),
    createTodo(),
    createClarify(),
    createSessionSearch(),
  ]
}
