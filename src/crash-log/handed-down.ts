import path from 'node:path'

/** Where the crash log is and how it is kept, as the chat hands it to the built-in gateway that it starts. */
export interface HandedDownLog {
  enabled: boolean
  /** Absolute. */
  path: string
  maxBytes: number
  files: number
  /** The run of the chat, 8 hex digits. */
  instance?: string | undefined
}

/** Environment variable of the hand-over; its value is JSON. */
export const handedDownVariable = 'HERMES_GATEWAY_LOG'

/** What was handed down; undefined where nothing was, or nothing usable. */
export function readHandedDown(env: NodeJS.ProcessEnv): HandedDownLog | undefined {
  const text = env[handedDownVariable]
  if (!text) return undefined
  try {
    const {enabled, path: file, maxBytes, files, instance}: Partial<HandedDownLog> = JSON.parse(text)
    if (typeof file !== 'string' || !path.isAbsolute(file)) return undefined
    if (typeof maxBytes !== 'number' || typeof files !== 'number') return undefined
    return {enabled: enabled !== false, path: file, maxBytes, files, instance}
  } catch {
    return undefined
  }
}
