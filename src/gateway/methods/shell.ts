import {errorCodes} from '../../protocol/frames.js'
import {mintLiveId} from '../ids.js'
import {RpcError} from '../rpc-error.js'
import {liveSession, meantSession} from '../session/live-session.js'
import {free, type MethodTable} from './method.js'

/** Of a line that its client gave no name, as in the reference. */
const UNNAMED_MS = 30_000

/** Beside whatever else runs: the person looks at the terminal, and waits for none. */
export const shellMethods: MethodTable<'shell.exec' | 'shell.stop'> = {
  'shell.exec': free(async (gateway, {session_id: id, command, exec_id: execId}) => {
    const session = meantSession(gateway, id)
    if (!session) throw new RpcError(errorCodes.unknownSession, 'no session is open')
    const {runShellLine} = await import('../session/shell-lines.js')
    // Nobody could end one that has no name.
    const limits = execId ? {execId} : {execId: mintLiveId(), timeoutMs: UNNAMED_MS}
    return {result: await runShellLine(gateway, session, {command, ...limits})}
  }),

  'shell.stop': free((gateway, {session_id: id, exec_id: execId}) => {
    const running = liveSession(gateway, id).shellLines.get(execId)
    running?.abort()
    return {result: {stopped: running !== undefined}}
  }),
}
