import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {homeFiles} from '../../../src/platform.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import {type ChatMessage, type OpenAiServer, type Reply, startOpenAiServer} from '../../fixtures/openai-server.js'
import type {GatewayProcess, Scratch} from '../gateway-process.js'

/** What a model does in a step: says something, calls tools, or either once a gate is open. */
export type AgentStep = string | Record<string, Record<string, unknown>> | Gate

/** A step that is held back until it is opened. */
export interface Gate {
  /** Resolves when the model was asked for it. */
  asked: Promise<void>
  open(): void
  hold(): Promise<string | Record<string, Record<string, unknown>>>
}

export function gate(then: string | Record<string, Record<string, unknown>>): Gate {
  const asked = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return {
    asked: asked.promise,
    open: opened.resolve,
    async hold() {
      asked.resolve()
      await opened.promise
      return then
    },
  }
}

export interface Task {
  goal: string
  write?: boolean
  tools?: string[]
  model?: string
  context?: string
}

/**
 * A session whose model delegates those tasks in its first step and then says `done`; what each sub-agent does is looked
 * up by its goal. Which step it is follows from its conversation, so that one that goes on after a death goes on here.
 */
export class AgentTalk {
  readonly server: OpenAiServer
  readonly #scratch: Scratch
  key = ''
  sid = ''

  private constructor(scratch: Scratch, server: OpenAiServer) {
    this.#scratch = scratch
    this.server = server
  }

  static async start(
    scratch: Scratch,
    tasks: readonly Task[],
    work: Readonly<Record<string, readonly AgentStep[]>>,
    configuration = '',
  ): Promise<AgentTalk> {
    const server = await startOpenAiServer(async ({messages}) => {
      const goal = tasks.find((task) => firstPrompt(messages).startsWith(task.goal))?.goal
      const steps: readonly AgentStep[] =
        goal === undefined ? (work.parent ?? [{delegate_task: {tasks}}, 'done']) : (work[goal] ?? [`${goal}: ready`])
      const done = messages.filter(({role}) => role === 'assistant').length
      const step = steps[Math.min(done, steps.length - 1)] ?? 'nothing'
      const what =
        typeof step === 'object' && 'hold' in step && typeof step.hold === 'function' ? await step.hold() : step
      return replyOf(what as string | Record<string, Record<string, unknown>>, done)
    })
    const folder = path.join(scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: sk-test\n`
    await writeFile(path.join(folder, 'config.yaml'), `discoverLocal: false\n${provider}${configuration}`)
    return new AgentTalk(scratch, server)
  }

  /** Another gateway; the session is created in the first one and resumed in the others. */
  async open(env: Record<string, string> = {}): Promise<{gateway: GatewayProcess; opened: SessionOpened}> {
    const gateway = await this.#scratch.start({model: 'mine/any', env, cwd: this.#scratch.project})
    const opened =
      this.key === ''
        ? await gateway.call<SessionOpened>('session.create')
        : await gateway.call<SessionOpened>('session.resume', {session_id: this.key})
    this.sid = opened.session_id
    this.key ||= String(opened.stored_session_id)
    return {gateway, opened}
  }

  async begin(env: Record<string, string> = {}): Promise<GatewayProcess> {
    const {gateway} = await this.open(env)
    await gateway.call('prompt.submit', {session_id: this.sid, text: 'go', prompt_id: 'p1'})
    return gateway
  }

  /** What the model was told of its call. */
  told(): {task: string; state: string; text: string; [member: string]: unknown}[] {
    for (const {chat} of this.server.requests.toReversed()) {
      const result = chat?.messages.findLast(({role}) => role === 'tool')
      if (result && firstPrompt(chat?.messages ?? []) === 'go') return JSON.parse(result.content ?? '{}').tasks
    }
    return []
  }

  /** How often a sub-agent's model was asked for its first step. */
  begun(goal: string): number {
    return this.server.requests.filter(
      ({chat}) =>
        chat && firstPrompt(chat.messages).startsWith(goal) && !chat.messages.some(({role}) => role === 'assistant'),
    ).length
  }

  requestsOf(goal: string) {
    return this.server.requests.flatMap(({chat}) => (chat && firstPrompt(chat.messages).startsWith(goal) ? [chat] : []))
  }

  store<T>(look: (store: Store) => T): T {
    const store = openStore(homeFiles(this.#scratch.home).database)
    try {
      return look(store)
    } finally {
      store.close()
    }
  }
}

function firstPrompt(messages: readonly ChatMessage[]): string {
  return messages.find(({role}) => role === 'user')?.content ?? ''
}

function replyOf(step: string | Record<string, Record<string, unknown>>, done: number): Reply {
  if (typeof step === 'string') return {kind: 'stream', text: [step]}
  const calls = Object.entries(step).map(([name, args], index) => ({
    id: `call_${done}_${index}`,
    name: name.split('#')[0] as string,
    arguments: JSON.stringify(args),
  }))
  return {kind: 'stream', toolCalls: calls, finish: 'tool_calls'}
}

export const newsIn = (gateway: GatewayProcess, type: string) =>
  gateway.frames.flatMap(({params}) => (params?.type === type ? [params.payload ?? {}] : []))
