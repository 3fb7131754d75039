import {isWindows} from '../../platform.js'
import {inspectorFlags} from '../../protocol/inspector.js'

/** Whether this process listens to SIGUSR1, which would end it otherwise, and tells the address of its inspector to its parent alone. */
export function isInspectable({execArgv, env}: Pick<NodeJS.Process, 'execArgv' | 'env'>): boolean {
  if (isWindows || [...execArgv, env.NODE_OPTIONS ?? ''].join(' ').includes('--disable-sigusr1')) return false
  return inspectorFlags.every((flag) => execArgv.includes(flag))
}
