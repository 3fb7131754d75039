import {type ChatCompletionRequest, LLMock} from '@copilotkit/aimock'
import type {ChatSuite} from './pty/suite.js'

/** One step of a model: what it says, or the tools that it calls. */
export type ModelStep = string | {name: string; args: Record<string, unknown>}[]

export interface ScriptedModel {
  /** Lines for a configuration that make it the model. */
  readonly configuration: string
  /** What it was sent, oldest first. */
  requests(): ChatCompletionRequest[]
  /** Contents of the tool messages of the newest request, parsed. */
  results(): Record<string, unknown>[]
  close(): Promise<void>
}

/**
 * A model behind aimock's server (OpenAI's wire) that does what a script says: for each prompt its steps, one a
 * request. Which step it is follows from the conversation alone, so that a turn that goes on after a death goes on here.
 */
export async function startScriptedModel(script: Record<string, ModelStep[]>): Promise<ScriptedModel> {
  const mock = new LLMock({port: 0, logLevel: 'silent'})
  /** Its own list leaves out a body of more than 64 KB. */
  const kept: ChatCompletionRequest[] = []
  mock.addFixture({
    match: {predicate: () => true},
    response(request) {
      kept.push(request)
      return respond(request, script)
    },
  })
  await mock.start()
  const requests = () => kept
  return {
    configuration: `model: mine/scripted\nproviders:\n  mine:\n    baseUrl: ${mock.url}/v1\n    apiKey: sk-scripted-model-key\n    models: [scripted]\n`,
    requests,
    results: () =>
      (requests().at(-1)?.messages ?? [])
        .filter(({role}) => role === 'tool')
        .map(({content}) => JSON.parse(String(content))),
    close: async () => {
      await mock.stop()
    },
  }
}

function respond({messages}: ChatCompletionRequest, script: Record<string, ModelStep[]>) {
  const at = messages.findLastIndex(({role, content}) => role === 'user' && stepsOf(content, script) !== undefined)
  const steps = stepsOf(messages[at]?.content, script) ?? []
  const done = messages.slice(at + 1).filter(({role}) => role === 'assistant').length
  const step = steps[done] ?? 'That is all.'
  if (typeof step === 'string') return {content: step}
  return {
    toolCalls: step.map(({name, args}, index) => ({
      name,
      arguments: JSON.stringify(args),
      id: `call_${at}_${done}_${index}`,
    })),
  }
}

function stepsOf(content: unknown, script: Record<string, ModelStep[]>): ModelStep[] | undefined {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return Object.entries(script).find(([prompt]) => text?.includes(prompt))?.[1]
}

/** For a `describe`: each of its tests has this model, and a configuration that makes it the only one. */
export function useScriptedModel(suite: ChatSuite, script: Record<string, ModelStep[]>): void {
  let model: ScriptedModel
  beforeEach(async () => {
    model = await startScriptedModel(script)
    suite.home.configure(`discoverLocal: false\n${model.configuration}`)
  })
  afterEach(() => model.close())
}
