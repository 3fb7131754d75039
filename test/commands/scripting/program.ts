import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import type {PrintEvent, PrintResult} from '../../../src/chat/print/format.js'
import {
  type ChatMessage,
  type ChatRequest,
  type OpenAiServer,
  type Reply,
  startOpenAiServer,
} from '../../fixtures/openai-server.js'
import {ensureBuilt} from '../../helpers/build.js'
import {programPath, TestHome} from '../../helpers/pty/chat.js'
import {childrenOf} from '../../helpers/pty/processes.js'

export interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

/** The built program on a model of a script, in a home of its own. */
export interface Program {
  readonly home: TestHome
  readonly server: OpenAiServer
  /** Requests for a reply, oldest first. */
  asked(): ChatRequest[]
  start(...args: string[]): Running
  /** `input`: what is piped in; its end follows. */
  run(args: readonly string[], input?: string | Buffer): Promise<Ended>
}

export interface Running {
  child: ChildProcessWithoutNullStreams
  output: {stdout: string; stderr: string}
  ended: Promise<Ended>
  /** Waits until one of them has the text. */
  shows(text: string): Promise<void>
  /** `kill -9`. */
  killGateway(): void
}

export type ModelScript = (request: ChatRequest, count: number) => Reply | Promise<Reply>

/** For a `describe`: `script` is asked for each reply of its test. */
export function useProgram(configuration = ''): Program & {script(next: ModelScript): void} {
  let home: TestHome
  let server: OpenAiServer
  let script: ModelScript = () => says('nothing was planned')
  const running: ChildProcessWithoutNullStreams[] = []

  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(async () => {
    let count = 0
    script = () => says('nothing was planned')
    server = await startOpenAiServer((request) => script(request, count++))
    home = new TestHome()
    home.configure(
      `discoverLocal: false\nmodel: mine/m\nproviders:\n  mine: {kind: openai-compatible, baseUrl: "${server.url}", models: [m]}\n${configuration}`,
    )
  })
  afterEach(async () => {
    for (const child of running.splice(0)) {
      if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
    }
    await server.close()
    home.remove()
  })

  const start = (...args: string[]): Running => {
    const child = spawn(process.execPath, [programPath, 'chat', ...args], {cwd: home.cwd, env: home.env()})
    running.push(child)
    const output = {stdout: '', stderr: ''}
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text) => {
        output[name] += text
      })
    }
    // One that refuses its flags reads nothing.
    child.stdin.on('error', () => {})
    const ended = once(child, 'close').then(([code]) => ({...output, code}))
    const shows = async (text: string) => {
      while (!output.stdout.includes(text) && !output.stderr.includes(text)) {
        if (child.stdout.closed && child.stderr.closed) throw new Error(`it ended: ${output.stderr}`)
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended])
      }
    }
    const killGateway = () => {
      // One that stands by for the next death goes too.
      for (const {pid, command} of childrenOf(child.pid ?? 0)) {
        if (!/gateway/.test(command)) continue
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It ended by itself.
        }
      }
    }
    return {child, output, ended, shows, killGateway}
  }

  return {
    get home() {
      return home
    },
    get server() {
      return server
    },
    asked: () => server.requests.flatMap(({chat}) => chat ?? []),
    script(next) {
      script = next
    },
    start,
    run(args, input) {
      const {child, ended} = start(...args)
      child.stdin.end(input)
      return ended
    },
  }
}

export const says = (...text: string[]): Reply => ({kind: 'stream', text})
export const calls = (name: string, args: unknown, id = 'c'): Reply => ({
  kind: 'stream',
  toolCalls: [{id, name, arguments: JSON.stringify(args)}],
})

/** What the person said last. */
export const promptOf = ({messages}: ChatRequest) => textOf(messages.findLast(({role}) => role === 'user'))
export const systemOf = ({messages}: ChatRequest) => textOf(messages.find(({role}) => /system|developer/.test(role)))
export const stepsOf = ({messages}: ChatRequest) => {
  const last = messages.findLastIndex(({role}) => role === 'user')
  return messages.slice(last).filter(({role}) => role === 'assistant').length
}

const textOf = (message: ChatMessage | undefined) =>
  typeof message?.content === 'string' ? message.content : JSON.stringify(message?.content ?? '')

export const resultOf = ({stdout}: Ended) => JSON.parse(stdout) as PrintResult
export const eventsOf = ({stdout}: Pick<Ended, 'stdout'>) =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as PrintEvent)
export const resultsOf = (ended: Pick<Ended, 'stdout'>) =>
  eventsOf(ended).filter((event): event is PrintEvent & {type: 'result'} => event.type === 'result')

export const message = (content: unknown) => `${JSON.stringify({type: 'user', message: {role: 'user', content}})}\n`
