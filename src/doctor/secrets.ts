import {readFileSync} from 'node:fs'
import path from 'node:path'
import type {LoadedConfig} from '../config/index.js'
import {HermesError} from '../errors.js'
import {hermesHome} from '../platform.js'
import {createRedactor, isSecretName} from '../redact/index.js'

/** Where the Python pair keeps its keys; its logs may repeat any of them. */
const keyFiles = ['.env', 'config.yaml']
/** Larger ones are something else. */
const MAX_BYTES = 1024 * 1024
const assignment = /^\s*(?:export\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.+?)\s*$/

/**
 * Takes out secrets by their form, by the name of what holds them, and the very values that are configured, here and
 * for the Python pair of the same home.
 */
export function createDoctorRedactor(
  config: LoadedConfig | HermesError,
  env: NodeJS.ProcessEnv,
): (text: string) => string {
  const configured = config instanceof HermesError ? [] : secretsOf(config)
  const home = hermesHome(env)
  return createRedactor(env, [...configured, ...keyFiles.flatMap((name) => secretsIn(path.join(home, name)))])
}

function secretsOf({values}: LoadedConfig): string[] {
  const servers = Object.values(values.mcp).flatMap(({env = {}, headers = {}}) => [
    ...Object.entries(env).flatMap(([name, value]) => (isSecretName(name) ? value : [])),
    ...Object.values(headers),
  ])
  const providers = Object.values(values.providers)
  return [...providers.flatMap(({apiKey, headers}) => [apiKey ?? '', ...Object.values(headers ?? {})]), ...servers]
}

/** Values of secret names, a line each. A file that can't be read has none. */
function secretsIn(file: string): string[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8').slice(0, MAX_BYTES)
  } catch {
    return []
  }
  return text.split('\n').flatMap((line) => {
    const [, name = '', value = ''] = assignment.exec(line) ?? []
    const plain = /^(["'])(.*)\1/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '')
    return isSecretName(name) && !/^(?:\d{1,9}|true|false|null|none|\$.*)?$/i.test(plain) ? [plain] : []
  })
}
