import type {ConfiguredServer} from './configured.js'
import {Connection} from './connection.js'
import type {Definitions} from './definitions.js'
import type {ServerLog} from './process/log-file.js'

/** What a server said when it was asked once. */
export interface ServerExamined {
  /** Version of the protocol. */
  protocol: string | undefined
  definitions: Definitions
  /** From the start to the list, milliseconds. */
  tookMs: number
}

/** Starts a server, asks what it has, and ends it. Throws in words. */
export async function examineServer(
  {name, config}: Pick<ConfiguredServer, 'name' | 'config'>,
  place: {cwd: string; env: NodeJS.ProcessEnv; log: ServerLog; signIns: string},
): Promise<ServerExamined> {
  const {cwd, env, log, signIns} = place
  const started = performance.now()
  let connection: Connection | undefined
  try {
    connection = await Connection.open({name, config, cwd, env, signIns}, {log, onGone: () => {}, onChanged: () => {}})
    const definitions = await connection.list()
    return {protocol: connection.version, definitions, tookMs: Math.round(performance.now() - started)}
  } finally {
    await connection?.close()
  }
}
