import type {SandboxView} from './view.js'

/**
 * Arguments of bubblewrap (0.8) in front of a command: namespaces of its own, no network, no capabilities, no terminal; the
 * system is read only, `/tmp` and `/run` are empty. Later mounts lie over earlier ones.
 */
export function bubblewrapArgs(view: SandboxView, cwd: string): string[] {
  const {concealed, writable, repositories, guarded, hidden} = view
  const folders = concealed.filter(({kind}) => kind === 'folder').map(({path}) => path)
  const files = concealed.filter(({kind}) => kind === 'file').map(({path}) => path)
  return [
    ...['--unshare-all', '--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...['--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--tmpfs', '/tmp', '--tmpfs', '/run'],
    ...folders.flatMap((folder) => ['--tmpfs', folder]),
    ...files.flatMap((file) => ['--ro-bind', '/dev/null', file]),
    ...writable.flatMap((folder) => ['--bind', folder, folder]),
    // A mount cannot be renamed: with a part of the workspace `mv .git x` worked, and a new one had hooks.
    ...repositories.flatMap((folder) => ['--bind', `${folder}/.git`, `${folder}/.git`]),
    ...guarded.flatMap(({path, kind}) => (kind === 'missing folder' ? empty(path) : ['--ro-bind', path, path])),
    ...hidden.flatMap(({path, kind}) => (kind === 'folder' ? empty(path) : ['--ro-bind', '/dev/null', path])),
    // By now the places in them that lead to the workspace are made.
    ...folders.flatMap((folder) => ['--remount-ro', folder]),
    ...['--chdir', cwd, '--'],
  ]
}

function empty(folder: string): string[] {
  return ['--tmpfs', folder, '--remount-ro', folder]
}
