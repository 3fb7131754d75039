import type {Config} from './config/index.js'
import type {GatewayPolicy, RecoveryPolicy, SupervisorPolicies} from './supervisor/types.js'

/** What no setting says of a gateway. */
export type GatewayLaunch = Pick<GatewayPolicy, 'command' | 'cwd' | 'env' | 'envAfterCrash'>

/** The one place that says which setting is which policy. `changes` come over the settings: a drill wants no budget. */
export function policiesOf(
  config: Config,
  launch: GatewayLaunch,
  changes: {gateway?: Partial<GatewayPolicy>; recovery?: Partial<RecoveryPolicy>} = {},
): SupervisorPolicies {
  return {
    gateway: {
      ...launch,
      startupTimeoutMs: config['gateway.startupTimeoutMs'],
      killGraceMs: config['gateway.killGraceMs'],
      requestTimeoutMs: config['gateway.requestTimeoutMs'],
      heartbeatMs: config['gateway.heartbeatMs'],
      heartbeatMisses: config['gateway.heartbeatMisses'],
      standby: config['gateway.standby'],
      ...changes.gateway,
    },
    recovery: {
      limit: config['recovery.limit'],
      windowMs: config['recovery.windowMs'],
      longLimit: config['recovery.longLimit'],
      longWindowMs: config['recovery.longWindowMs'],
      backoffMs: config['recovery.backoffMs'],
      stableMs: config['recovery.stableMs'],
      ...changes.recovery,
    },
  }
}
