import path from 'node:path'
import {
  type CrashFieldValue,
  createCrashLog,
  enableFatalReports,
  type HandedDownLog,
  scrubFatalReports,
} from '../../crash-log/index.js'
import {hermesHome, homeFiles} from '../../platform.js'
import type {GatewayEnd} from './gateway-end.js'

/** What the gateway writes into the crash log of its own end, before it acts on it. Never throws. */
export interface LastWords {
  ended(end: GatewayEnd, state: {sessionKey: string | undefined; turns: number}): void
  uncaught(error: Error): void
  /** What happens between two clients, and that a server of tools is gone. */
  note(
    event: 'detached' | 'attached' | 'detached-expired' | 'mcp-server-ended',
    fields: readonly (readonly [string, string | number])[],
  ): void
}

/** From here on Node also reports fatal errors, into the folder of the log. */
export function openLastWords({enabled, path: file, maxBytes, files, instance}: HandedDownLog): LastWords | undefined {
  if (!enabled) return undefined
  // Later, when the chat is gone, it would be another process.
  const parent = process.ppid
  enableFatalReports(path.dirname(file))
  const log = createCrashLog({path: file, maxBytes, files, writer: 'gateway'})
  const write = (event: string, fields: readonly (readonly [string, CrashFieldValue])[]) =>
    log.write({time: Date.now(), event, fields: [['instance', instance], ['pid', process.pid], ...fields], sync: true})
  return {
    ended(end, {sessionKey, turns}) {
      const common = [
        ['session', sessionKey ?? 'none'],
        ['turns', turns],
      ] as const
      if (end.kind === 'signal') write('signal-received', [...common, ['signal', end.signal]])
      else {
        const goodbye = saidGoodbye(end)
        write('gateway-exit', [...common, ['code', end.code], ['reason', end.reason], ['goodbye', goodbye]])
        // The chat may have died of a full heap, and left a report with its environment.
        if (!goodbye) scrubFatalReports(path.dirname(file), parent)
      }
    },
    uncaught: ({name, message, stack}) =>
      write('uncaught', [
        ['name', name],
        ['message', message],
        ['stack', stack],
      ]),
    note: write,
  }
}

/** The log of a gateway that nobody handed one down to, by its own configuration. */
export async function ownLog(env: NodeJS.ProcessEnv, cwd: string): Promise<HandedDownLog> {
  const {loadConfig} = await import('../../config/load.js')
  const {values} = await loadConfig({cwd, env})
  return {
    enabled: values['log.enabled'],
    path: values['log.path'] ?? homeFiles(hermesHome(env)).crashLog,
    maxBytes: values['log.maxBytes'],
    files: values['log.files'],
  }
}

/** False: whoever held the other end of its pipes went without a word, and it was not told before. */
function saidGoodbye({reason}: {reason: string}): boolean {
  return reason.startsWith('shutdown requested') || reason.startsWith('detached, and')
}
