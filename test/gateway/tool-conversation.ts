import {mkdir, readFile, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {openStore} from '../../src/gateway/store/index.js'
import {homeFiles} from '../../src/platform.js'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {type ChatMessage, type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import type {Frame, GatewayProcess, Scratch} from './gateway-process.js'

export interface ScriptedCall {
  name: string
  args: Record<string, unknown>
}

/** A session with a model that makes the given calls in one step, and says `done` when it is told of them, or to `hello`. */
export class ToolConversation {
  readonly server: OpenAiServer
  readonly #scratch: Scratch
  key = ''
  sid = ''

  private constructor(scratch: Scratch, server: OpenAiServer) {
    this.#scratch = scratch
    this.server = server
  }

  static async start(scratch: Scratch, calls: readonly ScriptedCall[]): Promise<ToolConversation> {
    const server = await startOpenAiServer(({messages}) =>
      messages.some(({role}) => role === 'tool') || messages.at(-1)?.content === 'hello'
        ? {kind: 'stream', text: ['done']}
        : {
            kind: 'stream',
            text: ['Three ', 'things.'],
            toolCalls: calls.map(({name, args}, index) => ({
              id: `call_${index + 1}`,
              name,
              arguments: JSON.stringify(args),
            })),
          },
    )
    scratch.atEnd(() => server.close())
    const folder = path.join(scratch.home, '.config', 'hermes')
    await mkdir(folder, {recursive: true})
    const provider = `providers:\n  mine:\n    baseUrl: ${server.url}\n    apiKey: sk-test\n`
    await writeFile(path.join(folder, 'config.yaml'), `discoverLocal: false\n${provider}`)
    return new ToolConversation(scratch, server)
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

  /** A first gateway that got the prompt. */
  async begin(): Promise<GatewayProcess> {
    const {gateway} = await this.open()
    await gateway.call('prompt.submit', {session_id: this.sid, text: 'go', prompt_id: 'p1'})
    return gateway
  }

  answer(gateway: GatewayProcess, answer: Record<string, unknown>): Promise<Record<string, unknown>> {
    return gateway.call('approval.respond', {session_id: this.sid, ...answer})
  }

  /** What the model was told of each call in the last request, by the call's id. */
  told(): Record<string, string> {
    const messages: ChatMessage[] = this.server.requests.at(-1)?.chat?.messages ?? []
    const results = messages.filter(({role}) => role === 'tool')
    return Object.fromEntries(results.map(({tool_call_id, content}) => [tool_call_id, content ?? '']))
  }

  /** Lines that commands wrote into the file `log` of the working directory. */
  async log(): Promise<string[]> {
    const text = await readFile(path.join(this.#scratch.project, 'log'), 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean)
  }

  /** States of the turn's calls as the store has them. */
  states(): (string | undefined)[] {
    const store = openStore(homeFiles(this.#scratch.home).database)
    const states = store.messages(this.key).flatMap(({tool}) => tool?.state ?? [])
    store.close()
    return states
  }
}

export const questionsIn = (frames: readonly Frame[]) =>
  frames.flatMap(({params}) =>
    /^(approval|clarify)\.request$/.test(params?.type ?? '') ? [params?.payload ?? {}] : [],
  )
