import {type ChatMessage, type OpenAiServer, type Reply, startOpenAiServer} from '../fixtures/openai-server.js'

type Calls = Record<string, Record<string, unknown>>

/** What a model does in a step: says something, calls tools (`name#2` is another call of it), or either once a gate is open. */
export type AgentStep = string | Calls | Gate

/** A step that is held back until it is opened. */
export class Gate {
  /** Resolves when the model was asked for it. */
  readonly asked: Promise<void>
  readonly #ask: () => void
  readonly #opened = Promise.withResolvers<void>()
  readonly #then: string | Calls

  constructor(then: string | Calls) {
    const {promise, resolve} = Promise.withResolvers<void>()
    this.asked = promise
    this.#ask = resolve
    this.#then = then
  }

  open(): void {
    this.#opened.resolve()
  }

  async hold(): Promise<string | Calls> {
    this.#ask()
    await this.#opened.promise
    return this.#then
  }
}

export interface AgentTask {
  goal: string
  write?: boolean
  tools?: string[]
  model?: string
  context?: string
}

/**
 * A model that delegates those tasks in its first step and then says `done`; what each sub-agent does is looked up in
 * `work` by its goal, and what the session does by `parent`. Which step it is follows from the conversation, so that one
 * that goes on after a death goes on here.
 */
export function startAgentModel(
  tasks: readonly AgentTask[],
  work: Readonly<Record<string, readonly AgentStep[]>>,
): Promise<OpenAiServer> {
  return startOpenAiServer(async ({messages}) => {
    const goal = tasks.find((task) => firstPrompt(messages).startsWith(task.goal))?.goal
    const steps: readonly AgentStep[] =
      goal === undefined ? (work.parent ?? [{delegate_task: {tasks}}, 'done']) : (work[goal] ?? [`${goal}: ready`])
    const done = messages.filter(({role}) => role === 'assistant').length
    const step = steps[Math.min(done, steps.length - 1)] ?? 'nothing'
    return replyOf(step instanceof Gate ? await step.hold() : step, done)
  })
}

export function firstPrompt(messages: readonly ChatMessage[]): string {
  return messages.find(({role}) => role === 'user')?.content ?? ''
}

const usage = {prompt: 400, completion: 40}

function replyOf(step: string | Calls, done: number): Reply {
  if (typeof step === 'string') return {kind: 'stream', text: [step], usage}
  const toolCalls = Object.entries(step).map(([name, args], index) => ({
    id: `call_${done}_${index}`,
    name: name.split('#')[0] ?? name,
    arguments: JSON.stringify(args),
  }))
  return {kind: 'stream', toolCalls, finish: 'tool_calls', usage}
}
