import {visibleText} from '../../control-sequences.js'
import {messageOf} from '../../errors.js'
import {findSandbox} from '../../permissions/sandbox/find.js'
import type {SandboxProbe} from '../../permissions/sandbox/probe.js'
import {sandboxedRun} from '../../permissions/sandbox/sandbox.js'
import type {Workspace} from '../../permissions/workspace.js'
import type {SandboxedCommand} from '../tools/types.js'

interface Surroundings {
  workspace: Workspace
  env: NodeJS.ProcessEnv
  /** One line for the person. */
  tell: (text: string) => void
}

/** What is installed and allowed here changes between two gateways, if at all. */
let probed: Promise<SandboxProbe> | undefined

/** How to run a command in the sandbox; in words why it can't be. */
export async function sandboxOf({workspace, env, tell}: Surroundings, cwd: string): Promise<SandboxedCommand | string> {
  probed ??= findSandbox(workspace, env)
  const probe = await probed
  if ('why' in probe) return `permissions.sandbox is on, but ${probe.why}: ${probe.remedy}`
  const run = await sandboxedRun(probe, workspace, cwd, env.PATH)
  if ('why' in run) return `permissions.sandbox is on, but ${run.why}`
  const {program, args, planted} = run
  return {
    program,
    args,
    env: run.env,
    async release() {
      try {
        const files = await planted()
        if (files.length === 0) return
        const names = files.slice(0, 10).map(visibleText).join(', ')
        tell(`a command in the sandbox made what programs obey, look at it before you use it: ${names}`)
      } catch (error) {
        tell(`what a command in the sandbox left could not be looked at: ${messageOf(error)}`)
      }
    },
  }
}
