import type {Workspace} from '../../permissions/workspace.js'

/** A hundred thousand files are 6 MB and 0.2 s. */
const MAX_BYTES = 64 * 1_048_576
const MAX_MS = 5000

/**
 * What git knows of a folder: files that are tracked, and those that are not and that no `.gitignore` names; relative to
 * the folder, with `/`. Undefined where it is in no repository, or in one of which git can't be asked unasked.
 */
export async function gitFiles(options: {
  cwd: string
  workspace: Workspace
  env: NodeJS.ProcessEnv
  home: string
}): Promise<string[] | undefined> {
  const [{CommandReading}, {execFile}] = await Promise.all([
    import('../session/command-reading.js'),
    import('node:child_process'),
  ])
  const {cwd, workspace, env, home} = options
  const reading = new CommandReading({workspace, env, home})
  try {
    const git = await reading.git(['ls-files', '-coz', '--exclude-standard', '--deduplicate'], cwd)
    if ('ask' in git) return undefined
    const {program, args, env: changes} = git.command
    const changed = Object.entries({...(await reading.env()), ...changes}).filter(([, value]) => value !== undefined)
    const output = await new Promise<Buffer | undefined>((resolve) => {
      const bounds = {maxBuffer: MAX_BYTES, timeout: MAX_MS, killSignal: 'SIGKILL'} as const
      const child = execFile(
        program,
        args,
        {cwd, env: Object.fromEntries(changed), encoding: 'buffer', windowsHide: true, ...bounds},
        (error, stdout) => resolve(error ? undefined : stdout),
      )
      child.stdin?.end()
    })
    // A name that is no text can't be written into a prompt.
    return output
      ?.toString('utf8')
      .split('\0')
      .filter((name) => name !== '' && !name.includes('\ufffd'))
  } finally {
    await reading.release()
  }
}
