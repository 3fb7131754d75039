import {defaultConfig} from '../../../src/config/index.js'
import {policiesOf} from '../../../src/policies.js'
import type {GatewayPolicy, RecoveryPolicy, SupervisorPolicies} from '../../../src/supervisor/types.js'

/** The defaults of the program, with what a test changes. */
export function policy(
  gateway: Partial<GatewayPolicy> = {},
  recovery: Partial<RecoveryPolicy> = {},
): SupervisorPolicies {
  return policiesOf(defaultConfig(), {command: ['gateway'], cwd: '/', env: {}}, {gateway, recovery})
}
