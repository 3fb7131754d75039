import {type Dispatcher, LINES} from '../../lifecycle/dispatcher.js'
import type {Recorder} from '../../lifecycle/recorder.js'
import type {ToolDetails} from '../../lifecycle/tool-hooks/events.js'
import type {ToolHookTerms} from '../../permissions/hooks-handed-down.js'
import {capabilities} from '../../protocol/capabilities.js'
import type {EventPayloads, GatewayEvent} from '../../protocol/events.js'
import type {Supervisor} from '../../supervisor/types.js'
import {summaryOf, wentWell} from './summary.js'

export interface ToolHookOptions {
  supervisor: Pick<Supervisor, 'view' | 'on' | 'request'>
  plugins: Pick<Dispatcher, 'hears' | 'decide' | 'decideMs' | 'dispatch'>
  stamp: Recorder['stamp']
}

/** What the gateways that are started are told of the hooks of plugins. */
export function toolHookTerms({hears, decideMs}: Pick<Dispatcher, 'hears' | 'decideMs'>): ToolHookTerms {
  return hears('tool:before') ? {before: true, deadlineMs: decideMs} : {before: false, deadlineMs: 0}
}

/**
 * Tells plugins of tools and turns, and answers the gateway that asks what they say of a call. Where no plugin has such a
 * hook nothing is asked and nothing is made. Of a gateway that is another one's, that one's plugins are told. Returns the
 * end of it.
 */
export function serveToolHooks({supervisor, plugins, stamp}: ToolHookOptions): () => void {
  /** The gateway that was told of our plugins. */
  let told: number | undefined
  let turn: {startedAt: number; tools: number} | undefined
  const contexts = new Map<string, string>()

  const base = () => {
    const {generation, pid, session} = supervisor.view
    return {generation, pid, sessionKey: session?.key}
  }

  /** One that we came to was started by another one, with other plugins. */
  function agree(): void {
    const {pid, capabilities: can, phase, watched} = supervisor.view
    if (pid === told || phase === 'starting' || watched || !can.has(capabilities.toolHooks)) return
    told = pid
    const {before, deadlineMs} = toolHookTerms(plugins)
    if (before) void supervisor.request('tool.hooks', {before, deadline_ms: deadlineMs}).catch(() => {})
  }

  async function before({request_id, session_key, ...call}: EventPayloads['tool.before']): Promise<void> {
    const {generation, pid, session} = supervisor.view
    const details: ToolDetails = {
      type: 'tool-before',
      generation,
      pid,
      sessionKey: session_key || session?.key,
      toolId: call.tool_id,
      name: call.name,
      args: call.args,
      preview: call.context,
      cwd: call.cwd,
      promptId: call.prompt_id,
    }
    const {verdict, failed} = await plugins.decide(stamp(details))
    const said = verdict && {verdict: verdict.kind, by: nameOf(verdict.plugin), reason: verdict.reason}
    const missed = failed.map(({plugin, message}) => ({by: nameOf(plugin), message}))
    // Where it is gone, the next one asks anew.
    await supervisor.request('tool.decide', {request_id, ...said, failed: missed}).catch(() => {})
  }

  function after(payload: EventPayloads['tool.complete']): void {
    const {tool_id: toolId, name, args, result, duration_s: seconds, status: state = 'complete'} = payload
    const preview = payload.context ?? contexts.get(toolId) ?? ''
    contexts.delete(toolId)
    if (turn) turn.tools += 1
    if (!plugins.hears('tool:after')) return
    const ran = state === 'complete' || state === 'unknown'
    const durationMs = seconds === undefined || !ran ? undefined : Math.round(seconds * 1000)
    const ok = state === 'complete' && wentWell(result)
    const summary = payload.summary ?? summaryOf(result)
    plugins.dispatch(
      stamp({type: 'tool-after', ...base(), toolId, name, args, preview, state, ok, durationMs, summary}),
    )
  }

  function ended({
    status,
    prompt_id: promptId,
    steps,
    stop_reason: stopReason,
  }: EventPayloads['message.complete']): void {
    const {startedAt, tools} = turn ?? {startedAt: performance.now(), tools: 0}
    turn = undefined
    contexts.clear()
    if (!plugins.hears('turn:end')) return
    const durationMs = Math.round(performance.now() - startedAt)
    plugins.dispatch(stamp({type: 'turn-end', ...base(), promptId, status, stopReason, steps, tools, durationMs}))
  }

  function hear(event: GatewayEvent): void {
    if (supervisor.view.watched) return
    switch (event.type) {
      case 'tool.before':
        void before(event.payload)
        return
      case 'message.start':
        turn = {startedAt: performance.now(), tools: 0}
        return
      case 'tool.start':
        turn ??= {startedAt: performance.now(), tools: 0}
        contexts.set(event.payload.tool_id, event.payload.context)
        return
      case 'tool.complete':
        after(event.payload)
        return
      case 'message.complete':
        ended(event.payload)
    }
  }

  const wanted = (['tool:before', 'tool:after', 'turn:end'] as const).some((hook) => plugins.hears(hook))
  // One of another chat may ask where none of our plugins has anything to say.
  const unlisten = [supervisor.on('event', wanted ? hear : (event) => event.type === 'tool.before' && hear(event))]
  if (plugins.hears('tool:before')) unlisten.push(supervisor.on('view', agree))
  return () => {
    for (const off of unlisten) off()
  }
}

const nameOf = (plugin: string) => (plugin === LINES ? LINES : `plugin ${plugin}`)
