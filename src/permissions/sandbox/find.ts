import {systemFiles} from '../shell/reading/files.js'
import {findProgram, trustedFolders} from '../shell/reading/program.js'
import type {Workspace} from '../workspace.js'
import {probeSandbox, type SandboxProbe} from './probe.js'

/** The sandbox of this machine, its program from where only the person can have put one. */
export function findSandbox(workspace: Workspace, env: NodeJS.ProcessEnv): Promise<SandboxProbe> {
  const look = {workspace, files: systemFiles}
  return probeSandbox(async (name) => findProgram(name, await trustedFolders(env.PATH ?? '', look), look))
}
