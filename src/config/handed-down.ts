import type {LoadedConfig} from './load.js'
import {type Config, defaultConfig} from './schema.js'

/** What a gateway needs of the configuration. */
export type GatewayConfig = Pick<LoadedConfig, 'values' | 'files'>

/** `origins`: for what of it came from flags. */
export type HandedDown = GatewayConfig & Partial<Pick<LoadedConfig, 'origins'>>

/** Values of flags of the command line, which stand in no file. */
export type FlagValues = Partial<Config>

/**
 * Environment variable by which a chat hands the configuration that it has read and checked to the
 * built-in gateway that it starts; its value is JSON. To read it again takes a gateway 20 ms of its
 * way back, and a file that was broken meanwhile would keep it from coming back at all.
 */
export const handedDownConfigVariable = 'HERMES_GATEWAY_CONFIG'

/** With a configuration that is too long for that, what only flags said of it: the gateway reads the rest itself. */
export const handedDownFlagsVariable = 'HERMES_GATEWAY_FLAGS'

/** Linux refuses to start a program with a variable of 128 KiB (E2BIG); Windows with one of 32 767 characters. */
const MAX_BYTES = 30_000

/** What flags may say at most, as JSON: a variable of its own has to hold it. Windows takes no such command line. */
export const MAX_FLAG_BYTES = 120_000

/**
 * The variables to set; an empty one is there so that the gateway does not take what stands in our own environment.
 */
export function handDownConfig({values, files, origins}: HandedDown): Record<string, string> {
  const text = JSON.stringify({values, files})
  const fits = Buffer.byteLength(text) <= MAX_BYTES
  return {
    [handedDownConfigVariable]: fits ? text : '',
    [handedDownFlagsVariable]: fits || !origins ? '' : JSON.stringify(flagValues({values, origins})),
  }
}

/** Of a configuration what came from the command line. */
export function flagValues({values, origins}: Pick<LoadedConfig, 'values' | 'origins'>): FlagValues {
  return Object.fromEntries(
    Object.entries(values).filter(([key]) => origins[key as keyof typeof origins]?.kind === 'flag'),
  )
}

/** Undefined where nothing was handed down, or nothing usable. */
export function readHandedDownFlags(env: NodeJS.ProcessEnv): FlagValues | undefined {
  try {
    const flags: unknown = JSON.parse(env[handedDownFlagsVariable] || 'null')
    return typeof flags === 'object' && flags !== null && !Array.isArray(flags) ? flags : undefined
  } catch {
    return undefined
  }
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
