import {errorCodes} from '../../protocol/frames.js'
import type {Gateway} from '../gateway.js'
import {RpcError} from '../rpc-error.js'
import type {LiveSession} from './live-session.js'

/** Until the person ends it; a timer takes no more. */
const MAX_MS = 2 ** 31 - 1

/** What the person may not do either is refused with this. */
const BLOCKED = 4005

/**
 * Runs a line of the person's in the session's folder: unasked, since they typed it, but not against a deny rule. What it
 * puts out is told by `shell.output` while it runs. It ends with the client that asked for it: nobody else looks at it.
 */
export async function runShellLine(
  gateway: Gateway,
  session: LiveSession,
  {command, execId, timeoutMs = MAX_MS}: {command: string; execId: string; timeoutMs?: number},
): Promise<Record<string, unknown>> {
  if (command.trim() === '') throw new RpcError(errorCodes.empty, 'empty command')
  if (command.includes('\0')) throw new RpcError(errorCodes.badValue, 'the command holds a zero byte')
  if (session.shellLines.has(execId)) throw new RpcError(errorCodes.busy, 'a command of that id runs')
  const ending = new AbortController()
  const stopListening = gateway.writer.onLeave(() => ending.abort())
  session.shellLines.set(execId, ending)
  try {
    const [{runCommand}, {inPersonShell, personEnv}, {ToolProgress}, forbidden] = await Promise.all([
      import('../tools/command/run.js'),
      import('../tools/command/person-shell.js'),
      import('../turn/tool-progress.js'),
      session.permissions.forbids(command),
    ])
    if (forbidden !== undefined) throw new RpcError(BLOCKED, forbidden)
    const progress = new ToolProgress({
      tell: (preview) => gateway.emit(session.id, 'shell.output', {exec_id: execId, preview}),
      mask: (text) => text,
      room: () => gateway.writer.drained(),
    })
    try {
      const result = await runCommand({
        command: inPersonShell(command, gateway.env),
        cwd: session.cwd,
        env: personEnv(gateway.env),
        timeoutMs,
        signal: ending.signal,
        progress: (read) => progress.more(read),
      })
      return {...result, stdout: result.output ?? '', stderr: '', code: result.exit_code ?? null}
    } finally {
      progress.end()
    }
  } finally {
    stopListening()
    session.shellLines.delete(execId)
  }
}
