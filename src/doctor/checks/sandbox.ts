import {HermesError} from '../../errors.js'
import type {SandboxProbe} from '../../permissions/sandbox/probe.js'
import type {Check, Finding} from '../types.js'

export const sandboxCheck: Check = {
  id: 'sandbox',
  title: 'Sandbox',
  async run({config, cwd, env}) {
    if (config instanceof HermesError) return {status: 'skipped', summary: 'the configuration cannot be read'}
    const [{findSandbox}, {openWorkspace}] = await Promise.all([
      import('../../permissions/sandbox/find.js'),
      import('../../permissions/workspace.js'),
    ])
    const probe = await findSandbox(openWorkspace({cwd, env}), env)
    return checkSandbox(probe, config.values['permissions.sandbox'])
  },
}

/** Pure: whether commands can run in one here, and whether they are meant to. */
export function checkSandbox(probe: SandboxProbe, wanted: boolean): Finding {
  if ('why' in probe) {
    if (!wanted) return {status: 'skipped', summary: `permissions.sandbox is off, and ${probe.why}`}
    return {
      status: 'warn',
      summary: `permissions.sandbox is on, but ${probe.why}: every command is asked for`,
      remedy: [probe.remedy],
    }
  }
  const {kind, program} = probe
  const untested = kind === 'sandbox-exec' ? ['not tried on a Mac by those who wrote it'] : []
  const use = wanted ? 'commands run in it unasked' : 'permissions.sandbox is off'
  return {status: 'ok', summary: `${kind} works here; ${use}`, evidence: [program, ...untested]}
}
