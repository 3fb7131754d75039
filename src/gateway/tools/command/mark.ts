import type {SessionOwner} from '../../store/types.js'

/** The variable by which what a command started is found, wherever it went: a child inherits it. */
export const MARK = 'HERMES_COMMAND'

/** The same of a command that runs beside its session: what minds that ends it, and nobody else. */
export const JOB_MARK = 'HERMES_JOB'

/** Begins every mark that a gateway gives. */
export function markOfGateway({pid, birth}: Pick<SessionOwner, 'pid' | 'birth'>): string {
  return `${pid}-${birth ?? ''}/`
}

/** Begins the marks of a session's commands. */
export function markOfSession(gateway: Pick<SessionOwner, 'pid' | 'birth'>, key: string): string {
  return `${markOfGateway(gateway)}${key}/`
}

/** What a mark tells; undefined where it is none of ours. */
export function readMark(mark: string): {pid: number; birth: string | undefined; key: string} | undefined {
  const [, pid, birth, key] = /^(\d+)-(\d*)\/([^/]+)\/[^/]+$/.exec(mark) ?? []
  if (pid === undefined || key === undefined) return undefined
  return {pid: Number(pid), birth: birth || undefined, key}
}
