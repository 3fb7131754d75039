import path from 'node:path'

/** ssh's own exit code; a program on the other end that ends with it is not told apart. */
const SSH_FAILED = 255

interface Ended {
  command: readonly string[]
  code: number | null
  ready: boolean
  stderrTail: readonly string[]
}

export interface LostConnection {
  cause: 'connection-lost' | 'connection-refused'
  summary: string
  retriable: boolean
  remedy: string | undefined
}

/** The end of an ssh client whose connection broke or never came to be; undefined for any other end. */
export function lostConnection({command, code, ready, stderrTail}: Ended): LostConnection | undefined {
  if (code !== SSH_FAILED || !/^ssh(\.exe)?$/i.test(path.basename(command[0] ?? ''))) return undefined
  const said = stderrTail
    .findLast((line) => line.trim() !== '')
    ?.trim()
    .slice(0, 200)
  const because = said === undefined ? '' : `: ${said}`
  const refused = /Permission denied|Host key verification failed|Too many authentication failures/.test(said ?? '')
  if (refused && !ready) {
    const remedy = 'ssh must get there without a question: try it by hand with -T -o BatchMode=yes.'
    return {cause: 'connection-refused', summary: `could not be reached${because}`, retriable: false, remedy}
  }
  const summary = ready ? `lost its connection${because}` : `could not be reached${because}`
  return {cause: 'connection-lost', summary, retriable: true, remedy: undefined}
}
