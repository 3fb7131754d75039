import {mkdtemp, realpath, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {createTools, type ToolOptions} from '../../../src/gateway/tools/index.js'
import type {PermitRequest, Tool, ToolContext} from '../../../src/gateway/tools/types.js'

export interface Bench {
  cwd: string
  /** What tools asked leave for to write or to run. */
  asked: PermitRequest[]
  /** Real paths that they asked leave to read. */
  read: string[]
  /** The answer to approvals; default yes. */
  answer: (request: PermitRequest) => boolean | Promise<boolean>
  /** Whether something may be read; default yes. */
  mayRead: (request: PermitRequest) => boolean | Promise<boolean>
  stop: AbortController
  run(name: string, args: Record<string, unknown>): Promise<Record<string, unknown>>
  context: ToolContext
  cleanUp(): Promise<void>
}

/** A real directory and the real tools in it. */
export async function createBench(options: ToolOptions = {}): Promise<Bench> {
  const cwd = await realpath(await mkdtemp(path.join(tmpdir(), 'hermes-tools-')))
  const stop = new AbortController()
  const bench: Bench = {
    cwd,
    asked: [],
    read: [],
    answer: () => true,
    mayRead: () => true,
    stop,
    context: {
      cwd,
      env: process.env,
      signal: stop.signal,
      reads: new Map(),
      permit: async (request) => {
        const {access} = request
        if (access.tool === 'read') bench.read.push(access.path)
        else bench.asked.push(request)
        const yes = await (access.tool === 'read' ? bench.mayRead(request) : bench.answer(request))
        return yes ? {allowed: true} : {allowed: false, reason: 'the person did not allow this'}
      },
      clarify: async (question, choices) => `${question} ${choices?.[0] ?? 'free'}`,
      searchSessions: (query, limit) => [{key: 'k', title: `${query} ${limit}`, snippet: 's'}],
    },
    run: (name, args) => tool(name, options).run(args, bench.context),
    cleanUp: () => rm(cwd, {recursive: true, force: true}),
  }
  return bench
}

export function tool(name: string, options: ToolOptions = {}): Tool {
  const found = createTools(options).find((one) => one.name === name)
  if (!found) throw new Error(`no tool ${name}`)
  return found
}

/** Waits until `condition` holds; fails after five seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 5000
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** True while a process with that id exists and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  const {readFile} = await import('node:fs/promises')
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return stat !== '' && stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
}
