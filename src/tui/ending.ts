import {exitCodes, HermesError, messageOf} from '../errors.js'
import type {LifecycleDetails} from '../lifecycle/events.js'
import {type EndSignal, endSignals, signalExitCode} from '../platform.js'
import type {Supervisor, SupervisorView} from '../supervisor/types.js'
import type {Chat} from './chat.js'
import type {ChatResult} from './types.js'

/** The gateway gets this long to end when the terminal or the system wants us gone, or memory is full. */
const URGENT_DEADLINE_MS = 4000

/** Who wants it gone after that, by a key or a signal, does not wait for the gateway to end by itself. */
const PATIENCE_MS = 1000

export interface ChatEnd {
  chat: Chat
  supervisor: Supervisor
  /** What came first; `left`: whatever drew the screen came to its end. */
  end: 'quit' | 'left' | 'memory' | EndSignal
  /** What the screen crashed of. */
  failure: unknown
  record: ((details: LifecycleDetails) => unknown) | undefined
  /** First the terminal, then everything that may take time: a handler that only waits would leave raw mode on. */
  giveBack(): void
}

/** Gives the terminal back, closes the gateway or lets it go on, and says how the program ends. */
export async function closeChat({chat, supervisor, end, failure, record, giveBack}: ChatEnd): Promise<ChatResult> {
  if (failure !== undefined) record?.(crashRecord(failure, supervisor.view))
  const signal = end === 'quit' || end === 'left' || end === 'memory' ? undefined : end
  if (signal) {
    const {generation, pid, session} = supervisor.view
    record?.({type: 'signal', signal, generation, pid, sessionKey: session?.key})
  }
  giveBack()
  // A window that closes sends SIGHUP twice, itself and by the kernel, and a key that ends is pressed once more: none must
  // cut the end short, which would then be told as a death.
  const begun = performance.now()
  const again = (signal: NodeJS.Signals) => {
    if (signal !== 'SIGHUP' && performance.now() - begun > PATIENCE_MS) supervisor.killNow()
  }
  for (const each of endSignals) process.on(each, again)
  const urgent = signal !== undefined || end === 'memory'
  const reason = end === 'memory' ? 'memory' : signal ? 'parent-signal' : failure === undefined ? 'quit' : 'crash'
  // The terminal is lost, or was left on purpose, or the screen crashed; every other end is meant.
  const detach = signal === 'SIGHUP' || end === 'memory' || failure !== undefined || chat.detaches
  const closed = supervisor.close(reason, {detach})
  const closing = await (urgent ? withDeadline(closed, URGENT_DEADLINE_MS) : closed)
  if (urgent) supervisor.killNow()
  for (const each of endSignals) process.off(each, again)
  if (failure !== undefined) throw crashError(failure)
  const exitCode = end === 'memory' ? exitCodes.memoryCritical : signal ? signalExitCode(signal) : exitCodes.ok
  return {exitCode, farewell: chat.farewell(closing), inputSaved: chat.state.inputSaved}
}

function crashRecord(failure: unknown, {generation, pid, session}: SupervisorView): LifecycleDetails {
  const {name, message, stack} = failure instanceof Error ? failure : new Error(String(failure))
  return {type: 'uncaught', origin: 'screen', generation, pid, sessionKey: session?.key, name, message, stack}
}

function crashError(failure: unknown): HermesError {
  return new HermesError(`the screen crashed: ${messageOf(failure)}`, {
    code: 'screen/crashed',
    suggestions: ['hermes chat --continue goes on with the session', 'hermes doctor crash last tells more'],
    cause: failure,
  })
}

/** Resolves with the work or after `ms`, whichever is first. The timer holds the process: it must fire. */
async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined)
  })
  const done = await Promise.race([work, deadline])
  clearTimeout(timer)
  return done
}
