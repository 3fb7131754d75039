import {classifyDeath} from '../../supervisor/death/cause.js'
import {createSpawner} from '../../supervisor/process/child.js'
import type {Child, ChildEnding} from '../../supervisor/process/types.js'

/** From the end of its input to SIGKILL, milliseconds. */
const END_MS = 1000

export interface AgentTrial {
  /** From its start to the answer of `initialize`, milliseconds. */
  startMs: number
  /** What it calls itself; may be empty. */
  title: string
  protocolVersion: number
  /** How a session comes back in it after a death. */
  restores: 'resume' | 'load' | undefined
  /** Ways to sign in, where it tells any. */
  authMethods: readonly string[]
}

export interface AgentIll {
  /** `there is no such program`, `exited with code 1: …`. */
  problem: string
  remedy: string | undefined
  /** Last lines of its standard error. */
  lastWords: readonly string[]
}

export interface TryOptions {
  command: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  timeoutMs: number
  version: string
}

/** Starts an agent, greets it, and ends it; no session is begun. Never rejects. The process is gone in either case. */
export async function tryAgent({command, cwd, env, timeoutMs, version}: TryOptions): Promise<AgentTrial | AgentIll> {
  const spawner = createSpawner()
  await spawner.load()
  const started = performance.now()
  const answered = Promise.withResolvers<Record<string, unknown>>()
  const ended = Promise.withResolvers<ChildEnding>()
  const child: Child = spawner.start(
    {command, cwd, env},
    {
      spawned: () => {},
      line: (bytes) => {
        const answer = answerIn(bytes.toString('utf8'))
        if (answer) answered.resolve(answer)
      },
      tooLong: () => {},
      torn: () => {},
      stderr: () => {},
      exiting: () => {},
      outputEnded: () => child.signal('SIGKILL'),
      ended: ended.resolve,
    },
  )
  queueMicrotask(() => child.write(`${JSON.stringify(greeting(version))}\n`))
  let late = false
  const timer = setTimeout(() => {
    late = true
    child.signal('SIGKILL')
  }, timeoutMs)
  const first = await Promise.race([answered.promise, ended.promise])
  clearTimeout(timer)
  const startMs = performance.now() - started
  child.endInput()
  const force = setTimeout(() => child.signal('SIGKILL'), END_MS)
  const ending = await ended.promise
  clearTimeout(force)
  spawner.end()
  if (!('stderrTail' in first)) return trialOf(first, startMs, ending)
  const lastWords = ending.stderrTail.filter((line) => line.trim() !== '').slice(-5)
  if (late) return {problem: `did not answer within ${timeoutMs / 1000} s`, remedy: undefined, lastWords}
  const verdict = classifyDeath({...ending, command, cwd, intent: undefined, ready: false, oomKills: undefined})
  return {problem: verdict.summary, remedy: verdict.remedy, lastWords}
}

const greeting = (version: string) => ({
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: {
    protocolVersion: 1,
    clientInfo: {name: 'hermes', title: 'Hermes', version},
    clientCapabilities: {fs: {readTextFile: true, writeTextFile: true}, terminal: true},
  },
})

function answerIn(line: string): Record<string, unknown> | undefined {
  try {
    const message = JSON.parse(line)
    return message?.id === 0 && (message.result ?? message.error) !== undefined ? message : undefined
  } catch {
    return undefined
  }
}

interface Initialized {
  protocolVersion?: unknown
  agentInfo?: {name?: unknown; title?: unknown; version?: unknown}
  agentCapabilities?: {loadSession?: unknown; sessionCapabilities?: {resume?: unknown}}
  authMethods?: {name?: unknown}[]
}

function trialOf(answer: Record<string, unknown>, startMs: number, {stderrTail}: ChildEnding): AgentTrial | AgentIll {
  const {error, result} = answer as {error?: {message?: unknown}; result?: Initialized}
  if (!result) {
    return {
      problem: `refuses to be greeted: ${String(error?.message)}`,
      remedy: undefined,
      lastWords: stderrTail.slice(-5),
    }
  }
  const {protocolVersion, agentInfo, agentCapabilities: can, authMethods = []} = result
  const resumes = can?.sessionCapabilities?.resume != null
  return {
    startMs,
    title: [agentInfo?.title ?? agentInfo?.name, agentInfo?.version].filter(Boolean).join(' '),
    protocolVersion: Number(protocolVersion),
    restores: resumes ? 'resume' : can?.loadSession === true ? 'load' : undefined,
    authMethods: authMethods.map(({name}) => String(name)),
  }
}
