import {readFileSync} from 'node:fs'
import path from 'node:path'

export interface NotifierSettings {
  /** Receives a POST with a JSON body for each piece of news; none without it. */
  url: string | undefined
  /** Also show a notification of the desktop. */
  desktop: boolean
}

/** `HERMES_NOTIFIER_URL` and `HERMES_NOTIFIER_DESKTOP=1`, else what `notifier.json` in hermes's configuration folder says. */
export function readSettings(configDir: string, env: NodeJS.ProcessEnv = process.env): NotifierSettings {
  const file = readFile(path.join(configDir, 'notifier.json'))
  const url = env.HERMES_NOTIFIER_URL || file.url
  return {
    url: typeof url === 'string' ? url : undefined,
    desktop: env.HERMES_NOTIFIER_DESKTOP ? env.HERMES_NOTIFIER_DESKTOP === '1' : file.desktop === true,
  }
}

function readFile(name: string): Record<string, unknown> {
  let text: string
  try {
    text = readFileSync(name, 'utf8')
  } catch {
    return {}
  }
  const value: unknown = JSON.parse(text)
  return typeof value === 'object' && value !== null ? {...value} : {}
}
