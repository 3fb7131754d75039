import {execute} from '@oclif/core/execute'

/**
 * Runs the command that `process.argv` names and prints what it throws. `root` is the folder of our
 * package.json; `development` takes the commands from source and leaves the manifest unread, which
 * would hide what has changed since it was written.
 */
export async function runCli(root: string, options: {development?: boolean} = {}): Promise<void> {
  await execute({
    dir: root,
    development: options.development ?? false,
    loadOptions: {root, ignoreManifest: options.development ?? false},
  })
}
