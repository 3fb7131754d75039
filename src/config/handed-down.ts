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

/** Linux refuses to start a program with a variable of 128 KiB (E2BIG); Windows with one of 32 767 characters. */
const MAX_BYTES = 30_000

/**
 * The variable to set; empty for a configuration that is too long for one, which the gateway then reads itself: it must
 * not take what stands in our own environment.
 */
export function handDownConfig({values, files}: GatewayConfig): Record<string, string> {
  const text = JSON.stringify({values, files})
  return {[handedDownConfigVariable]: Buffer.byteLength(text) > MAX_BYTES ? '' : text}
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
