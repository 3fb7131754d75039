import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {
  type CreateTerminalRequest,
  type ReadTextFileRequest,
  RequestError,
  type TerminalOutputResponse,
  type WaitForTerminalExitResponse,
  type WriteTextFileRequest,
} from '@agentclientprotocol/sdk'
import {mintLiveId} from '../../gateway/ids.js'
import {commandEnv} from '../../gateway/tools/command/command-env.js'
import {MARK} from '../../gateway/tools/command/mark.js'
import {type RunningCommand, startCommand} from '../../gateway/tools/command/process-group.js'
import {versionOf} from '../../gateway/tools/files/versions.js'
import {createWriteFile} from '../../gateway/tools/files/write-file.js'
import type {Permit, PermitRequest} from '../../gateway/tools/types.js'
import {realPathOf} from '../../permissions/workspace.js'

/** Of a terminal's output so much is kept, where the agent names no limit. */
const OUTPUT_BYTES = 1_048_576
const KILL_GRACE_MS = 2000

export interface ServedOptions {
  cwd: string
  env: NodeJS.ProcessEnv
  /** Decides by rules and mode, and asks the person where these say so. */
  permit: (request: PermitRequest) => Promise<Permit>
}

interface Terminal {
  running: RunningCommand
  output: Buffer
  truncated: boolean
  exit: WaitForTerminalExitResponse | undefined
}

/** Files and terminals of the client, as an agent asks for them: by our own tools and permissions. */
export class Served {
  readonly #options: ServedOptions
  readonly #terminals = new Map<string, Terminal>()
  #count = 0

  constructor(options: ServedOptions) {
    this.#options = options
  }

  async read({path: file, line, limit}: ReadTextFileRequest): Promise<{content: string}> {
    const real = realPathOf(path.resolve(this.#options.cwd, file))
    await this.#leave({access: {tool: 'read', path: real}, title: `Read ${file}`})
    let content: string
    try {
      content = await readFile(real, 'utf8')
    } catch {
      throw RequestError.resourceNotFound(file)
    }
    if (line == null && limit == null) return {content}
    const from = Math.max(1, line ?? 1) - 1
    const lines = content.split('\n')
    return {content: lines.slice(from, limit == null ? undefined : from + limit).join('\n')}
  }

  async write({path: file, content}: WriteTextFileRequest): Promise<Record<string, never>> {
    const {cwd, env, permit} = this.#options
    const real = realPathOf(path.resolve(cwd, file))
    const known = new Map<string, string>()
    // The agent, not a model of ours, answers for having read it.
    const before = await readFile(real).catch(() => undefined)
    if (before) known.set(real, await versionOf(before))
    const result = (await createWriteFile().run(
      {path: real, content},
      {
        cwd,
        env: commandEnv(env).env,
        signal: new AbortController().signal,
        permit,
        clarify: async () => '',
        searchSessions: () => [],
        reads: {get: (one) => known.get(one), set: (one, version) => void known.set(one, version)},
      },
    )) as {error?: unknown}
    if (typeof result.error === 'string') throw RequestError.invalidRequest({path: file}, result.error)
    return {}
  }

  async createTerminal({command, args = [], env = [], cwd, outputByteLimit}: CreateTerminalRequest) {
    const text = [command, ...args.map(quoted)].join(' ')
    const folder = cwd ?? this.#options.cwd
    await this.#leave({access: {tool: 'bash', command: text, cwd: folder}, title: 'Run a shell command'})
    const id = `terminal-${++this.#count}`
    const limit = outputByteLimit ?? OUTPUT_BYTES
    const terminal: Terminal = {
      running: undefined as unknown as RunningCommand,
      output: Buffer.alloc(0),
      truncated: false,
      exit: undefined,
    }
    const mark = this.#options.env[MARK]
    terminal.running = await startCommand({
      command: {shell: text},
      ...(mark === undefined ? {} : {mark: `${mark}-${mintLiveId()}`}),
      cwd: folder,
      env: {...commandEnv(this.#options.env).env, ...Object.fromEntries(env.map(({name, value}) => [name, value]))},
      onOutput(chunk) {
        const all = Buffer.concat([terminal.output, chunk])
        terminal.truncated ||= all.length > limit
        terminal.output = all.length > limit ? atCharacter(all.subarray(all.length - limit)) : all
      },
    })
    void terminal.running.ended.then(({code, signal}) => {
      terminal.exit = {exitCode: code, signal}
    })
    this.#terminals.set(id, terminal)
    return {terminalId: id}
  }

  output(id: string): TerminalOutputResponse {
    const {output, truncated, exit} = this.#terminal(id)
    return {output: output.toString('utf8'), truncated, ...(exit ? {exitStatus: exit} : {})}
  }

  async waitForExit(id: string): Promise<WaitForTerminalExitResponse> {
    const terminal = this.#terminal(id)
    const {code, signal} = await terminal.running.ended
    return terminal.exit ?? {exitCode: code, signal}
  }

  async killTerminal(id: string): Promise<void> {
    const {running, exit} = this.#terminal(id)
    if (!exit) await running.kill(KILL_GRACE_MS)
  }

  async release(id: string): Promise<void> {
    await this.killTerminal(id)
    this.#terminals.delete(id)
  }

  async releaseAll(): Promise<void> {
    await Promise.allSettled([...this.#terminals.keys()].map((id) => this.release(id)))
  }

  #terminal(id: string): Terminal {
    const found = this.#terminals.get(id)
    if (!found) throw RequestError.resourceNotFound(id)
    return found
  }

  async #leave(request: PermitRequest): Promise<void> {
    const permit = await this.#options.permit(request)
    if (!permit.allowed) throw RequestError.invalidRequest(undefined, permit.reason)
  }
}

const quoted = (word: string) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

/** Without the rest of a character at its beginning. */
function atCharacter(bytes: Buffer): Buffer {
  let at = 0
  while (at < 4 && ((bytes[at] ?? 0) & 0xc0) === 0x80) at++
  return bytes.subarray(at)
}
