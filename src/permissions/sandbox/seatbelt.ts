import type {SandboxView} from './view.js'

/**
 * Arguments of macOS's sandbox-exec in front of a command. By its documentation and by what other agents write for it; not
 * tried on a Mac.
 */
export function seatbeltArgs(view: SandboxView): string[] {
  return ['-p', seatbeltProfile(view)]
}

/** The last rule that speaks of an operation decides. */
export function seatbeltProfile({concealed, writable, guarded, hidden}: SandboxView): string {
  const places = (paths: readonly {path: string; kind: string}[]) =>
    paths.map(({path, kind}) => `(${kind === 'file' ? 'literal' : 'subpath'} ${quoted(path)})`).join(' ')
  const temporary = '(subpath "/private/tmp") (subpath "/private/var/folders") (subpath "/dev")'
  const work = places(writable.map((path) => ({path, kind: 'folder'})))
  return [
    '(version 1)',
    '(allow default)',
    '(deny network*)',
    '(deny file-write*)',
    ...(concealed.length > 0 ? [`(deny file-read* ${places(concealed)})`] : []),
    `(allow file-read* ${work})`,
    `(allow file-write* ${temporary} ${work})`,
    ...(guarded.length > 0 ? [`(deny file-write* ${places(guarded)})`] : []),
    ...(hidden.length > 0 ? [`(deny file-read* file-write* ${places(hidden)})`] : []),
  ].join('\n')
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}
