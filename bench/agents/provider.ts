import {createServer, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** Words of one reply, and how many come in a second. */
const WORDS = 400
const PER_SECOND = 50

export interface Provider {
  /** `http://127.0.0.1:PORT` */
  url: string
  close: () => Promise<void>
}

/** A provider on this machine that answers each prompt with a long reply, as OpenAI's and Google's servers put it. */
export async function startProvider(): Promise<Provider> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => answer(request.url ?? '', response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(url: string, response: ServerResponse): void {
  if (url.endsWith('/chat/completions')) {
    void stream(response, (word, isLast) => ({
      id: 'x',
      object: 'chat.completion.chunk',
      created: 1,
      model: 'words',
      choices: [{index: 0, delta: {content: word}, finish_reason: isLast ? 'stop' : null}],
    })).then(() => response.end('data: [DONE]\n\n'))
    return
  }
  if (url.includes(':streamGenerateContent')) {
    void stream(response, (word, isLast) => google(word, isLast)).then(() => response.end())
    return
  }
  // Gemini asks first, in one piece, which model is to answer, and waits for that.
  const whole = url.includes(':countTokens')
    ? {totalTokens: 10}
    : google(
        '{"complexity_reasoning": "plain", "complexity_score": 10, "reasoning": "plain", "model_choice": "flash"}',
        true,
      )
  response.writeHead(url.includes(':') ? 200 : 404, {'content-type': 'application/json'}).end(JSON.stringify(whole))
}

const google = (text: string, isLast: boolean) => ({
  candidates: [{index: 0, content: {role: 'model', parts: [{text}]}, ...(isLast ? {finishReason: 'STOP'} : {})}],
  usageMetadata: {promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15},
})

async function stream(response: ServerResponse, frame: (word: string, isLast: boolean) => object): Promise<void> {
  response.writeHead(200, {'content-type': 'text/event-stream'})
  for (let index = 0; index < WORDS && !response.destroyed; index++) {
    response.write(`data: ${JSON.stringify(frame(`word${index} `, index === WORDS - 1))}\r\n\r\n`)
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND))
  }
}
