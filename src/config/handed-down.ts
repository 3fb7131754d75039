import type {LoadedConfig} from './load.js'
import {type Config, defaultConfig} from './schema.js'

/** What a gateway needs of the configuration. */
export type GatewayConfig = Pick<LoadedConfig, 'values' | 'files'>

/**
 * Environment variable by which a chat hands the configuration that it has read and checked to the
 * built-in gateway that it starts; its value is JSON. To read it again takes a gateway 20 ms of its
 * way back, and a file that was broken meanwhile would keep it from coming back at all.
 */
export const handedDownConfigVariable = 'HERMES_GATEWAY_CONFIG'

/** Windows takes no longer variable, Linux four times that, and neither starts a program with more. */
const MAX_CHARS = 32_000

/** For the environment of a gateway. Of more than fits there (a system prompt may be a book) it reads the files itself. */
export function handDownConfig({values, files}: GatewayConfig): Record<string, string> {
  const text = JSON.stringify({values, files})
  return Buffer.byteLength(text) > MAX_CHARS ? {} : {[handedDownConfigVariable]: text}
}

/** What was handed down; undefined where nothing was, or nothing usable. Of another version, what it has no word for is as by default. */
export function readHandedDownConfig(env: NodeJS.ProcessEnv): GatewayConfig | undefined {
  const text = env[handedDownConfigVariable]
  if (!text) return undefined
  try {
    const {values, files}: {values?: Partial<Config>; files?: GatewayConfig['files']} = JSON.parse(text)
    if (typeof values !== 'object' || !Array.isArray(files)) return undefined
    return {values: {...defaultConfig(), ...values}, files}
  } catch {
    return undefined
  }
}
