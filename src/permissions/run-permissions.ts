import {type PermissionMode, permissionModes} from './types.js'

/** What the flags of one run of the program say about permissions; they hold until it ends, across all its gateways. */
export interface RunPermissions {
  /** `--permission-mode`, or what the person chose since; undefined: as configured. */
  mode: PermissionMode | undefined
  /** Rules of `--allow`. */
  allow: readonly string[]
  /** Folders of `--add-dir`, absolute. */
  addDirs: readonly string[]
  /** False: nobody can be asked, as in print mode; what would ask is denied. */
  interactive: boolean
}

export const defaultRunPermissions: RunPermissions = {mode: undefined, allow: [], addDirs: [], interactive: true}

/** Environment variable by which a chat hands them to the built-in gateways that it starts; its value is JSON. */
export const runPermissionsVariable = 'HERMES_GATEWAY_PERMISSIONS'

/** The variable to set, always: one that stands in our own environment is not what the flags of this run say. */
export function handDownPermissions(permissions: RunPermissions): Record<string, string> {
  return {[runPermissionsVariable]: JSON.stringify(permissions)}
}

/** What was handed down; what is not understood of it loosens nothing. */
export function readRunPermissions(env: NodeJS.ProcessEnv): RunPermissions {
  const text = env[runPermissionsVariable]
  if (!text) return defaultRunPermissions
  try {
    const given: Partial<Record<keyof RunPermissions, unknown>> = JSON.parse(text)
    return {
      mode: permissionModes.find((mode) => mode === given.mode),
      allow: strings(given.allow),
      addDirs: strings(given.addDirs),
      interactive: given.interactive !== false,
    }
  } catch {
    return {...defaultRunPermissions, interactive: false}
  }
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}
