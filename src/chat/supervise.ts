import type {Config} from '../config/index.js'
import type {GatewayPolicy, RecoveryPolicy} from '../supervisor/types.js'

export function recoveryPolicy(config: Config): RecoveryPolicy {
  return {
    limit: config['recovery.limit'],
    windowMs: config['recovery.windowMs'],
    longLimit: config['recovery.longLimit'],
    longWindowMs: config['recovery.longWindowMs'],
    backoffMs: config['recovery.backoffMs'],
    stableMs: config['recovery.stableMs'],
  }
}

export function gatewayPolicy(
  config: Config,
  launch: Pick<GatewayPolicy, 'command' | 'cwd' | 'env' | 'envAfterCrash'>,
): GatewayPolicy {
  return {
    ...launch,
    startupTimeoutMs: config['gateway.startupTimeoutMs'],
    killGraceMs: config['gateway.killGraceMs'],
    requestTimeoutMs: config['gateway.requestTimeoutMs'],
    heartbeatMs: config['gateway.heartbeatMs'],
    heartbeatMisses: config['gateway.heartbeatMisses'],
    standby: config['gateway.standby'],
  }
}
