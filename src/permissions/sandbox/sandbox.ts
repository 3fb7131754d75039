import type {Workspace} from '../workspace.js'
import {bubblewrapArgs} from './bubblewrap.js'
import type {SandboxProgram} from './probe.js'
import {seatbeltArgs} from './seatbelt.js'
import {type SandboxView, sandboxView} from './view.js'

/** A command in the sandbox: it stands in front of the command's own words. */
export interface SandboxedRun {
  program: string
  args: readonly string[]
  /** Variables beside the command's own; undefined takes one out. */
  env: Readonly<Record<string, string | undefined>>
  /** After its end: what it made that programs obey and was not there before; nothing could guard it. */
  planted(): Promise<string[]>
}

/** They name ways out: agents that hold keys, buses, screens. Caches in the home can't be written. */
const env = {
  ...Object.fromEntries(
    ['SSH_AUTH_SOCK', 'SSH_AGENT_PID', 'GPG_AGENT_INFO', 'DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR']
      .concat(['DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY', 'TMUX', 'DOCKER_HOST'])
      .map((name) => [name, undefined]),
  ),
  TMPDIR: '/tmp',
  XDG_CACHE_HOME: '/tmp/.cache',
}

/** @returns How to run a command there, or in words why it can't be. */
export async function sandboxedRun(
  {kind, program}: SandboxProgram,
  workspace: Workspace,
  cwd: string,
  /** `PATH`: what it leads to can be read, also in the home. */
  searchPath?: string,
): Promise<SandboxedRun | {why: string}> {
  const view = await sandboxView(workspace, cwd, searchPath)
  if ('why' in view) return view
  return {
    program,
    args: kind === 'bubblewrap' ? bubblewrapArgs(view, cwd) : seatbeltArgs(view),
    env,
    async planted() {
      const now = await sandboxView(workspace, cwd)
      if ('why' in now) return []
      // A folder that was missing is made by its mount, and stays empty.
      const before = new Set([...guardsOf(view), ...view.guarded.map(({path}) => path)])
      return guardsOf(now).filter((file) => !before.has(file))
    },
  }
}

function guardsOf({repositories, guarded}: SandboxView): string[] {
  return [
    ...repositories.map((folder) => `${folder}/.git`),
    ...guarded.flatMap(({path, kind}) => (kind === 'missing folder' ? [] : [path])),
  ]
}
