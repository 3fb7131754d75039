import {openLifecycle} from '../../chat/lifecycle.js'
import {loadConfig} from '../../config/index.js'
import {hermesHome} from '../../platform.js'
import {policiesOf} from '../../policies.js'
import {MAX_FRAME_BYTES} from '../../protocol/frames.js'
import {LineSplitter} from '../../protocol/line-splitter.js'
import {classifyDeath} from '../../supervisor/death/cause.js'
import {type Budget, freshBudget, spend} from '../../supervisor/machine/budget.js'
import {createSpawner} from '../../supervisor/process/child.js'
import type {Child, ChildEnding} from '../../supervisor/process/types.js'
import type {AcpOptions, AcpStreams} from '../agent/launch.js'
import {chosenAgent} from '../agents/known.js'
import {type Message, parsedMessage} from './message.js'
import {Relay} from './relay.js'

/** From the end of the editor to SIGKILL of the agent, milliseconds. */
const END_MS = 2000

/**
 * `hermes acp -- AGENT…`: an editor and any agent, with nothing between them that either sees, until the agent dies: then
 * it is started again, told what it knew, and the prompt is gone on with while the editor waits. Resolves when the editor
 * is gone.
 */
export async function relayAgent(words: readonly string[], options: AcpOptions, streams: AcpStreams): Promise<void> {
  const {env, oclif, tell} = options
  const cwd = process.cwd()
  const config = await loadConfig({cwd, env})
  const agent = chosenAgent(words, config.values['acp.agents'])
  if (!agent) throw new Error('no agent was named')
  const home = hermesHome(env)
  const lifecycle = await openLifecycle({oclif, config: config.values, home, env, notify: tell})
  const launch = {command: agent.command, cwd, env: {...env}}
  const {recovery} = policiesOf(config.values, {...launch, envAfterCrash: undefined})
  const spawner = createSpawner()
  await spawner.load()

  let child: Child | undefined
  let generation = 0
  let startedAt = 0
  let readyMs = 0
  let budget: Budget = freshBudget
  let closing = false
  let outage: {since: number; attempt: number; limit: number; windowMs: number} | undefined
  const over = Promise.withResolvers<void>()
  const {record} = lifecycle
  const where = () => ({generation, pid: child?.pid, sessionKey: undefined})

  const relay = new Relay({
    agent,
    loadTimeoutMs: config.values['acp.loadTimeoutMs'],
    toEditor: (message) => void streams.stdout.write(`${JSON.stringify(message)}\n`),
    toAgent: (message) => void child?.write(`${JSON.stringify(message)}\n`),
    now: Date.now,
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms).unref()),
    kill: () => child?.signal('SIGKILL'),
  })

  function start(): void {
    generation += 1
    startedAt = performance.now()
    readyMs = 0
    const begun = generation
    child = spawner.start(launch, {
      spawned: () => {
        record({...where(), type: 'spawn', command: agent?.command ?? [], cwd, standby: false})
        // It may be told before it is in `child`.
        queueMicrotask(() =>
          relay.agentStarted().then(
            () => begun === generation && ready(),
            // It ended, which is told by its end.
            () => {},
          ),
        )
      },
      line: (bytes) => {
        const message = parsedMessage(bytes.toString('utf8'))
        if (message) relay.fromAgent(message)
        else tell(`${agent?.name} wrote what is no message: ${bytes.subarray(0, 200).toString('utf8')}`)
      },
      tooLong: (_head, length) => tell(`${agent?.name} wrote a line of ${length} bytes: it is passed over`),
      torn: () => {},
      stderr: (line) => void streams.stderr.write(`${line}\n`),
      exiting: () => {},
      outputEnded: () => child?.signal('SIGKILL'),
      ended,
    })
  }

  function ready(): void {
    readyMs = performance.now()
    record({...where(), type: 'ready', startupMs: Math.round(readyMs - startedAt), version: undefined})
    if (!outage) return
    const {since, attempt, limit, windowMs} = outage
    const downtimeMs = Math.round(performance.now() - since)
    record({...where(), type: 'recover', outcome: 'resumed', attempt, limit, windowMs, downtimeMs, reason: undefined})
    relay.say(`${agent?.name} is back after ${downtimeMs} ms`, 'info')
    outage = undefined
  }

  function ended(ending: ChildEnding): void {
    const now = performance.now()
    const intent = closing ? {reason: 'quit' as const} : undefined
    const verdict = classifyDeath({...ending, ...launch, intent, ready: readyMs > 0, oomKills: undefined})
    record({
      ...where(),
      type: 'exit',
      code: ending.code,
      signal: ending.signal,
      expected: closing,
      cause: verdict.cause,
      confidence: verdict.confidence,
      uptimeMs: Math.round(now - startedAt),
      inFlight: relay.inFlight,
      stderrTail: ending.stderrTail,
    })
    child = undefined
    if (closing) {
      over.resolve()
      return
    }
    tell(`${agent?.name} ${verdict.summary}`)
    relay.agentDied()
    const spent = spend(budget, recovery, now, readyMs === 0 ? 0 : now - readyMs, Math.random())
    budget = spent.budget
    const {attempt, limit, windowMs} = spent
    outage = {since: outage?.since ?? now, attempt, limit, windowMs}
    const told = {attempt, limit, windowMs, downtimeMs: Math.round(now - outage.since), reason: verdict.cause}
    if (!verdict.retriable || !spent.granted) {
      record({...where(), type: 'recover', outcome: 'exhausted', ...told})
      const remedy = verdict.remedy ? `\n${verdict.remedy}` : ''
      relay.giveUp(`${agent?.name} ${verdict.summary}${remedy}`)
      return
    }
    record({...where(), type: 'recover', outcome: 'attempt', ...told})
    relay.say(`${agent?.name} ${verdict.summary}: it is started again`)
    setTimeout(() => {
      if (!closing && !child) start()
    }, spent.delayMs)
  }

  const splitter = new LineSplitter(MAX_FRAME_BYTES)
  streams.stdin.on('data', (chunk: Buffer) => {
    for (const line of splitter.push(chunk)) {
      const message: Message | undefined = line.kind === 'line' ? parsedMessage(line.bytes.toString('utf8')) : undefined
      if (!message) continue
      relay.fromEditor(message)
      // The budget is spent: each thing that the person asks for is one more attempt.
      if (!child && !closing && outage && message.method !== undefined && message.id !== undefined) start()
    }
  })
  const close = () => {
    if (closing) return
    closing = true
    if (!child) {
      over.resolve()
      return
    }
    record({...where(), type: 'kill', reason: 'quit', signal: null})
    child.endInput()
    setTimeout(() => child?.signal('SIGKILL'), END_MS).unref()
  }
  for (const event of ['end', 'close', 'error'] as const) streams.stdin.once(event, close)
  streams.stdout.once('error', close)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) streams.signals.on(signal, close)
  start()
  await over.promise
  spawner.end()
  await lifecycle.close()
}
