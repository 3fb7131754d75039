import path from 'node:path'
import {HermesError} from '../../errors.js'
import {MAX_SOCKET_PATH, privateFolder, socketFolders} from '../../hand-over/run-folder.js'

/**
 * A path for a socket that nobody has: in the folder that the system gives each person for such, else in the run folder.
 * Throws where neither can be used.
 */
export function socketPlace(env: NodeJS.ProcessEnv, runFolder: string, name: string): string {
  let problem: unknown
  for (const folder of socketFolders(env, runFolder)) {
    const place = path.join(folder, name)
    if (Buffer.byteLength(place) > MAX_SOCKET_PATH) {
      problem = new HermesError(`no session is handed over: ${place} is too long for a socket`, {
        code: 'hand-over/long-path',
        suggestions: ['set XDG_RUNTIME_DIR to a folder of yours with a short path'],
      })
      continue
    }
    try {
      privateFolder(folder)
      return place
    } catch (error) {
      problem = error
    }
  }
  throw problem
}
