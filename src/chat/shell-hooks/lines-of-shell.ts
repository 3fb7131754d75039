import type {Config} from '../../config/index.js'
import type {GatewayHookName} from '../../lifecycle/hooks.js'

/** Lines of shell of the person's own, by hook. */
export function linesOf(config: Config): Partial<Record<GatewayHookName, string>> {
  const lines = {
    'gateway:spawn': config['hooks.gateway:spawn'],
    'gateway:exit': config['hooks.gateway:exit'],
    'gateway:recover': config['hooks.gateway:recover'],
    'gateway:attach': config['hooks.gateway:attach'],
    'gateway:detach': config['hooks.gateway:detach'],
    'session:waiting': config['hooks.session:waiting'],
    'chat:end': config['hooks.chat:end'],
    'tool:before': config['hooks.tool:before'],
    'tool:after': config['hooks.tool:after'],
    'turn:end': config['hooks.turn:end'],
    'gateway:lifecycle': config['hooks.gateway:lifecycle'],
  }
  return Object.fromEntries(Object.entries(lines).filter(([, line]) => line !== undefined && line.trim() !== ''))
}
