import {createSupervisor} from '../../src/supervisor/supervisor.js'
import {runChat} from '../../src/tui/run.js'
import type {InflightPolicy} from '../../src/tui/state/policy.js'
import {policy} from '../supervisor/helpers/policies.js'

/** The chat as a program of its own, for tests in a real pty. Its argument: the scripted gateway. */
const [, , gateway = ''] = process.argv
const {env, stdin, stdout} = process
const target = env.HOST_RESUME ? ({kind: 'stored', key: env.HOST_RESUME} as const) : ({kind: 'new'} as const)

const supervisor = createSupervisor({
  ...policy(
    {command: [process.execPath, gateway], cwd: process.cwd(), env, killGraceMs: 500, requestTimeoutMs: 20_000},
    {backoffMs: [0, 10, 20]},
  ),
  cols: () => stdout.columns,
  record: () => {},
})

const result = await runChat({
  supervisor,
  target,
  home: env.HERMES_HOME ?? '',
  initialPrompt: env.HOST_PROMPT,
  showReasoning: env.HOST_REASONING === '1',
  inflight: env.HOST_INFLIGHT as InflightPolicy | undefined,
  version: '0.0.0',
  stdin,
  stdout,
  env,
})
stdout.write(`${result.farewell ?? 'no farewell'}\nexit ${result.exitCode}\n`)
process.exit(result.exitCode)
