import {type ChatCompletionRequest, LLMock} from '@copilotkit/aimock'
import {WORD_LENGTH, wordsOfReply} from './words.js'

/** What has the model count: a long reply, of which the kill is in the middle. */
export const COUNT = 'please count as far as you can'

const WORDS = 300
const WORDS_A_SECOND = 20

export interface CountingModel {
  /** `http://127.0.0.1:PORT`; below it are the wires of OpenAI (`/v1`), Anthropic and Google. */
  url: string
  port: number
  /** The newest prompt of each request, oldest first. */
  prompts(): string[]
  stop(): Promise<void>
}

/** A model on loopback that counts slowly when it is asked to, and says little to anything else: titles, summaries. */
export async function startCountingModel(): Promise<CountingModel> {
  const mock = new LLMock({port: 0, logLevel: 'silent'})
  const prompts: string[] = []
  let replies = 0
  mock.addFixture({
    match: {predicate: (request) => isCounting(request)},
    response: (request) => {
      prompts.push(promptOf(request))
      return {content: wordsOfReply(replies++, WORDS)}
    },
    chunkSize: WORD_LENGTH,
    latency: 1000 / WORDS_A_SECOND,
  })
  mock.addFixture({
    match: {predicate: () => true},
    response: (request) => {
      prompts.push(promptOf(request))
      return {content: 'Understood.'}
    },
  })
  await mock.start()
  return {
    url: mock.url,
    port: Number(new URL(mock.url).port),
    prompts: () => prompts,
    stop: async () => {
      await mock.stop()
    },
  }
}

/** Requests without tools are of the program itself: it wants a title for the session, or a guess at something. */
function isCounting(request: ChatCompletionRequest): boolean {
  return (request.tools?.length ?? 0) > 0 && promptOf(request).includes(COUNT)
}

function promptOf({messages}: ChatCompletionRequest): string {
  const content = messages.findLast(({role}) => role === 'user')?.content
  return typeof content === 'string' ? content : JSON.stringify(content ?? '')
}
