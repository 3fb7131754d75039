import type {GatewayPolicy, RecoveryPolicy} from '../../../src/supervisor/types.js'

/** The defaults of the program, with what a test changes. */
export function policy(
  gateway: Partial<GatewayPolicy> = {},
  recovery: Partial<RecoveryPolicy> = {},
): {gateway: GatewayPolicy; recovery: RecoveryPolicy} {
  return {
    gateway: {
      command: ['gateway'],
      cwd: '/',
      env: {},
      startupTimeoutMs: 15_000,
      killGraceMs: 1500,
      requestTimeoutMs: 120_000,
      heartbeatMs: 1000,
      heartbeatMisses: 3,
      standby: false,
      ...gateway,
    },
    recovery: {
      limit: 3,
      windowMs: 60_000,
      longLimit: 10,
      longWindowMs: 1_800_000,
      backoffMs: [0, 250, 1000],
      stableMs: 30_000,
      ...recovery,
    },
  }
}
