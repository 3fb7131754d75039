import {mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {openStore} from '../../../src/gateway/store/index.js'
import type {Store} from '../../../src/gateway/store/types.js'
import {homeFiles} from '../../../src/platform.js'
import type {SessionOpened} from '../../../src/protocol/methods.js'
import type {OpenAiServer} from '../../fixtures/openai-server.js'
import {type AgentStep, type AgentTask, firstPrompt, startAgentModel} from '../../helpers/agent-model.js'
import type {GatewayProcess, Scratch} from '../gateway-process.js'

/** A session whose model delegates: see `startAgentModel`. */
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
    tasks: readonly AgentTask[],
    work: Readonly<Record<string, readonly AgentStep[]>>,
    configuration = '',
  ): Promise<AgentTalk> {
    const server = await startAgentModel(tasks, work)
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

export const newsIn = (gateway: GatewayProcess, type: string) =>
  gateway.frames.flatMap(({params}) => (params?.type === type ? [params.payload ?? {}] : []))
