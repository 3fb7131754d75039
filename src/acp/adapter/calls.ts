import type {ToolCall, ToolCallUpdate} from '@agentclientprotocol/sdk'
import {unifiedDiff} from '../../gateway/tools/files/unified-diff.js'
import {ToolProgress} from '../../gateway/turn/tool-progress.js'
import type {ToolState} from '../../protocol/methods.js'
import type {Journal} from '../journal/journal.js'
import {type AgentTool, changesOf, contextOf, nameOf, resultOf, toolWith} from './tools.js'

export interface AgentCallsOptions {
  /** Folder of the session. */
  cwd: string
  emit: (type: string, payload?: Record<string, unknown>) => void
  journal: Journal
  /** Resolves when whoever is told has taken enough. Default: at once. */
  room?: (() => Promise<void>) | undefined
  /** Called before a call is told of for the first time. */
  begins: () => void
}

/** Calls of the agent in a turn: what it tells of each, on disk before it is told on. */
export class AgentCalls {
  readonly #options: AgentCallsOptions
  readonly #tools = new Map<string, AgentTool>()
  readonly #progress = new Map<string, ToolProgress>()
  readonly #denied = new Set<string>()

  constructor(options: AgentCallsOptions) {
    this.#options = options
  }

  /** Those of which no end was told. */
  get running(): AgentTool[] {
    return [...this.#tools.values()].filter((tool) => !isOver(tool))
  }

  /** To a client that has just come. */
  tell(): void {
    for (const tool of this.running) this.#start(tool)
  }

  /** The person, a rule or the mode denied it: its failure is no fault. */
  denied(id: string): void {
    this.#denied.add(id)
  }

  clear(): void {
    this.#tools.clear()
  }

  /** What the agent says of a call. */
  async told(told: ToolCall | ToolCallUpdate): Promise<AgentTool> {
    const {cwd, journal, begins} = this.#options
    const before = this.#tools.get(told.toolCallId)
    const tool = toolWith(before, told)
    this.#tools.set(tool.id, tool)
    const name = nameOf(tool)
    const context = contextOf(tool, cwd)
    const isNew = !before || context !== contextOf(before, cwd) || name !== nameOf(before)
    if (isNew) journal.write({t: 'tool', id: tool.id, name, context})
    if (!before) {
      begins()
      this.#start(tool)
    }
    if (isOver(tool) && before?.status !== tool.status) await this.#ended(tool)
    else if (before && !isOver(tool)) this.#progressOf(tool.id).more(() => outputOf(this.#tools.get(tool.id), cwd))
    return tool
  }

  /** The turn is over, and of some no end was told. */
  settle(state: 'complete' | 'unknown'): void {
    for (const tool of this.#tools.values()) {
      this.#endProgress(tool.id)
      if (isOver(tool)) continue
      const status: ToolState = this.#denied.has(tool.id) ? 'denied' : state
      this.#options.journal.write({t: 'tool-end', id: tool.id, status})
      this.#options.emit('tool.complete', {tool_id: tool.id, name: nameOf(tool), status})
    }
    this.#tools.clear()
  }

  #start(tool: AgentTool): void {
    const {cwd, emit} = this.#options
    emit('tool.start', {tool_id: tool.id, name: nameOf(tool), context: contextOf(tool, cwd)})
  }

  async #ended(tool: AgentTool): Promise<void> {
    const {cwd, emit, journal} = this.#options
    this.#endProgress(tool.id)
    // What it put out is told and stored: an agent that calls very often fills nobody's memory.
    this.#tools.set(tool.id, {...tool, content: [], output: undefined})
    const {args, result} = resultOf(tool, cwd)
    const changes = changesOf(tool)
    const made = await Promise.all(changes.map(({before, after}) => unifiedDiff(before, after)))
    const inline = made.flatMap(({lines}) => lines).join('\n')
    const counts = made.reduce((sum, one) => ({added: sum.added + one.added, removed: sum.removed + one.removed}), {
      added: 0,
      removed: 0,
    })
    const isChange = inline !== '' && tool.status === 'completed'
    const status: ToolState = this.#denied.has(tool.id) && tool.status === 'failed' ? 'denied' : 'complete'
    const whole = isChange ? {...(result as object), ...counts} : result
    journal.write({t: 'tool-end', id: tool.id, status, result: whole})
    emit('tool.complete', {
      tool_id: tool.id,
      name: nameOf(tool),
      context: contextOf(tool, cwd),
      status,
      ...(args === undefined ? {} : {args}),
      ...(whole === undefined ? {} : {result: whole}),
      ...(isChange ? {inline_diff: inline} : {}),
    })
  }

  /** It may be told at each line: people are told now and then. */
  #progressOf(id: string): ToolProgress {
    let progress = this.#progress.get(id)
    if (!progress) {
      progress = new ToolProgress({
        tell: (preview) => {
          const tool = this.#tools.get(id)
          if (tool && preview !== '') this.#options.emit('tool.progress', {name: nameOf(tool), tool_id: id, preview})
        },
        mask: (text) => text,
        room: this.#options.room ?? (async () => {}),
      })
      this.#progress.set(id, progress)
    }
    return progress
  }

  #endProgress(id: string): void {
    this.#progress.get(id)?.end()
    this.#progress.delete(id)
  }
}

const isOver = ({status}: AgentTool) => status === 'completed' || status === 'failed'

const outputOf = (tool: AgentTool | undefined, cwd: string) =>
  (tool && (resultOf(tool, cwd).result as {output?: string} | undefined)?.output) ?? ''
