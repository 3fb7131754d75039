import type {HookHost} from '../lifecycle/dispatcher.js'
import type {ChatFlags} from './intent.js'

/** What `hermes chat` was called with, and where. */
export interface ChatCommandOptions {
  flags: ChatFlags & {gatewayCommand?: string}
  /** oclif's `Config`: version, folder of our package.json, plugins with their hooks. */
  oclif: HookHost
  cwd: string
  env: NodeJS.ProcessEnv
  stdin: NodeJS.ReadStream
  stdout: NodeJS.WriteStream & {fd: number}
  stderr: NodeJS.WriteStream
}
