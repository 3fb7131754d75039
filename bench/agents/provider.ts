import {createServer, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'

/** Words of a long reply, and how many come in a second. */
const WORDS = 400
const PER_SECOND = 50

/** What a prompt asks for by the word in brackets in it; a long reply where it has none. */
const asked = /\[(long|short|hold|call: ([^\]]+))\]/g

export interface Provider {
  /** `http://127.0.0.1:PORT` */
  url: string
  /** How often a reply to the person was asked for. */
  count: () => number
  /** What it was asked last. */
  last: () => string
  close: () => Promise<void>
}

/**
 * A provider on this machine, as OpenAI's and Google's servers are. A prompt with `[short]` has a short reply, one with
 * `[hold]` none, one with `[call: COMMAND]` a call of the shell, and any other a long one. No word is in two replies.
 */
export async function startProvider(): Promise<Provider> {
  let count = 0
  let last = ''
  const server = createServer((request, response) => {
    void textOf(request).then((body) => {
      const url = request.url ?? ''
      const isOpenAi = url.endsWith('/chat/completions')
      if (!isOpenAi && !url.includes(':streamGenerateContent')) return aside(url, response)
      const wire = isOpenAi ? openAi : google
      // Titles are asked for beside the conversation, without tools.
      if (!/"(?:tools|functionDeclarations)":\s*\[\s*\{/.test(body)) return stream(response, wire, ['A ', 'title'])
      count += 1
      last = body
      return answer(body, count, response, wire)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    last: () => last,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A reply in the frames of one provider. */
interface Wire {
  text: (piece: string) => object
  call: (command: string) => object
  end: (why: 'stop' | 'call') => object
  last: string
}

function answer(body: string, count: number, response: ServerResponse, wire: Wire): Promise<void> | undefined {
  const [what = '[long]', name = 'long', command = ''] = [...body.matchAll(asked)].at(-1) ?? []
  const words = (most: number) => Array.from({length: most}, (_, index) => `w${count}-${index} `)
  // The result of the call is what the conversation ends with.
  const isOver =
    body.lastIndexOf(what) < Math.max(body.lastIndexOf('"role":"tool"'), body.lastIndexOf('functionResponse'))
  if (command !== '' && !isOver) return stream(response, wire, words(3), command)
  if (name === 'hold') return undefined
  return stream(response, wire, words(name === 'long' ? WORDS : 5))
}

const openAi: Wire = {
  text: (content) => chunk({content}, null),
  call: (command) => {
    const args = JSON.stringify({command, description: 'as the bench wants it'})
    const call = {index: 0, id: `call_${Date.now()}`, type: 'function', function: {name: 'bash', arguments: args}}
    return chunk({tool_calls: [call]}, null)
  },
  end: (why) => chunk({}, why === 'call' ? 'tool_calls' : 'stop'),
  last: 'data: [DONE]\n\n',
}

const chunk = (delta: object, finish: string | null) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 1,
  model: 'words',
  choices: [{index: 0, delta, finish_reason: finish}],
})

const google: Wire = {
  text: (text) => candidate([{text}]),
  call: (command) =>
    candidate([{functionCall: {name: 'run_shell_command', args: {command, description: 'as the bench wants it'}}}]),
  end: () => candidate([{text: ''}], 'STOP'),
  last: '',
}

const candidate = (parts: object[], finishReason?: string) => ({
  candidates: [{index: 0, content: {role: 'model', parts}, ...(finishReason ? {finishReason} : {})}],
  usageMetadata: {promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15},
})

/** Gemini asks first, in one piece, which model is to answer, and waits for that. */
function aside(url: string, response: ServerResponse): void {
  const choice = {complexity_reasoning: 'plain', complexity_score: 10, reasoning: 'plain', model_choice: 'flash'}
  const whole = url.includes(':countTokens') ? {totalTokens: 10} : candidate([{text: JSON.stringify(choice)}], 'STOP')
  response.writeHead(url.includes(':') ? 200 : 404, {'content-type': 'application/json'}).end(JSON.stringify(whole))
}

async function stream(response: ServerResponse, wire: Wire, words: readonly string[], command = ''): Promise<void> {
  const send = (frame: object) => response.write(`data: ${JSON.stringify(frame)}\r\n\r\n`)
  response.writeHead(200, {'content-type': 'text/event-stream'})
  for (const word of words) {
    if (response.destroyed) return
    send(wire.text(word))
    await new Promise((resolve) => setTimeout(resolve, 1000 / PER_SECOND))
  }
  if (command !== '') send(wire.call(command))
  send(wire.end(command === '' ? 'stop' : 'call'))
  response.end(wire.last)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}
