import {execFile} from 'node:child_process'
import {messageOf} from '../../errors.js'

/** A sandbox that works here. */
export interface SandboxProgram {
  kind: 'bubblewrap' | 'sandbox-exec'
  /** Absolute. */
  program: string
}

export type SandboxProbe = SandboxProgram | {why: string; remedy: string}

/** It takes 10 ms. */
const PROBE_MS = 5000

const trials = {
  bubblewrap: [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--', 'true'],
  ],
  'sandbox-exec': ['-p', '(version 1)(allow default)', 'true'],
}

/**
 * Tries once whether commands can be run in a sandbox here: systems have the program and forbid what it does, Ubuntu
 * since 24.04 by AppArmor, containers by their own terms. `find`: the absolute path of a program that only the person
 * can have put there.
 */
export async function probeSandbox(
  find: (program: string) => Promise<string | undefined>,
  platform: NodeJS.Platform = process.platform,
): Promise<SandboxProbe> {
  if (platform !== 'linux' && platform !== 'darwin') {
    return {why: `there is none for ${platform}`, remedy: 'set permissions.sandbox to false'}
  }
  const kind = platform === 'linux' ? 'bubblewrap' : 'sandbox-exec'
  const program = await find(platform === 'linux' ? 'bwrap' : 'sandbox-exec')
  if (program === undefined) {
    if (kind === 'sandbox-exec') return {why: 'sandbox-exec was not found', remedy: 'add /usr/bin to PATH'}
    return {why: 'bubblewrap is not installed', remedy: 'install it: apt install bubblewrap, dnf install bubblewrap, …'}
  }
  const failure = await failureOf(program, trials[kind])
  if (failure === undefined) return {kind, program}
  const remedy = /RTM_NEWADDR|uid map|user namespace|Permission denied|Operation not permitted/i.test(failure)
    ? 'let it make user namespaces: the AppArmor profile bwrap-userns-restrict, or kernel.unprivileged_userns_clone=1'
    : `see what ${program} --version says`
  return {why: `${program} does not work: ${failure}`, remedy}
}

function failureOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {timeout: PROBE_MS, killSignal: 'SIGKILL', env: {PATH: '/usr/bin:/bin'}} as const
    execFile(program, args, options, (error, _stdout, stderr) => {
      if (!error) return resolve(undefined)
      const said = stderr.trim().split('\n')[0]
      resolve(error.killed ? `no answer after ${PROBE_MS / 1000} s` : (said || messageOf(error)).slice(0, 200))
    })
  })
}
