import {createJobOutput, createJobStop} from './command/job-tools.js'
import {createTerminal} from './command/terminal.js'
import {createClarify, createSessionSearch, createTodo} from './conversation.js'
import {createDelegateTask} from './delegate-task.js'
import {createEditFile} from './files/edit-file.js'
import {createListFiles, createSearchFiles} from './files/find/find-files.js'
import {createReadFile} from './files/read-file.js'
import {createWriteFile} from './files/write-file.js'
import type {Tool} from './types.js'
import {createWebFetch, type FetchOptions} from './web/web-fetch.js'
import {createWebSearch} from './web/web-search.js'

export interface ToolOptions {
  /** Commands run in a sandbox. */
  sandbox?: boolean
  fetch?: FetchOptions
  /** Providers may search the web. */
  search?: boolean
  /** Absolute; what the person was asked for runs in it. Default `/bin/sh`, as all else. */
  shell?: string | undefined
  /** Commands hand their folder and their exported variables on. */
  keepsShell?: boolean
  /** Tasks can be given to sub-agents. */
  delegates?: boolean
}

/** All tools of the built-in gateway. They hold no state; one list serves every session. */
export function createTools({
  sandbox = false,
  fetch,
  search = false,
  shell,
  keepsShell = false,
  delegates = false,
}: ToolOptions = {}): Tool[] {
  return [
    createReadFile(),
    createEditFile(),
    createWriteFile(),
    createListFiles(),
    createSearchFiles(),
    createTerminal({sandbox, shell, keepsShell}),
    createWebFetch(fetch),
    ...(search ? [createWebSearch()] : []),
    createJobOutput(),
    createJobStop(),
    ...(delegates ? [createDelegateTask()] : []),
    createTodo(),
    createClarify(),
    createSessionSearch(),
  ]
}
